//! A defect of the collector itself, triggered by a connector's call and by a delivery, costs one pass and one batch and is reported; then
//! the connector's good version works again. No known input makes the program panic, so the service runs inside the test, whose log
//! subscriber panics at certain lines.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use collector::service::Service;
use collector_sandbox::Sandbox;
use e2e::{Source, Workplace, status_and_body, variant};
use tokio::sync::oneshot;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// Panics at each log line of a connector, and at the first delivery.
#[derive(Default)]
struct Defect {
    delivered: AtomicBool,
}

impl Subscriber for Defect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        assert!(metadata.target() != "connector", "a defect for the test");
        let delivered =
            metadata.target() == "collector::service::delivery" && *metadata.level() == Level::DEBUG;
        assert!(
            !delivered || self.delivered.swap(true, Ordering::Relaxed),
            "a defect for the test"
        );
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_defect_of_the_collector_costs_a_pass_and_a_batch_and_is_reported() {
    let good = fs::read(e2e::component("hostile").unwrap()).unwrap();
    let address = e2e::free_address().unwrap().to_string();
    let source = Source::hostile("good@x, fine@x")
        .credential("feed", r#"{ file = "feed.txt" }"#)
        .line(r#"every = "1s""#);
    let configuration = format!(
        "[service]\nlisten = {address:?}\n\n[portal]\nlisten = \"off\"\n\n[[sink]]\nname = \"file\"\ntype = \"jsonl\"\npath = \"out.jsonl\"\n\n{source}"
    );
    let workplace = Workplace::new(&configuration, &[]).unwrap();
    workplace.write_private("feed.txt", "a secret").unwrap();
    let plugin = |orders: &str| {
        workplace
            .write("plugins/hostile.wasm", variant(&good, orders).unwrap())
            .unwrap();
    };
    plugin("version=0.1.0");
    let (stop, stopped) = oneshot::channel::<()>();
    let path = workplace.path().join("collector.toml");
    // Keep the hook that reports failed tests besides the program's.
    let tests = std::panic::take_hook();
    collector_tasks::watched::log_panics();
    let program = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        program(panic);
        tests(panic);
    }));
    let service = std::thread::spawn(move || {
        let defect = Dispatch::new(Defect::default());
        // Other tests of this process must not see it.
        let hear = move || std::mem::forget(tracing::dispatcher::set_default(&defect));
        hear();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(hear)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::select! {
                ended = Service::prepare(&path).unwrap().run_with(Sandbox::compiling_here().unwrap()) => ended.unwrap(),
                _ = stopped => {}
            }
        });
    });
    let page = |path: &str| {
        let answer = e2e::exchange(&address, &format!("GET {path} HTTP/1.1"), "").ok()?;
        let (status, body) = status_and_body(&answer).ok()?;
        Some((status, body.to_owned()))
    };
    let ready = || page("/readyz").filter(|(status, _)| *status == 200);
    wait_for("the first pass", ready);
    wait_for("the delivery after the one that failed", || {
        let lines = fs::read_to_string(workplace.path().join("out.jsonl")).ok()?;
        ["good@x", "fine@x"]
            .iter()
            .all(|room| lines.contains(room))
            .then_some(())
    });

    plugin("version=0.2.0 list=log");
    let (_, why) = wait_for("the report of the defect", || {
        page("/readyz").filter(|(status, _)| *status == 503)
    });
    assert!(
        why.contains("source \"misdeeds\": ") && why.contains("a defect of the collector"),
        "{why}"
    );
    // The bad version was rolled back, and the next pass is a good one.
    wait_for("a pass with the good version", ready);
    let (_, metrics) = page("/metrics").unwrap();
    let panics = metrics
        .lines()
        .find_map(|line| line.strip_prefix("collector_panics_total "));
    assert!(panics.is_some_and(|count| count != "0"), "{metrics}");
    assert!(
        metrics.contains(r#"collector_connector_reloads_total{connector="hostile",result="rolled-back"} 1"#),
        "{metrics}"
    );
    drop(stop);
    service.join().unwrap();
}

fn wait_for<R>(what: &str, condition: impl Fn() -> Option<R>) -> R {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
