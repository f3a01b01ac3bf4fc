//! Whole programs beside each other, each from its start to its end: this one, a script that does the same without its care, and Microsoft's
//! client for JavaScript, which only reads. They take turns, so that each has the machine as it is for the others.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::ensure;
use collector_model::window::Span;
use e2e::{Source, Workplace};
use graph_sim::Simulator;
use serde_json::json;

use super::cost::{self, Cost};
use super::{PAIRS, row};

const LISTS: [&str; 3] = ["list-1@contoso.com", "list-2@contoso.com", "list-3@contoso.com"];

/// Measures all, and prints what they cost.
///
/// `rooms`: their addresses.
pub(crate) fn measure(simulator: &Simulator, rooms: &[String]) -> anyhow::Result<()> {
    let window = Span::default().around(chrono::Utc::now().timestamp());
    let instant = |at: i64| {
        chrono::DateTime::from_timestamp(at, 0)
            .unwrap_or_default()
            .format("%FT%TZ")
            .to_string()
    };
    let (from, to) = (instant(window.start()), instant(window.end()));
    let workplace = Workplace::new(
        &Source::contoso(simulator).lists(&LISTS.join(", ")).to_string(),
        &["o365"],
    )?;
    let place = workplace.path();
    let requests = place.join("requests");
    fs::write(&requests, calendars(simulator, rooms, &from, &to)?)?;
    let has_client = e2e::clients().join("node_modules").is_dir();
    let (mut first, mut again, mut script, mut client) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        for ending in ["", "-wal", "-shm"] {
            remove(&place.join(format!("data/collector.sqlite3{ending}")))?;
        }
        let pass = workplace.command(&["run-once", "--format", "jsonl"]);
        first.push(meetings(&pass, place)?);
        again.push(meetings(&pass, place)?);
        remove(&place.join("script.sqlite3"))?;
        script.push(meetings(&python(place, simulator, &from, &to), place)?);
        if has_client {
            client.push(answers(&requests, place)?);
        }
    }
    for (what, costs) in [
        ("collector run-once, first", &first),
        ("collector run-once, nothing changed", &again),
        ("a script in Python that does the same", &script),
        ("Microsoft's client in JavaScript, only reading", &client),
    ] {
        if costs.is_empty() {
            println!("{what} is not installed: `make conformance` does");
            continue;
        }
        row(&format!("{what}, seconds"), costs.iter().map(|cost| cost.seconds));
        row(
            "    its processor time, seconds",
            costs.iter().map(|cost| cost.processor_seconds),
        );
        row("    its peak memory, MiB", costs.iter().map(|cost| cost.peak_mib));
    }
    row(
        "start to first request, known connector, seconds",
        first_requests(&workplace)?.into_iter(),
    );
    row(
        "time of the script / of the collector's first",
        script
            .iter()
            .zip(&first)
            .map(|(script, first)| script.seconds / first.seconds),
    );
    Ok(())
}

/// Seconds from the program's start to its first request, for each run. The connector is known: it was compiled before.
fn first_requests(workplace: &Workplace) -> anyhow::Result<Vec<f64>> {
    // It takes connections, and never answers.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://{}", listener.local_addr()?);
    workplace.configure(&Source::at(&origin, &origin).to_string())?;
    let mut times = Vec::new();
    for _ in 0..PAIRS {
        let mut program = workplace.command(&["run-once"]);
        let begun = Instant::now();
        let mut running = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        listener.accept()?;
        times.push(begun.elapsed().as_secs_f64());
        running.kill()?;
        running.wait()?;
    }
    Ok(times)
}

/// Runs a program that prints all meetings.
fn meetings(command: &Command, place: &Path) -> anyhow::Result<Cost> {
    let output = place.join("output");
    let cost = cost::of(command, Stdio::null(), File::create(&output)?.into())?;
    let lines = BufReader::new(File::open(&output)?).lines().count();
    ensure!(
        lines == super::meetings(),
        "{} printed {lines} meetings, expected {}",
        command.get_program().display(),
        super::meetings()
    );
    Ok(cost)
}

/// Runs the client in JavaScript.
fn answers(requests: &Path, place: &Path) -> anyhow::Result<Cost> {
    let output = place.join("output");
    let mut node = Command::new("node");
    node.arg(programs().join("read.mjs"));
    let cost = cost::of(&node, File::open(requests)?.into(), File::create(&output)?.into())?;
    let mut meetings = 0;
    for line in BufReader::new(File::open(&output)?).lines() {
        let answer: serde_json::Value = serde_json::from_str(&line?)?;
        meetings += answer
            .get("items")
            .and_then(|items| items.as_array())
            .map_or(0, Vec::len);
    }
    ensure!(
        meetings == super::meetings(),
        "the client in JavaScript read {meetings} meetings"
    );
    Ok(cost)
}

fn python(place: &Path, simulator: &Simulator, from: &str, to: &str) -> Command {
    let mut script = Command::new("python3");
    script
        .arg(programs().join("script.py"))
        .args([&format!("{}/v1.0", simulator.url()), simulator.url(), from, to])
        .arg(place.join("script.sqlite3"))
        .args(LISTS)
        .env("O365_CLIENT_SECRET", graph_sim::CLIENT_SECRET);
    script
}

/// What the client in JavaScript is asked: the calendar of each room.
fn calendars(simulator: &Simulator, rooms: &[String], from: &str, to: &str) -> anyhow::Result<String> {
    let token = e2e::token(simulator)?;
    let graph = format!("{}/v1.0", simulator.url());
    let of_room = |(number, room): (usize, &String)| {
        let asked = json!({
            "id": number, "what": "calendar", "graph": graph, "token": token, "room": room, "from": from, "to": to,
        });
        format!("{asked}\n")
    };
    Ok(rooms.iter().enumerate().map(of_room).collect())
}

/// Where the other programs are.
fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients")
}

fn remove(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
