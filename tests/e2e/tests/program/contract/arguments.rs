//! The arguments of `run-once`, and the exit statuses.

use std::path::Path;
use std::process::Stdio;

use chrono::{Duration, SecondsFormat};
use e2e::{Ended, PASS, Source, Workplace};
use graph_sim::{App, CLIENT_ID, Event, Mailbox, Refusal, Room, Simulator, Tenant};

fn tenant() -> Tenant {
    Tenant::new("contoso.com").room(
        Room::new("conf-a@contoso.com", "Conf A")
            .event(Event::new(
                "Before midnight",
                "2026-03-09T22:00:00Z",
                "2026-03-09T23:00:00Z",
            ))
            .event(Event::new(
                "Over midnight",
                "2026-03-09T23:30:00Z",
                "2026-03-10T00:30:00Z",
            ))
            .event(Event::new(
                "After midnight",
                "2026-03-10T01:00:00Z",
                "2026-03-10T02:00:00Z",
            ))
            .event(Event::new(
                "At the end",
                "2026-03-10T23:00:00Z",
                "2026-03-10T23:30:00Z",
            ))
            .event(Event::new(
                "A moment",
                "2026-03-09T23:00:00Z",
                "2026-03-09T23:00:00Z",
            )),
    )
}

fn workplace(simulator: &Simulator) -> Workplace {
    Workplace::new(&Source::contoso(simulator).to_string(), &["o365"]).unwrap()
}

#[test]
fn a_window_in_another_offset_is_the_same_window() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    // The tenth of March in Amsterdam.
    let windows = [
        ("2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00"),
        ("2026-03-09T23:00:00Z", "2026-03-10T23:00:00Z"),
        ("2026-03-09T12:00:00-11:00", "2026-03-11T13:00:00+14:00"),
    ];
    for (from, to) in windows {
        let ended = workplace.collect_between(from, to, &["--dry-run"]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let expected = [
            "conf-a 2026-03-09T23:00 A moment",
            "conf-a 2026-03-09T23:30 Over midnight",
            "conf-a 2026-03-10T01:00 After midnight",
        ];
        assert_eq!(ended.brief().unwrap(), expected, "{from} to {to}");
    }
}

#[test]
fn without_from_and_to_the_sources_window_around_now_is_collected() {
    let now = e2e::now();
    let at = |days: i64| (now + Duration::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let event = |subject: &str, days: i64| Event::new(subject, &at(days), &at(days));
    let room = Room::new("conf-a@contoso.com", "Conf A")
        .event(event("four days ago", -4))
        .event(event("two days ago", -2))
        .event(event("in six days", 6))
        .event(event("in eight days", 8));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let source = Source::contoso(&simulator).line(r#"window = { back = "3d", ahead = "7d" }"#);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    let ended = workplace.run(&["run-once", "--format", "jsonl"]).unwrap();
    let subjects: Vec<_> = ended
        .meetings(0)
        .unwrap()
        .iter()
        .map(|meeting| meeting["subject"].clone())
        .collect();
    assert_eq!(subjects, ["two days ago", "in six days"]);
}

#[test]
fn a_dry_run_collects_and_keeps_nothing() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::fresh(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let dry = workplace.collect(&["--dry-run"]).unwrap();
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert_eq!(dry.brief().unwrap().len(), 5);
    assert!(
        !workplace.path().join("data").exists(),
        "not even a directory is made"
    );
}

/// What is kept: all files beside the store, and the meetings in it.
fn kept(workplace: &Workplace) -> (Vec<(std::path::PathBuf, Vec<u8>)>, String) {
    let mut files = workplace.data().unwrap();
    files.retain(|(path, _)| !path.to_string_lossy().contains("collector.sqlite3"));
    let meetings = workplace.run(&["export", "--format", "jsonl"]).unwrap();
    (files, meetings.stdout)
}

/// Who looked at subjects, and as whom the audit log names them.
fn views(workplace: &Workplace) -> Vec<String> {
    let audit = workplace.run(&["audit", "--format", "jsonl"]).unwrap();
    audit
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["action"] == "subjects-viewed")
        .map(|line| {
            format!(
                "{} {}",
                line["who"].as_str().unwrap(),
                line["subject"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_dry_run_over_a_store_shows_what_would_change_and_changes_nothing_but_the_audit_log() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    workplace.collect(&[]).unwrap();
    simulator
        .update(|tenant| {
            tenant.room_mut("conf-a@contoso.com")?.events_mut().pop();
            Ok(())
        })
        .unwrap();
    let before = kept(&workplace);
    let seen = views(&workplace);
    let mut command = workplace.command(&[&PASS, &["--dry-run"][..]].concat());
    for variable in ["USER", "LOGNAME", "SUDO_USER", "USERNAME"] {
        command.env(variable, "mallory");
    }
    let dry = e2e::ended(&mut command).unwrap();
    assert!(
        dry.stderr
            .contains("contoso: meetings: 0 new, 0 changed, 1 gone, 4 as before\n"),
        "{}",
        dry.stderr
    );
    assert_eq!(dry.brief().unwrap().len(), 4);
    let after = views(&workplace);
    assert_eq!(after.len(), seen.len() + 1, "it prints subjects: {after:?}");
    let last = after.last().unwrap();
    assert!(
        last.starts_with("command line (") && last.ends_with(") contoso"),
        "{last}"
    );
    assert!(
        !last.contains("mallory"),
        "anybody can set the environment: {last}"
    );
    assert!(before == kept(&workplace), "the data directory has changed");
    let real = workplace.collect(&[]).unwrap();
    assert!(
        real.stderr
            .contains("contoso: meetings: 0 new, 0 changed, 1 gone, 4 as before\n"),
        "{}",
        real.stderr
    );
}

#[test]
fn a_connector_that_is_not_installed_can_be_tried() {
    let simulator = Simulator::start(tenant()).unwrap();
    let configuration = Source::contoso(&simulator).connector("not-there").to_string();
    let workplace = Workplace::new(&configuration, &[]).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 2);
    let connector = e2e::component("o365").unwrap();
    let ended = workplace
        .collect(&["--connector", connector.to_str().unwrap()])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 5);
    let ended = workplace.collect(&["--connector", "nowhere.wasm"]).unwrap();
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("connector nowhere.wasm: "),
        "{}",
        ended.stderr
    );
}

#[test]
fn only_the_sources_that_were_named_are_collected() {
    let simulator = Simulator::start(tenant()).unwrap();
    let source = Source::contoso(&simulator);
    let three = format!(
        "{}{}{}",
        source.clone().named("a"),
        source.clone().named("b"),
        source.named("c")
    );
    let workplace = Workplace::new(&three, &["o365"]).unwrap();
    let ended = workplace.collect(&["--source", "c", "--source", "a"]).unwrap();
    let sources: Vec<_> = ended
        .meetings(0)
        .unwrap()
        .iter()
        .map(|meeting| meeting["source"].clone())
        .collect();
    assert_eq!(sources, ["a", "a", "a", "a", "a", "c", "c", "c", "c", "c"]);
    let ended = workplace.collect(&["--source", "d"]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(
        ended.stderr,
        "error: there is no source \"d\" in collector.toml; known sources: a, b, c\n"
    );
}

#[test]
fn a_configuration_elsewhere_has_its_files_beside_it() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::fresh(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let mut command = workplace.command(&["--config"]);
    command
        .arg(workplace.path().join("collector.toml"))
        .args(["run-once", "--format", "jsonl"])
        .current_dir("/");
    let ended = e2e::ended(&mut command).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(workplace.path().join("data").exists());
}

#[test]
fn wrong_usage_ends_with_2() {
    let workplace = Workplace::new("", &[]).unwrap();
    for wrong in [
        &["collect"][..],
        &["run-once", "--form", "jsonl"],
        &["run-once", "--format", "xml"],
        &[],
        &["inspect"],
    ] {
        let ended = workplace.run(wrong).unwrap();
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (2, ""),
            "{wrong:?}: {}",
            ended.stderr
        );
        let helps = ended.stderr.contains("Usage: collector") || ended.stderr.contains("try '--help'");
        assert!(helps, "{wrong:?}: {}", ended.stderr);
    }
}

#[test]
fn help_tells_the_exit_statuses() {
    let ended = Workplace::new("", &[]).unwrap().run(&["--help"]).unwrap();
    assert_eq!(ended.code, 0);
    assert!(
        ended
            .stdout
            .contains("Exit status: 0 complete; 1 a source failed as a whole;"),
        "{}",
        ended.stdout
    );
}

#[test]
fn the_worst_source_decides_the_exit_status() {
    let good = Simulator::start(tenant()).unwrap();
    let refused = Room::new("conf-r@contoso.com", "Conf R").mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    let part = Simulator::start(tenant().room(refused)).unwrap();
    let bad = Simulator::start(tenant().app(App::new(CLIENT_ID).secret("another"))).unwrap();
    let status = |simulators: &[&Simulator]| {
        let name = |at: usize| format!("source-{at}");
        let sources: String = simulators
            .iter()
            .enumerate()
            .map(|(at, simulator)| Source::contoso(simulator).named(&name(at)).to_string())
            .collect();
        Workplace::new(&sources, &["o365"]).unwrap().collect(&[]).unwrap()
    };
    let codes = |simulators: &[&Simulator]| {
        let Ended { code, .. } = status(simulators);
        code
    };
    assert_eq!(codes(&[&good]), 0);
    assert_eq!(codes(&[&good, &part]), 3);
    assert_eq!(codes(&[&bad, &part]), 1);
    let ended = status(&[&bad, &good]);
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.brief().unwrap().len(),
        5,
        "the other source is collected all the same: {}",
        ended.stderr
    );
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let room = (0..3000).fold(Room::new("conf-a@contoso.com", "Conf A"), |room, number| {
        room.event(Event::new(
            &format!("Meeting {number}"),
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
    });
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let workplace = workplace(&simulator);
    for format in ["jsonl", "table"] {
        let arguments = [
            "run-once",
            "--from",
            "2026-03-10T00:00:00Z",
            "--to",
            "2026-03-11T00:00:00Z",
            "--format",
            format,
        ];
        let mut command = workplace.command(&arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !said.contains("error") && !said.contains("panic"),
            "{format}: {said}"
        );
        assert_eq!(output.status.code(), Some(0), "{format}: {said}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_made_is_said() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::fresh(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    workplace.write("data", "a file in its place").unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .starts_with("error: the data directory data cannot be created: "),
        "{}",
        ended.stderr
    );
    assert!(Path::new(&workplace.path().join("data")).is_file());
}
