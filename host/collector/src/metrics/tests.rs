use std::process::{Command, Stdio};

use collector_egress::http::Traffic;
use collector_engine::pass::RoomResult;
use collector_model::outcome::Reason;
use collector_sandbox;

use super::*;

const AT: i64 = 1_773_136_800;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn collected(new: u64, changed: u64, gone: u64) -> RoomResult {
    RoomResult::Collected(RoomChanges {
        new,
        changed,
        gone,
        same: 40,
    })
}

fn denied() -> RoomResult {
    RoomResult::Denied(Reason::new("board@contoso.com must not be read"))
}

fn used() -> Usage {
    Usage {
        traffic: Traffic {
            requests: 4,
            retries: 1,
            bytes: 5_000,
            throttled: seconds(2.5),
            answered: [(200, 2), (429, 1)].into(),
            unanswered: [("timeout", 1)].into(),
        },
        sandbox: collector_sandbox::Usage {
            calls: 2,
            time: seconds(3.0),
            busy: seconds(0.25),
            put_back: seconds(30.0),
            peak_memory: 4 << 20,
        },
    }
}

fn report(source: &str, rooms: impl IntoIterator<Item = (&'static str, RoomResult)>) -> PassReport {
    let mut report = PassReport::of(source, rooms);
    let used = used();
    report.traffic = used.traffic;
    report.sandbox = used.sandbox;
    report.time = seconds(1.5);
    report
}

fn sink(name: &str, backlog: u64, oldest_at: Option<i64>, success_at: Option<i64>) -> SinkState {
    SinkState {
        refill: 0,
        set_aside: 0,
        name: name.to_owned(),
        backlog,
        oldest_at,
        success_at,
        failing_since: None,
        problem: None,
    }
}

/// The samples, without those of the process.
fn samples(metrics: &Metrics) -> Vec<String> {
    metrics
        .render()
        .lines()
        .filter_map(|line| line.strip_prefix("collector_"))
        .filter(|line| !line.starts_with("build_info"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_series_of_passes_adds_up_and_the_last_is_shown() {
    let metrics = Metrics::new().unwrap();
    metrics.pass_ended(
        &report("contoso", [("a", collected(10, 0, 0)), ("b", denied())]),
        AT,
    );
    metrics.pass_ended(
        &report("contoso", [("a", collected(1, 2, 3)), ("b", collected(7, 0, 0))]),
        AT + 300,
    );
    metrics.pass_failed("contoso", seconds(0.5), &used(), AT + 600);
    metrics.meetings("contoso", 57);
    assert_eq!(
        samples(&metrics),
        [
            "http_received_bytes_total{source=\"contoso\"} 15000",
            "http_requests_total{source=\"contoso\",status=\"200\"} 6",
            "http_requests_total{source=\"contoso\",status=\"429\"} 3",
            "http_requests_total{source=\"contoso\",status=\"timeout\"} 3",
            "http_retries_total{source=\"contoso\"} 3",
            "last_pass_duration_seconds{source=\"contoso\"} 0.5",
            "last_pass_timestamp_seconds{source=\"contoso\"} 1773137400",
            "last_success_timestamp_seconds{source=\"contoso\"} 1773137100",
            "meeting_changes_total{kind=\"added\",source=\"contoso\"} 18",
            "meeting_changes_total{kind=\"removed\",source=\"contoso\"} 3",
            "meeting_changes_total{kind=\"updated\",source=\"contoso\"} 2",
            "meetings{source=\"contoso\"} 57",
            "passes_total{source=\"contoso\",verdict=\"everything\"} 1",
            "passes_total{source=\"contoso\",verdict=\"failed\"} 1",
            "passes_total{source=\"contoso\",verdict=\"nothing\"} 0",
            "passes_total{source=\"contoso\",verdict=\"part\"} 1",
            "rooms{outcome=\"collected\",source=\"contoso\"} 2",
            "rooms{outcome=\"denied\",source=\"contoso\"} 0",
            "rooms{outcome=\"failed\",source=\"contoso\"} 0",
            "rooms{outcome=\"missing\",source=\"contoso\"} 0",
            "rooms{outcome=\"throttled\",source=\"contoso\"} 0",
            "sandbox_busy_seconds_total{source=\"contoso\"} 0.75",
            "sandbox_calls_total{source=\"contoso\"} 6",
            "sandbox_peak_memory_bytes{source=\"contoso\"} 4194304",
            "sandbox_seconds_total{source=\"contoso\"} 9",
            "throttled_seconds_total{source=\"contoso\"} 97.5",
            "usage_records_total{outcome=\"contradicted\",source=\"contoso\"} 0",
            "usage_records_total{outcome=\"new\",source=\"contoso\"} 0",
            "usage_records_total{outcome=\"replaced\",source=\"contoso\"} 0",
            "usage_records_total{outcome=\"unchanged\",source=\"contoso\"} 0",
        ]
    );
}

#[test]
fn records_of_a_source_add_up_and_go_with_it() {
    let metrics = Metrics::new().unwrap();
    let changes = RecordChanges {
        new: 3,
        replaced: 2,
        same: 1,
        contradicted: 0,
    };
    metrics.records("sensors", changes);
    metrics.records("sensors", changes);
    assert_eq!(
        samples(&metrics),
        [
            "usage_records_total{outcome=\"contradicted\",source=\"sensors\"} 0",
            "usage_records_total{outcome=\"new\",source=\"sensors\"} 6",
            "usage_records_total{outcome=\"replaced\",source=\"sensors\"} 4",
            "usage_records_total{outcome=\"unchanged\",source=\"sensors\"} 2",
        ]
    );
    metrics.forget_source("sensors");
    assert_eq!(samples(&metrics), [""; 0]);
}

#[test]
fn no_room_and_no_reason_is_in_it() {
    let metrics = Metrics::new().unwrap();
    let rooms = [
        ("board@contoso.com", denied()),
        ("lab@contoso.com", collected(1, 0, 0)),
    ];
    metrics.pass_ended(&report("contoso", rooms), AT);
    assert!(!metrics.render().contains('@'));
}

#[test]
fn a_restart_shows_what_the_store_remembers() {
    let metrics = Metrics::new().unwrap();
    metrics.remember(&PassRecord {
        source: "contoso".into(),
        begun_at: AT - 5,
        ended_at: AT,
        verdict: "failed".into(),
        problem: Some("no token".into()),
        success_at: Some(AT - 300),
        connector: "o365".into(),
        version: "1.0.0".into(),
        digest: String::new(),
        rooms: RoomCounts {
            collected: 248,
            denied: 2,
            ..RoomCounts::default()
        },
    });
    let samples = samples(&metrics);
    for expected in [
        "last_pass_timestamp_seconds{source=\"contoso\"} 1773136800",
        "last_success_timestamp_seconds{source=\"contoso\"} 1773136500",
        "rooms{outcome=\"collected\",source=\"contoso\"} 248",
        "rooms{outcome=\"denied\",source=\"contoso\"} 2",
        "passes_total{source=\"contoso\",verdict=\"failed\"} 0",
    ] {
        assert!(
            samples.iter().any(|line| line == expected),
            "{expected}\n{samples:#?}"
        );
    }
}

#[test]
fn sinks_show_their_backlog_its_age_and_what_they_took() {
    let metrics = Metrics::new().unwrap();
    metrics.configure_sinks(&["files", "webhook", "nats"].map(String::from));
    metrics.delivered("files", 100);
    metrics.delivered("files", 20);
    metrics.delivery_failed("webhook");
    metrics.sinks(
        &[
            sink("files", 0, None, Some(AT)),
            sink("webhook", 120, Some(AT - 90), None),
            // The clock was set back.
            sink("nats", 1, Some(AT + 5), None),
        ],
        AT,
    );
    assert_eq!(
        samples(&metrics),
        [
            "sink_backlog_changes{sink=\"files\"} 0",
            "sink_backlog_changes{sink=\"nats\"} 1",
            "sink_backlog_changes{sink=\"webhook\"} 120",
            "sink_delivered_changes_total{sink=\"files\"} 120",
            "sink_delivered_changes_total{sink=\"nats\"} 0",
            "sink_delivered_changes_total{sink=\"webhook\"} 0",
            "sink_deliveries_total{sink=\"files\"} 2",
            "sink_deliveries_total{sink=\"nats\"} 0",
            "sink_deliveries_total{sink=\"webhook\"} 0",
            "sink_delivery_failures_total{sink=\"files\"} 0",
            "sink_delivery_failures_total{sink=\"nats\"} 0",
            "sink_delivery_failures_total{sink=\"webhook\"} 1",
            "sink_last_success_timestamp_seconds{sink=\"files\"} 1773136800",
            "sink_oldest_change_age_seconds{sink=\"files\"} 0",
            "sink_oldest_change_age_seconds{sink=\"nats\"} 0",
            "sink_oldest_change_age_seconds{sink=\"webhook\"} 90",
            "sink_refill_rooms{sink=\"files\"} 0",
            "sink_refill_rooms{sink=\"nats\"} 0",
            "sink_refill_rooms{sink=\"webhook\"} 0",
            "sink_set_aside_changes{sink=\"files\"} 0",
            "sink_set_aside_changes{sink=\"nats\"} 0",
            "sink_set_aside_changes{sink=\"webhook\"} 0",
            "sink_set_aside_total{sink=\"files\"} 0",
            "sink_set_aside_total{sink=\"nats\"} 0",
            "sink_set_aside_total{sink=\"webhook\"} 0",
        ]
    );
}

#[test]
fn reloads_are_whole_counts_and_may_begin_anew() {
    let metrics = Metrics::new().unwrap();
    metrics.reloads(&[("o365", "activated", 3), ("o365", "refused", 1)]);
    metrics.reloads(&[("o365", "activated", 5), ("o365", "refused", 1)]);
    assert_eq!(
        samples(&metrics),
        [
            "connector_reloads_total{connector=\"o365\",result=\"activated\"} 5",
            "connector_reloads_total{connector=\"o365\",result=\"refused\"} 1",
        ]
    );
    metrics.reloads(&[("o365", "activated", 1)]);
    assert!(
        samples(&metrics)
            .contains(&"connector_reloads_total{connector=\"o365\",result=\"activated\"} 1".into())
    );
}

#[test]
fn what_is_forgotten_disappears_and_nothing_else() {
    let metrics = Metrics::new().unwrap();
    metrics.pass_ended(&report("fabrikam", [("a", collected(1, 0, 0))]), AT);
    metrics.configure_sinks(&["files".into(), "fabrikam".into()]);
    metrics.sinks(&[sink("files", 3, Some(AT), Some(AT))], AT);
    metrics.reloads(&[("o365", "activated", 1)]);
    let before = samples(&metrics);

    // Names that are a prefix of another, or a value of another label.
    for source in ["fabri", "files", "o365", "everything"] {
        metrics.pass_ended(&report(source, [("a", denied())]), AT);
        metrics.meetings(source, 9);
    }
    metrics.sinks(&[sink("fabrikam", 1, Some(AT), Some(AT))], AT);
    assert_ne!(samples(&metrics), before);

    for source in ["fabri", "files", "o365", "everything", "never-there"] {
        metrics.forget_source(source);
    }
    metrics.configure_sinks(&["files".into()]);
    assert_eq!(samples(&metrics), before);
    // A state that was asked for before the sink was removed.
    metrics.sinks(&[sink("fabrikam", 1, Some(AT), Some(AT))], AT);
    assert_eq!(samples(&metrics), before);
}

/// The configuration restricts names; should one slip through, it stays within its quotes.
#[test]
fn a_label_cannot_forge_a_line() {
    let metrics = Metrics::new().unwrap();
    metrics.meetings("a\"} 1\ncollector_meetings{source=\"b\\", 7);
    assert_eq!(
        samples(&metrics),
        [r#"meetings{source="a\"} 1\ncollector_meetings{source=\"b\\"} 7"#]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_program_itself_is_in_it() {
    let text = Metrics::new().unwrap().render();
    assert!(text.contains(&format!(
        "collector_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    )));
    for name in [
        "process_start_time_seconds",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(&format!("\n{name} ")), "{name}\n{text}");
    }
}

#[test]
fn promtool_is_content() {
    let metrics = Metrics::new().unwrap();
    metrics.pass_ended(
        &report("contoso", [("a", collected(1, 0, 0)), ("b", denied())]),
        AT,
    );
    metrics.meetings("contoso", 1);
    metrics.configure_sinks(&["files".into()]);
    metrics.sinks(&[sink("files", 3, Some(AT), Some(AT))], AT);
    metrics.delivery_failed("files");
    metrics.reloads(&[("o365", "activated", 1)]);
    let text = metrics.render();

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/promtool.sh");
    let found = Command::new("sh").arg(script).output().unwrap();
    assert!(
        found.status.success(),
        "promtool, the checker of Prometheus, is missing: {}",
        String::from_utf8_lossy(&found.stderr)
    );
    let promtool = String::from_utf8(found.stdout).unwrap();
    let mut check = Command::new(promtool.trim())
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut check.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let checked = check.wait_with_output().unwrap();
    let says = format!(
        "{}{}",
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr)
    );
    assert!(checked.status.success() && says.is_empty(), "{says}\n{text}");
}
