//! What is stored is delivered: every change once under its id, in order, also to who was away.

use e2e::{Ledger, Service};
use graph_sim::{Fault, when};

use crate::situation::{FILE_SINK, SERVICE, Situation};

#[test]
fn every_change_is_delivered_once_and_in_order() {
    let situation = Situation::new(3);
    situation.book(0, 4);
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(3, 0, 4));
    situation.book(1, 2);
    let ledger = situation.delivered(&mut service, &Situation::booked(3, 1, 2));
    assert_eq!(ledger.repeats, 0);
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
}

#[test]
fn a_sink_that_comes_later_is_handed_what_is_stored_and_one_that_goes_holds_nothing_back() {
    let situation = Situation::new(2);
    situation.book(0, 3);
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(2, 0, 3));
    let second = FILE_SINK
        .replace("\"file\"", "\"second\"")
        .replace("changes", "second");
    let source = Situation::source(&situation.simulator).to_string();
    situation
        .workplace
        .configure(&format!("{source}{SERVICE}{second}"))
        .unwrap();
    let path = situation.workplace.path().join("second.jsonl");
    service
        .wait_for("the second file", |_| {
            let ledger = Ledger::read(&path, true).unwrap();
            (ledger.brief("contoso") == Situation::booked(2, 0, 3)).then_some(())
        })
        .unwrap();
    service.wait_for_line("the sink was removed").unwrap();
    let status = situation.workplace.run(&["status", "--format", "json"]).unwrap();
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["sinks"].as_array().unwrap().len(), 1);
    assert_eq!(status["sinks"][0]["name"], "second");
    assert_eq!(status["running"], true);
}

#[test]
fn what_a_pass_of_run_once_changed_is_delivered_by_the_service() {
    let situation = Situation::new(2);
    situation.book(0, 2);
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(2, 0, 2));
    service.stop().unwrap();
    situation.book(1, 2);
    let ended = situation.workplace.run(&["run-once"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // The service itself can read nothing.
    situation.simulator.inject(when("calendarView").then(Fault::Error(
        403,
        "ErrorAccessDenied".into(),
        "no".into(),
    )));
    let mut service = Service::start(&situation.workplace).unwrap();
    situation.delivered(&mut service, &Situation::booked(2, 1, 2));
}

#[test]
fn a_sink_that_fails_is_said_tried_again_and_shown_with_its_backlog() {
    let situation = Situation::new(2);
    situation.book(0, 2);
    // A directory stands where the file should be.
    std::fs::create_dir(situation.changes()).unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    service
        .wait_for_line("the delivery failed and is tried again")
        .unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    let status = situation.workplace.run(&["status"]).unwrap();
    let line = status.stdout.lines().find(|line| line.contains("file")).unwrap();
    assert!(
        line.contains(" 4 ") && line.contains("never") && line.contains("since "),
        "{line}"
    );
    std::fs::remove_dir(situation.changes()).unwrap();
    situation.delivered(&mut service, &Situation::booked(2, 0, 2));
}
