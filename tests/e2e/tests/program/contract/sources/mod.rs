//! Sources and secrets from the command line: added, paused, removed, and never a secret where it does not belong.

mod adding;
mod changing;
mod secrets;
mod serving;

use e2e::{Ended, Workplace};
use graph_sim::{CLIENT_ID, Event, Room, Simulator, Tenant};

fn simulator() -> Simulator {
    let event = Event::new("Weekly sync", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event);
    Simulator::start(Tenant::new("contoso.com").room(room)).unwrap()
}

/// A workplace in which no source was set up yet.
fn nothing() -> Workplace {
    let workplace = Workplace::new("", &["o365"]).unwrap();
    std::fs::remove_file(workplace.path().join("collector.toml")).unwrap();
    workplace
}

/// The arguments that add the simulator's tenant as `contoso`, with its client secret on standard input.
fn add(simulator: &Simulator, more: &[&str]) -> Vec<String> {
    add_without_credential(simulator, &[&["--secret-stdin", "client-secret"], more].concat())
}

/// The same with what is said of its credentials.
pub(crate) fn add_without_credential(simulator: &Simulator, more: &[&str]) -> Vec<String> {
    let url = simulator.url();
    let arguments = [
        "add",
        "contoso",
        "--connector",
        "o365",
        "--set",
        "tenant=contoso.com",
        "--set",
        "user-agent=rooms@contoso.com",
        "--set",
        &format!("graph-url={url}/v1.0"),
        "--set",
        &format!("login-url={url}"),
        "--grant",
        url,
        "--client-id",
        CLIENT_ID,
    ];
    arguments
        .iter()
        .chain(more)
        .map(|&text| text.to_owned())
        .collect()
}

/// Runs a command with the secret on standard input.
fn run(workplace: &Workplace, arguments: &[String]) -> Ended {
    run_with(workplace, arguments, e2e::SECRET)
}

/// Runs a command with this line on standard input.
pub(crate) fn run_with(workplace: &Workplace, arguments: &[String], line: &str) -> Ended {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    workplace
        .run_with_input(&arguments, &format!("{line}\n"))
        .unwrap()
}

fn configuration(workplace: &Workplace) -> String {
    std::fs::read_to_string(workplace.path().join("collector.toml")).unwrap()
}

fn said(ended: &Ended) -> (i32, &str, &str) {
    (ended.code, ended.stdout.as_str(), ended.stderr.as_str())
}

/// A workplace with the source added and one pass made.
fn collected(simulator: &Simulator) -> Workplace {
    let workplace = nothing();
    let ended = run(&workplace, &add(simulator, &[]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    workplace
}
