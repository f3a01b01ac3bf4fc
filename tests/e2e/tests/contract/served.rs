//! What a running service shows of itself over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e::{Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::PROGRAM;

/// How long something is waited for before it is clear that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// `collector run`; killed when this is dropped.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(workplace: &Workplace) -> Self {
        let mut child = workplace
            .command(&["run"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| {
                let (_, rest) = line.split_once("listening on http://")?;
                Some(rest.split(' ').next()?.to_owned())
            })
            .unwrap();
        // Read on, so that it is not held up.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Status and body.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Asks until the answer is as it is wanted.
    fn wait_for(&self, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let (status, body) = self.get(path);
            if wanted(status, &body) {
                return body;
            }
            assert!(begun.elapsed() < PATIENCE, "still {status}:\n{body}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, or nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(sources: &[Source]) -> String {
    let sources: String = sources
        .iter()
        .map(|source| source.clone().line("every = \"2s\"").to_string())
        .collect();
    format!("[service]\nlisten = \"127.0.0.1:0\"\n{sources}")
}

fn tenant() -> Tenant {
    let event = Event::new(
        "Merger talks",
        &chrono::Utc::now().to_rfc3339(),
        &(chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339(),
    );
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").event(event))
}

/// The value of a sample; none when it is not there.
fn value(metrics: &str, sample: &str) -> Option<f64> {
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
}

#[test]
fn a_service_becomes_ready_and_shows_the_figures_of_its_passes() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace =
        Workplace::new(PROGRAM, &configuration(&[Source::contoso(&simulator)]), &["o365"]).unwrap();
    let mut service = Service::start(&workplace);
    assert_eq!(service.get("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(service.wait_for("/readyz", |status, _| status == 200), "ready\n");
    let everything = "collector_passes_total{source=\"contoso\",verdict=\"everything\"}";
    let metrics = service.wait_for("/metrics", |_, metrics| {
        value(metrics, everything) >= Some(1.0) && metrics.contains("collector_meetings")
    });
    for (sample, least, most) in [
        (
            "collector_rooms{outcome=\"collected\",source=\"contoso\"}",
            1.0,
            1.0,
        ),
        ("collector_meetings{source=\"contoso\"}", 1.0, 1.0),
        (
            "collector_meeting_changes_total{kind=\"added\",source=\"contoso\"}",
            1.0,
            1.0,
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
    for marker in ["conf-a", "Merger", "@", "http://"] {
        assert!(!metrics.contains(marker), "{marker} is shown:\n{metrics}");
    }

    let told = Command::new("kill")
        .arg(service.child.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    assert!(service.child.wait().unwrap().success());
    // After a restart it is known at once when the source last worked.
    let service = Service::start(&workplace);
    let metrics = service.wait_for("/metrics", |_, metrics| {
        metrics.contains("collector_last_success")
    });
    assert!(value(&metrics, everything) < Some(2.0), "counters begin anew");
}

#[test]
fn a_source_that_cannot_be_collected_is_a_reason_and_one_that_is_removed_is_shown_no_more() {
    let simulator = Simulator::start(tenant()).unwrap();
    let contoso = Source::contoso(&simulator);
    let broken = Source::contoso(&simulator).named("broken").connector("not-there");
    let workplace = Workplace::new(PROGRAM, &configuration(&[contoso.clone(), broken]), &["o365"]).unwrap();
    let service = Service::start(&workplace);
    let failed = "collector_passes_total{source=\"broken\",verdict=\"failed\"}";
    service.wait_for("/metrics", |_, metrics| value(metrics, failed) >= Some(1.0));
    let reasons = service.wait_for("/readyz", |status, body| {
        status == 503 && !body.contains("\"contoso\"")
    });
    assert!(
        reasons.starts_with("source \"broken\": ") && reasons.lines().count() == 1,
        "{reasons}"
    );

    workplace.configure(&configuration(&[contoso])).unwrap();
    service.wait_for("/readyz", |status, _| status == 200);
    let metrics = service.wait_for("/metrics", |_, metrics| !metrics.contains("broken"));
    assert!(metrics.contains("source=\"contoso\""));
}
