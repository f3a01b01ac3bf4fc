//! Start, stop, and what a machine can do to a service in between.

use std::time::Duration;

use e2e::Service;
use graph_sim::{Event, Mailbox};

use crate::situation::{SERVICE, Situation};

#[test]
fn a_second_collector_on_the_same_data_is_refused_by_name() {
    let situation = Situation::new(1);
    let service = Service::start(&situation.workplace).unwrap();
    let second = situation.workplace.run(&["run"]).unwrap();
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains(&format!(
            "error: the data directory data is in use by another collector (process {}); stop it first",
            service.id()
        )),
        "{}",
        second.stderr
    );
}

#[test]
fn a_service_that_is_told_to_stop_finishes_what_it_does_and_ends_well() {
    let situation = Situation::new(2);
    situation.book(0, 2);
    for signal in ["TERM", "INT"] {
        let mut service = Service::start(&situation.workplace).unwrap();
        service.wait_for_passes("contoso", 1).unwrap();
        service.signal(signal).unwrap();
        let (status, said) = service.ended().unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("service: stopped"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_pass_that_does_not_end_is_given_up_when_the_grace_is_over() {
    let situation = Situation::new(2);
    situation.book(0, 2);
    let configuration = format!(
        "{}{}",
        Situation::source(&situation.simulator),
        SERVICE.replace("5s", "200ms")
    );
    situation.workplace.configure(&configuration).unwrap();
    situation
        .simulator
        .update(|tenant| {
            for room in tenant.rooms_mut() {
                *room = room.clone().mailbox(Mailbox::Slow(Duration::from_secs(60)));
            }
            Ok(())
        })
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    service
        .wait_for("a request for a calendar", |_| {
            (situation.simulator.batches() > 1).then_some(())
        })
        .unwrap();
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("the pass was stopped"), "{said}");
    let status = situation.workplace.run(&["status", "--format", "json"]).unwrap();
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(
        status["sources"][0]["last_pass"],
        serde_json::Value::Null,
        "a pass that was given up says nothing about its rooms"
    );
}

#[test]
fn a_damaged_store_is_said_before_anything_is_collected() {
    let situation = Situation::new(2);
    situation.book(0, 40);
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    service.stop().unwrap();
    let file = situation.workplace.path().join("data/collector.sqlite3");
    let mut content = std::fs::read(&file).unwrap();
    // Pages in the middle, so that the file still looks like a store.
    let (from, to) = (3 * 4_096, content.len() - 4_096);
    content[from..to].fill(0x5a);
    std::fs::write(&file, content).unwrap();
    let ended = situation.workplace.run(&["run"]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("put a backup in its place, or move it away")
            || ended.stderr.contains("cannot be opened"),
        "{}",
        ended.stderr
    );
}

#[test]
fn meetings_that_are_older_than_they_are_kept_are_forgotten() {
    let situation = Situation::new(1);
    let day = |days: i64| {
        (e2e::now() - chrono::Duration::days(days))
            .format("%Y-%m-%dT10:00:00Z")
            .to_string()
    };
    situation
        .simulator
        .update(|tenant| {
            for room in tenant.rooms_mut() {
                *room.events_mut() = [1, 5, 9]
                    .map(|days| {
                        Event::new(
                            &format!("{days} days ago"),
                            &day(days),
                            &day(days).replace("T10", "T11"),
                        )
                    })
                    .to_vec();
            }
            Ok(())
        })
        .unwrap();
    let source = Situation::source(&situation.simulator);
    let wide = source.clone().line("window = { back = \"10d\", ahead = \"1d\" }");
    let narrow = source.line("window = { back = \"2d\", ahead = \"1d\" }");
    situation.workplace.configure(&wide.to_string()).unwrap();
    assert_eq!(situation.workplace.run(&["run-once"]).unwrap().code, 0);
    let export = || {
        situation
            .workplace
            .run(&["export", "--format", "jsonl"])
            .unwrap()
            .stdout
    };
    assert_eq!(export().lines().count(), 3);
    let configuration = format!("[collector]\nkeep = \"7d\"\n{narrow}{SERVICE}");
    situation.workplace.configure(&configuration).unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_line("deleted meetings older").unwrap();
    assert_eq!(export().lines().count(), 2);
}
