//! `make bench-big`: what a large tenant costs the real program, and how that grows with the rooms.
//!
//! A first pass, a second one in which nothing has changed, and one that prints tables, of 1,000 rooms in 30 lists and of 10,000 in
//! 300. Meetings are counted in the store. Peak memory is the kernel's own figure (`VmHWM`) of the program's process.

#![allow(clippy::print_stdout)] // Its figures are its output.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use collector_store::Store;
use e2e::{Source, Workplace};
use graph_sim::{Simulator, generate};

const TENANTS: [(usize, usize); 2] = [(1_000, 30), (10_000, 300)];
/// How often the peak is looked at: what it grew by after the last look is not seen.
const LOOK: Duration = Duration::from_millis(5);

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and wants to know only that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    println!("   rooms  lists  pass             peak MiB  requests  seconds  meetings stored");
    for (rooms, lists) in TENANTS {
        tenant(rooms, lists)?;
    }
    Ok(())
}

fn tenant(rooms: usize, lists: usize) -> anyhow::Result<()> {
    let tenant = generate(1, rooms, lists, e2e::now());
    let names: Vec<&str> = tenant.lists().iter().map(|list| list.address()).collect();
    let names = names.join(", ");
    let simulator = Simulator::start(tenant)?;
    simulator.record_nothing();
    let source = Source::contoso(&simulator).lists(&names).to_string();
    let workplace = Workplace::new(&source, &["o365"])?;
    for (pass, format) in [
        ("first", "jsonl"),
        ("unchanged", "jsonl"),
        ("unchanged, table", "table"),
    ] {
        let errors = workplace.path().join("errors");
        let begun = Instant::now();
        let child = workplace
            .command(&["run-once", "--format", format])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&errors)?)
            .spawn()?;
        let peak = peak(child)?;
        let seconds = begun.elapsed().as_secs_f64();
        let said = std::fs::read_to_string(errors)?;
        ensure!(
            said.contains(&format!(
                "rooms: {rooms} collected, 0 refused, 0 missing, 0 failed"
            )),
            "not every room was collected:\n{said}"
        );
        let requests = said
            .split_whitespace()
            .zip(said.split_whitespace().skip(1))
            .find_map(|(count, what)| (what == "requests,").then_some(count))
            .context("no figures were said")?;
        let stored = Store::open(&workplace.path().join("data"))?.stored_meetings("contoso")?;
        println!("{rooms:>8} {lists:>6}  {pass:<16} {peak:>8.1}  {requests:>8} {seconds:>8.1}  {stored:>15}");
    }
    Ok(())
}

/// The most memory that a process had, MiB, when it has ended.
fn peak(mut child: Child) -> anyhow::Result<f64> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak: f64 = 0.0;
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(LOOK);
    }
    ensure!(peak > 0.0, "peak memory is read on Linux only");
    Ok(peak)
}
