//! What a running service shows of itself over HTTP.

use e2e::Service;

use crate::situation::{FILE_SINK, SERVICE, Situation};

/// Status and body.
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let answer = e2e::exchange(address, &format!("GET {path} HTTP/1.1"), "").unwrap();
    let (status, body) = e2e::status_and_body(&answer).unwrap();
    (status, body.to_owned())
}

/// Asks until the answer is as it is wanted; its body.
fn wait_for(service: &mut Service, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
    let address = service.address().unwrap();
    service
        .wait_for(path, |_| {
            let (status, body) = get(&address, path);
            wanted(status, &body).then_some(body)
        })
        .unwrap()
}

/// The value of a sample; none when it is not there.
fn value(metrics: &str, sample: &str) -> Option<f64> {
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
}

const EVERYTHING: &str = "collector_passes_total{source=\"contoso\",verdict=\"everything\"}";

#[test]
fn a_service_becomes_ready_and_shows_the_figures_of_its_passes_and_deliveries() {
    let situation = Situation::new(2);
    situation.book(0, 3);
    let mut service = Service::start(&situation.workplace).unwrap();
    let address = service.address().unwrap();
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(
        wait_for(&mut service, "/readyz", |status, _| status == 200),
        "ready\n"
    );
    let taken = "collector_sink_delivered_changes_total{sink=\"file\"}";
    let succeeded = "collector_sink_last_success_timestamp_seconds{sink=\"file\"}";
    let metrics = wait_for(&mut service, "/metrics", |_, metrics| {
        value(metrics, EVERYTHING) >= Some(1.0)
            && value(metrics, taken) == Some(6.0)
            // A delivery is counted before it is stored.
            && value(metrics, succeeded).is_some()
            && metrics.contains("collector_meetings{")
    });
    for (sample, least, most) in [
        (
            "collector_rooms{outcome=\"collected\",source=\"contoso\"}",
            2.0,
            2.0,
        ),
        ("collector_rooms{outcome=\"denied\",source=\"contoso\"}", 0.0, 0.0),
        ("collector_meetings{source=\"contoso\"}", 6.0, 6.0),
        (
            "collector_meeting_changes_total{kind=\"added\",source=\"contoso\"}",
            6.0,
            6.0,
        ),
        (
            "collector_http_requests_total{source=\"contoso\",status=\"200\"}",
            2.0,
            1e6,
        ),
        (
            "collector_http_received_bytes_total{source=\"contoso\"}",
            100.0,
            1e9,
        ),
        (
            "collector_http_requests_in_flight_limit{source=\"contoso\"}",
            4.0,
            4.0,
        ),
        ("collector_sandbox_calls_total{source=\"contoso\"}", 2.0, 1e6),
        (
            "collector_sandbox_busy_seconds_total{source=\"contoso\"}",
            1e-6,
            60.0,
        ),
        (
            "collector_sandbox_peak_memory_bytes{source=\"contoso\"}",
            65_536.0,
            256e6,
        ),
        (
            "collector_last_pass_duration_seconds{source=\"contoso\"}",
            1e-6,
            60.0,
        ),
        (
            "collector_last_success_timestamp_seconds{source=\"contoso\"}",
            1.7e9,
            1e11,
        ),
        (succeeded, 1.7e9, 1e11),
        ("collector_sink_delivery_failures_total{sink=\"file\"}", 0.0, 0.0),
    ] {
        let found = value(&metrics, sample).unwrap_or(-1.0);
        assert!(
            (least..=most).contains(&found),
            "{sample} is {found}, not {least} to {most}:\n{metrics}"
        );
    }
    let busy = value(
        &metrics,
        "collector_sandbox_busy_seconds_total{source=\"contoso\"}",
    );
    let inside = value(&metrics, "collector_sandbox_seconds_total{source=\"contoso\"}");
    assert!(busy < inside, "it waits for answers: {busy:?} of {inside:?}");
    for marker in ["room-0", "@", "http://"] {
        assert!(!metrics.contains(marker), "{marker} is shown:\n{metrics}");
    }
    assert!(service.stop().unwrap().0.success());
}

#[test]
fn after_a_restart_it_is_known_when_a_source_last_worked() {
    let situation = Situation::new(1);
    situation.book(0, 1);
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    service.stop().unwrap();
    // Next time nothing is collected.
    let source = Situation::source(&situation.simulator).connector("not-there");
    situation
        .workplace
        .configure(&format!("{source}{SERVICE}"))
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    let failed = "collector_passes_total{source=\"contoso\",verdict=\"failed\"}";
    let metrics = wait_for(&mut service, "/metrics", |_, metrics| {
        value(metrics, failed) >= Some(1.0)
    });
    assert_eq!(value(&metrics, EVERYTHING), Some(0.0), "counters begin anew");
    assert!(
        value(
            &metrics,
            "collector_last_success_timestamp_seconds{source=\"contoso\"}"
        ) > Some(1.7e9)
    );
    assert_eq!(
        value(&metrics, "collector_meetings{source=\"contoso\"}"),
        Some(1.0)
    );
    let reasons = wait_for(&mut service, "/readyz", |status, body| {
        status == 503 && !body.contains("not tried")
    });
    assert!(
        reasons.starts_with("source \"contoso\": ") && reasons.lines().count() == 1,
        "{reasons}"
    );
}

#[test]
fn a_source_and_a_sink_that_are_removed_are_shown_no_more() {
    let situation = Situation::new(1);
    let source = Situation::source(&situation.simulator);
    let other = source.clone().named("fabrikam");
    situation
        .workplace
        .configure(&format!("{source}{other}{SERVICE}{FILE_SINK}"))
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    wait_for(&mut service, "/metrics", |_, metrics| {
        metrics.contains("source=\"fabrikam\"") && metrics.contains("sink=\"file\"")
    });
    situation
        .workplace
        .configure(&format!("{source}{SERVICE}"))
        .unwrap();
    let metrics = wait_for(&mut service, "/metrics", |_, metrics| {
        !metrics.contains("fabrikam") && !metrics.contains("sink=")
    });
    assert!(metrics.contains("source=\"contoso\""));
}
