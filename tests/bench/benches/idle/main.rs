//! `make bench-idle`: the cost of a pass over 1,000 rooms without changes, and with changes in fifty of them: by reading
//! windows, and by first asking what changed. The simulator counts requests, the collector's client counts bytes.

#![allow(clippy::print_stdout)] // Its figures are its output.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use chrono::Duration;
use collector_admin::config::Config;
use collector_engine::pass::{self, Verdict};
use collector_engine::source::{ReadySource, SetupError, Workshop};
use collector_model::window::Span;
use collector_sandbox::Sandbox;
use collector_store::{SharedStore, Store};
use collector_stores::Collected;
use e2e::Source;
use graph_sim::{CLIENT_SECRET, Event, Simulator, generate};

const ROOMS: usize = 1_000;
/// Rooms that get a meeting before the last pass.
const CHANGED: usize = 50;
/// Passes without changes, whose median is printed.
const IDLE: usize = 5;

/// The cost of a pass.
#[derive(Clone, Copy)]
struct Figures {
    requests: usize,
    inner: usize,
    bytes: u64,
    seconds: f64,
}

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and only checks that this builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{ROOMS} rooms; whole requests, requests inside batches, bytes received, seconds");
    let windows = runtime.block_on(measure(false))?;
    let changes = runtime.block_on(measure(true))?;
    for (what, windows, changes) in windows
        .iter()
        .zip(&changes)
        .map(|((what, windows), (_, changes))| (what, windows, changes))
    {
        row(&format!("{what}, windows"), windows);
        row(&format!("{what}, changes only"), changes);
        println!(
            "{:44} {:.3}",
            format!("{what}, bytes, changes / windows"),
            changes.bytes as f64 / windows.bytes as f64
        );
    }
    Ok(())
}

async fn measure(changes_only: bool) -> anyhow::Result<Vec<(&'static str, Figures)>> {
    let simulator = Simulator::start(generate(1, ROOMS, 10, e2e::now()))?;
    let directory = tempfile::tempdir()?;
    let source = Source::contoso(&simulator);
    let source = if changes_only {
        source.switched_on("changes-only")
    } else {
        source
    };
    // The secret is in a file, because a running process must not change its environment.
    let source = source.credential("client-secret", "{ file = \"secret\" }");
    std::fs::write(directory.path().join("secret"), CLIENT_SECRET)?;
    std::fs::write(directory.path().join("collector.toml"), source.to_string())?;
    let config = Config::load(&directory.path().join("collector.toml"))?;
    let sandbox = Arc::new(Sandbox::compiling_here()?);
    let source = ready(&sandbox, &config).await?;
    let store: Arc<dyn Collected> = Arc::new(SharedStore::new(Store::open(&directory.path().join("data"))?));

    let first = run(&simulator, &sandbox, &source, &store).await?;
    let second = run(&simulator, &sandbox, &source, &store).await?;
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(run(&simulator, &sandbox, &source, &store).await?);
    }
    idle.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let start = e2e::now() + Duration::hours(20);
    simulator.update(|tenant| {
        for room in tenant.rooms_mut().iter_mut().take(CHANGED) {
            room.events_mut()
                .push(Event::between("New", start, start + Duration::minutes(30)));
        }
        Ok(())
    })?;
    let changed = run(&simulator, &sandbox, &source, &store).await?;
    Ok(vec![
        ("the first pass", first),
        ("the second pass", second),
        (
            "a pass in which nothing changed",
            *idle.get(IDLE / 2).context("no pass")?,
        ),
        ("a pass in which 50 rooms changed", changed),
    ])
}

async fn ready(sandbox: &Sandbox, config: &Config) -> anyhow::Result<ReadySource> {
    let source = config.sources.first().context("there is no source")?;
    let connector = e2e::component("o365")?;
    match Workshop::new(
        sandbox,
        &config.plugins,
        collector_sandbox::Compilations::of(&config.data),
        Some(&connector),
    )
    .ready(source)
    .await
    {
        Ok(source) => Ok(source),
        Err(SetupError::Configuration(problems)) => bail!("{}", collector_admin::config::lines(&problems)),
        Err(SetupError::Installed(problem) | SetupError::Connector(problem)) => bail!("{problem}"),
    }
}

async fn run(
    simulator: &Simulator,
    sandbox: &Arc<Sandbox>,
    source: &ReadySource,
    store: &Arc<dyn Collected>,
) -> anyhow::Result<Figures> {
    simulator.forget_requests();
    let window = Span::default().around(e2e::now().timestamp());
    let begun = Instant::now();
    let report = pass::run(sandbox, source, window, store, &(), &mut pass::Stop::never()).await?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(
        report.verdict() == Verdict::Everything,
        "not every room was collected"
    );
    let requests = simulator.requests();
    let inner = requests.iter().filter(|request| request.inner).count();
    Ok(Figures {
        requests: requests.len() - inner,
        inner,
        bytes: report.traffic.bytes,
        seconds,
    })
}

fn row(what: &str, figures: &Figures) {
    let Figures {
        requests,
        inner,
        bytes,
        seconds,
    } = figures;
    println!("{what:44} {requests:6} {inner:6} {bytes:12} {seconds:8.2}");
}
