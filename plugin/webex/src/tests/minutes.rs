//! Minutes of use: buckets of an hour, once they are covered.

use crate::fixture::{Passes, Script, at, lines, march, measured, minutes, poll};
use crate::sight::{Link, Poll};
use connector_sdk::{Form, Kind, Value};

const CONNECTED: [(&str, Link); 1] = [("board", Link::Connected)];

/// A room that has been covered since nine, after the pass at eleven.
fn covered(used: &[(&str, f64)]) -> (Passes, Script) {
    let mut room = Passes::default();
    let mut last = Script::default();
    for time in ["08:00", "09:00", "10:00", "11:00"] {
        last = measured(used, &[]);
        room.pass(&last, &poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED));
    }
    (room, last)
}

/// A bucket without coverage would make the rest of its hour vacant, even if the device was off.
#[test]
fn minutes_are_not_emitted_before_there_is_coverage() {
    let mut room = Passes::default();
    let used = [("2026-03-10T07:00:00Z", 13.0), ("2026-03-10T08:00:00Z", 0.0)];
    for time in ["09:00", "10:00"] {
        let found = room.pass(
            &measured(&used, &[]),
            &poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED),
        );
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn with_the_first_coverage_the_minutes_of_the_whole_window_are_emitted() {
    let (_, last) = covered(&[("2026-03-10T07:00:00Z", 13.0), ("2026-03-10T09:00:00Z", 40.5)]);
    assert_eq!(
        lines(&last),
        [
            "observed InUse 10T09:00:00Z 10T10:00:00Z",
            "780 InUse 10T07:00:00Z",
            "2430 InUse 10T09:00:00Z",
        ]
    );
    let usage = last.usage.borrow();
    let record = &usage[0];
    assert_eq!((record.kind, record.form), (Kind::InUse, Form::Bucket));
    assert_eq!(record.end, Some(record.start + 3600));
    // Coverage and minutes are of one four.
    let coverage = last.coverage.borrow();
    assert_eq!(
        (&record.space, &record.device),
        (&coverage[0].space, &coverage[0].device)
    );
    assert_eq!((record.device.as_deref(), record.resolution), (None, None));
}

#[test]
fn seconds_are_never_more_than_the_hour() {
    let (_, last) = covered(&[("2026-03-10T09:00:00Z", 61.0)]);
    assert_eq!(last.usage.borrow()[0].value, Value::Number(3600));
}

#[test]
fn the_running_hour_and_hours_that_were_not_asked_for_are_left_out() {
    let (_, last) = covered(&[("2026-03-10T11:00:00Z", 5.0), ("2025-10-21T12:00:00Z", 13.0)]);
    assert_eq!(lines(&last), ["observed InUse 10T09:00:00Z 10T10:00:00Z"]);
}

#[test]
fn an_empty_answer_alone_is_no_vacancy() {
    let mut room = Passes::default();
    let off: &[(&str, Link)] = &[("board", Link::Unknown)];
    for time in ["09:00", "10:00", "11:00", "12:00"] {
        assert!(
            room.pass(&measured(&[], &[]), &poll(&format!("2026-03-10T{time}:00Z"), off))
                .is_empty()
        );
    }
}

#[test]
fn what_is_read_again_is_emitted_only_if_it_changed_and_then_with_a_higher_revision() {
    let (mut room, first) = covered(&[("2026-03-10T08:00:00Z", 5.0), ("2026-03-10T09:00:00Z", 13.0)]);
    let before = first.usage.borrow()[1].clone();
    assert_eq!(before.revision, at("2026-03-10T11:00:00Z") as u64);
    let used = [("2026-03-10T08:00:00Z", 5.0), ("2026-03-10T09:00:00Z", 40.0)];
    let again = measured(&used, &[]);
    room.pass(&again, &poll("2026-03-10T12:00:00Z", &CONNECTED));
    let changed = again.usage.borrow().clone();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].key, before.key);
    assert_eq!(changed[0].value, Value::Number(2400));
    assert!(changed[0].revision > before.revision);
    let same = measured(&used, &[]);
    room.pass(&same, &poll("2026-03-10T13:00:00Z", &CONNECTED));
    assert!(same.usage.borrow().is_empty());
}

#[test]
fn minutes_from_before_detection_was_switched_off_are_still_read() {
    let used = [("2026-03-10T10:00:00Z", 20.0)];
    let (mut room, _) = covered(&used);
    let off = |time: &str| Poll {
        presence: false,
        people: false,
        ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
    };
    let last = measured(&used, &[("board", "2026-03-10T11:20:00Z", 3.0)]);
    assert_eq!(
        room.pass(&last, &off("12:00")),
        [
            "observed InUse 10T10:00:00Z 10T11:00:00Z",
            "3 PeopleCount board 10T11:20:00Z",
        ]
    );
    // Then there is nothing to ask for.
    let nothing = Script::default();
    assert_eq!(room.pass(&nothing, &off("13:00")), [""; 0]);
}

#[test]
fn minutes_that_webex_refuses_once_detection_is_off_are_no_trouble() {
    let (mut room, _) = covered(&[]);
    let refused = Script::default().on("/v1/workspaceDurationMetrics?", 400, &[], "{}");
    let off = Poll {
        presence: false,
        people: false,
        ..poll("2026-03-10T12:00:00Z", &CONNECTED)
    };
    let counted = refused.on("/v1/workspaceMetrics?", 400, &[], "{}");
    assert_eq!(room.pass(&counted, &off), [""; 0]);
}

/// The same answer may come empty for a while.
#[test]
fn an_hour_that_is_gone_from_the_answer_is_not_taken_back() {
    let (mut room, _) = covered(&[("2026-03-10T09:00:00Z", 13.0)]);
    let empty = measured(&[], &[]);
    room.pass(&empty, &poll("2026-03-10T12:00:00Z", &CONNECTED));
    assert!(empty.usage.borrow().is_empty());
}

#[test]
fn a_key_is_made_of_the_workspace_the_metric_and_the_start_never_of_the_value() {
    let (_, last) = covered(&[("2026-03-10T09:00:00Z", 13.0)]);
    assert_eq!(
        last.usage.borrow()[0].key,
        "timeUsed 2026-03-10T09:00:00Z atrium -"
    );
    assert_eq!(
        last.coverage.borrow()[0].key,
        "timeUsed 2026-03-10T09:00:00Z atrium -"
    );
}

#[test]
fn within_an_hour_minutes_are_not_asked_for_again() {
    let (mut room, _) = covered(&[]);
    let webex = measured(&[], &[]);
    room.pass(&webex, &poll("2026-03-10T11:30:00Z", &CONNECTED));
    let asked = webex.requests.borrow();
    assert!(
        asked
            .iter()
            .all(|request| !request.url.contains("DurationMetrics"))
    );
}

#[test]
fn spans_are_full_hours_under_48_and_days_are_never_asked_for() {
    let webex = measured(&[], &[]);
    let mut room = Passes::default();
    room.pass(&webex, &poll("2026-03-12T23:30:00Z", &CONNECTED));
    let asked = webex.requests.borrow();
    assert!(asked.len() >= 4);
    for request in asked.iter() {
        let value = |name: &str| {
            let (_, rest) = request.url.split_once(&format!("{name}=")).unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        let (from, to) = (at(&value("from")), at(&value("to")));
        assert!(
            from < to && to - from < 48 * 3600 && from % 3600 == 0,
            "{}",
            request.url
        );
        assert!(march().start <= from && to <= at("2026-03-12T23:30:00Z"));
        assert_ne!(value("aggregation"), "daily");
        if request.url.contains("DurationMetrics") {
            assert_eq!((value("measurement").as_str(), to % 3600), ("timeUsed", 0));
            assert!(!request.url.contains("metricName"));
        }
    }
}

#[test]
fn without_a_cursor_everything_is_read_again() {
    let used = [("2026-03-10T09:00:00Z", 13.0)];
    let (mut room, _) = covered(&used);
    room.cursor = None;
    let webex = Script::default()
        .on("/v1/workspaceDurationMetrics?", 200, &[], minutes(&used))
        .on("/v1/workspaceMetrics?", 200, &[], crate::fixture::counts(&[]));
    assert!(
        room.pass(&webex, &poll("2026-03-10T12:00:00Z", &CONNECTED))
            .is_empty()
    );
    let asked = webex.requests.borrow();
    assert!(
        asked
            .iter()
            .any(|request| request.url.contains("from=2026-03-09T00:00:00Z"))
    );
}
