//! `make bench`: the cost of a pass, from simulator to store, and what the sandbox adds to it.
//!
//! 100 rooms (`COLLECTOR_BENCH_ROOMS`) with 1,000 events each, pages of 500. Each run is a process of its own (this program again), so that its peak memory is
//! its own; the simulator runs in this process. Runs through the sandbox alternate with runs of the same logic compiled natively, and
//! each pair gives a ratio. Meetings are counted in the store, independently of the code that stored them. Then the whole program runs beside
//! others.

#![allow(clippy::print_stdout)] // Its figures are its output.

mod alone;
mod beside;
mod cost;
mod native;
mod run;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use chrono::{Duration, Utc};
use collector_sandbox::{Compilations, Sandbox};
use e2e::Source;
use graph_sim::{CLIENT_SECRET, Simulator, generate_dense};

use self::alone::Parts;
use self::run::{Figures, Mode};

const EVENTS: usize = 1_000;
const PAIRS: usize = 7;

/// How many rooms there are: `COLLECTOR_BENCH_ROOMS`, or 100.
fn rooms() -> usize {
    let asked = std::env::var("COLLECTOR_BENCH_ROOMS").ok();
    asked.and_then(|rooms| rooms.parse().ok()).unwrap_or(100)
}

/// How many meetings there are in all.
fn meetings() -> usize {
    rooms() * EVENTS
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(mode) = arguments.iter().find_map(|argument| Mode::named(argument)) {
        return run::child(mode, &arguments);
    }
    if arguments.iter().any(|argument| argument == cost::OF) {
        return cost::child(&arguments);
    }
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and only checks that this builds.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let connector = e2e::component("o365")?;
    let now = Utc::now();
    let tenant = generate_dense(
        1,
        rooms(),
        3,
        EVENTS,
        now - Duration::hours(20),
        now + Duration::days(13),
    );
    let addresses: Vec<String> = tenant
        .rooms()
        .iter()
        .map(|room| room.address().to_owned())
        .collect();
    let simulator = Simulator::start(tenant)?;
    simulator.record_nothing();
    let directory = tempfile::tempdir()?;
    std::fs::write(
        directory.path().join("collector.toml"),
        Source::contoso(&simulator)
            .lists("list-1@contoso.com, list-2@contoso.com, list-3@contoso.com")
            .to_string(),
    )?;
    let printed = |mode: Mode| -> anyhow::Result<Vec<u8>> {
        let output = Command::new(std::env::current_exe()?)
            .arg(mode.name())
            .arg(directory.path())
            .arg(&connector)
            .env("O365_CLIENT_SECRET", CLIENT_SECRET)
            .stderr(std::process::Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "a run ended with {}", output.status);
        Ok(output.stdout)
    };
    let start = |mode: Mode| -> anyhow::Result<Figures> {
        let figures: Figures = serde_json::from_slice(&printed(mode)?).context("a run printed no figures")?;
        ensure!(
            figures.stored == meetings(),
            "{} meetings were stored, expected {}",
            figures.stored,
            meetings()
        );
        Ok(figures)
    };
    println!(
        "{} rooms with {EVENTS} events each, pages of 500, {PAIRS} pairs of runs; min, median, max",
        rooms()
    );
    // The simulator writes its pages on the first request.
    start(Mode::Sandbox)?;
    let mut sandbox = Vec::new();
    let mut native = Vec::new();
    let mut alone: Vec<Parts> = Vec::new();
    for _ in 0..PAIRS {
        sandbox.push(start(Mode::Sandbox)?);
        native.push(start(Mode::Native)?);
        alone.push(serde_json::from_slice(&printed(Mode::Alone)?).context("a run printed no figures")?);
    }
    let rate = |run: &Figures| run.stored as f64 / run.seconds;
    row("sandbox, first pass, events a second", sandbox.iter().map(rate));
    row("native, first pass, events a second", native.iter().map(rate));
    row(
        "time of the first pass, sandbox / native",
        pairs(&sandbox, &native, |run| run.seconds),
    );
    row(
        "time of an unchanged pass, sandbox / native",
        pairs(&sandbox, &native, |run| run.again_seconds),
    );
    row(
        "processor time of both, sandbox / native",
        pairs(&sandbox, &native, |run| run.processor_seconds),
    );
    row("the wire alone, seconds", alone.iter().map(|parts| parts.wire));
    row(
        "the parser alone, seconds",
        alone.iter().map(|parts| parts.parser),
    );
    row("SQLite alone, seconds", alone.iter().map(|parts| parts.sqlite));
    row(
        "sandbox, peak memory, MiB",
        sandbox.iter().map(|run| run.peak_mib),
    );
    row("native, peak memory, MiB", native.iter().map(|run| run.peak_mib));
    row(
        "load and compile o365.wasm, ms",
        sandbox.iter().map(|run| run.load_ms),
    );
    row(
        "instances a second, one after the other",
        instances(&connector)?.into_iter(),
    );
    beside::measure(&simulator, &addresses)
}

/// Instances a second: each is created, called once (`authorization`) and dropped.
fn instances(connector: &std::path::Path) -> anyhow::Result<Vec<f64>> {
    const COUNT: u32 = 2_000;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let sandbox = Sandbox::compiling_here()?;
        let connector = sandbox.load(connector, &Compilations::nowhere()).await?;
        let settings = r#"{"tenant": "contoso.com", "user-agent": "rooms@contoso.com"}"#;
        let mut rates = Vec::new();
        for _ in 0..PAIRS {
            let begun = Instant::now();
            for _ in 0..COUNT {
                ensure!(
                    connector
                        .authorization(&sandbox, "bench", settings)
                        .await?
                        .is_ok(),
                    "the settings were refused"
                );
            }
            rates.push(f64::from(COUNT) / begun.elapsed().as_secs_f64());
        }
        Ok(rates)
    })
}

fn pairs<'a>(
    a: &'a [Figures],
    b: &'a [Figures],
    figure: impl Fn(&Figures) -> f64 + 'a,
) -> impl Iterator<Item = f64> + 'a {
    a.iter().zip(b).map(move |(a, b)| figure(a) / figure(b))
}

fn row(what: &str, figures: impl Iterator<Item = f64>) {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let at = |position: usize| figures.get(position).copied().unwrap_or(f64::NAN);
    let (min, median, max) = (at(0), at(figures.len() / 2), at(figures.len().saturating_sub(1)));
    let digits = if median < 10.0 {
        2
    } else {
        usize::from(median < 200.0)
    };
    println!("{what:48} {min:>12.digits$} {median:>12.digits$} {max:>12.digits$}");
}
