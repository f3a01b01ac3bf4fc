//! `make bench-delivery`: how many changes a second each kind of sink takes, from a store of 100,000 meetings to a real server on this machine.
//!
//! The sink is new, so it receives everything that is stored. The rate is that between two looks at the backlog, the first after the delivery
//! began and the last when nothing waits: the start of the program is not in it.

#![allow(clippy::print_stdout)] // Its figures are its output.

use std::any::Any;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::{Database, NatsServer, PostgresServer, Receiver, Service, Source, Workplace, exchange};
use graph_sim::{Simulator, generate_dense};

const ROOMS: usize = 100;
const EVENTS: usize = 1_000;
const RUNS: usize = 7;
/// Between two looks at the backlog.
const LOOK: Duration = Duration::from_millis(20);
/// How long a delivery may take.
const PATIENCE: Duration = Duration::from_secs(300);
const SERVICE: &str = "[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"off\"\n";

fn main() -> anyhow::Result<()> {
    // `cargo test --benches` only checks that this builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let now = e2e::now();
    let (from, to) = (
        now - chrono::Duration::hours(20),
        now + chrono::Duration::days(13),
    );
    let simulator = Simulator::start(generate_dense(1, ROOMS, 3, EVENTS, from, to))?;
    simulator.record_nothing();
    let source = Source::contoso(&simulator);
    let workplace = Workplace::new(&source.to_string(), &["o365"])?;
    workplace.write_private("password", PostgresServer::PASSWORD)?;
    workplace.write_private("secret", format!("whsec_{}=", "A".repeat(43)))?;
    let stored = workplace.run(&["run-once", "--format", "jsonl"])?;
    ensure!(
        stored.stdout.lines().count() == ROOMS * EVENTS,
        "not all meetings were stored"
    );
    // Only the delivery works.
    let source = source.line("paused = true");
    println!(
        "{} changes to a new sink, {RUNS} runs, changes a second: min, median, max",
        ROOMS * EVENTS
    );
    let measure = |what: &str, open: &dyn Fn() -> anyhow::Result<(Box<dyn Any>, String)>| {
        let mut rates = Vec::new();
        for run in 0..RUNS {
            // The server lives as long as the run, and is empty at its beginning.
            let (_server, sink) = open()?;
            let name = format!("{}-{run}", what.replace(' ', "-"));
            workplace.configure(&format!("{source}{SERVICE}[[sink]]\nname = \"{name}\"\n{sink}"))?;
            rates.push(rate(&workplace, &name).context(name)?);
        }
        rates.sort_by(f64::total_cmp);
        let at = |position: usize| rates.get(position).copied().unwrap_or(f64::NAN);
        println!(
            "{what:12} {:>9.0} {:>9.0} {:>9.0}",
            at(0),
            at(RUNS / 2),
            at(RUNS - 1)
        );
        anyhow::Ok(())
    };
    measure("JSON Lines", &|| {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("changes.jsonl");
        let sink = format!("type = \"jsonl\"\npath = \"{}\"\n", file.display());
        Ok((Box::new(directory), sink))
    })?;
    measure("webhook", &|| {
        let hook = Receiver::start()?;
        let sink = format!(
            "type = \"webhook\"\nurl = \"{}/changes\"\nsecret = {{ file = \"secret\" }}\n",
            hook.url()
        );
        Ok((Box::new(hook), sink))
    })?;
    measure("PostgreSQL", &|| {
        let database = Database::new()?;
        let sink = format!(
            "type = \"postgresql\"\nurl = \"{}?sslmode=disable\"\npassword = {{ file = \"password\" }}\n",
            database.url()
        );
        Ok((Box::new(database), sink))
    })?;
    measure("NATS", &|| {
        let nats = NatsServer::with_jetstream()?;
        let sink = format!("type = \"nats\"\nurl = \"{}\"\n", nats.url());
        Ok((Box::new(nats), sink))
    })
}

/// Starts the service, and returns how many changes a second the sink takes.
fn rate(workplace: &Workplace, sink: &str) -> anyhow::Result<f64> {
    let mut service = Service::start(workplace)?;
    let address = service.address()?;
    let begun = Instant::now();
    let mut first: Option<(Instant, f64)> = None;
    let rate = loop {
        ensure!(begun.elapsed() < PATIENCE, "the sink did not take all");
        let (at, left) = (Instant::now(), backlog(&address, sink)?);
        match (first, left) {
            (None, Some(left)) if left > 0.0 && left < (ROOMS * EVENTS) as f64 => first = Some((at, left)),
            (Some((since, from)), Some(0.0)) => break from / (at - since).as_secs_f64(),
            _ => {}
        }
        std::thread::sleep(LOOK);
    };
    service.stop()?;
    Ok(rate)
}

/// How many changes wait for the sink; none before it is known.
fn backlog(address: &str, sink: &str) -> anyhow::Result<Option<f64>> {
    let metrics = exchange(address, "GET /metrics HTTP/1.1", "")?;
    let named = format!("collector_sink_backlog_changes{{sink=\"{sink}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&named));
    Ok(line.map(str::parse).transpose()?)
}
