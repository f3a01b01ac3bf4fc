//! `make bench-big`: the cost of a large tenant to the real program, and how it grows with the rooms.
//!
//! Measures a first pass, a second pass without changes, and a pass that prints tables, for 1,000 rooms in 30 lists and for 10,000 in
//! 300. Counts meetings in the store. Peak memory is the kernel's figure (`VmHWM`) for the program's process.

#![allow(clippy::print_stdout)] // Its figures are its output.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use collector_store::Store;
use e2e::{Source, Workplace};
use graph_sim::{Simulator, generate};

const TENANTS: [(usize, usize); 2] = [(1_000, 30), (10_000, 300)];
/// How often to read the peak. Growth after the last reading is not seen.
const LOOK: Duration = Duration::from_millis(5);

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`; `cargo test --benches` does not, and only checks that this builds.
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
            .context("the log has no figures")?;
        let stored = Store::open(&workplace.path().join("data"))?.stored_meetings("contoso")?;
        println!("{rooms:>8} {lists:>6}  {pass:<16} {peak:>8.1}  {requests:>8} {seconds:>8.1}  {stored:>15}");
    }
    Ok(())
}

/// Waits for a process to end, and returns its peak memory in MiB.
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
    ensure!(peak > 0.0, "peak memory can be read only on Linux");
    Ok(peak)
}
