//! People counts: samples of devices, or the highest of an hour.

use crate::fixture::{Passes, Script, lines, measured, poll};
use crate::sight::{Link, Poll};
use connector_sdk::{Form, SpaceOutcome, Value};
use serde_json::json;

/// A poll of a room that counts people and does not detect presence.
fn counting(time: &str) -> Poll {
    Poll {
        presence: false,
        ..poll(&format!("2026-03-10T{time}:00Z"), &[("board", Link::Connected)])
    }
}

fn counted(people: &[(&str, &str, f64)]) -> Vec<String> {
    Passes::default().pass(&measured(&[], people), &counting("11:30"))
}

#[test]
fn each_count_is_a_sample_of_its_device() {
    let webex = measured(
        &[],
        &[
            ("board", "2026-03-10T10:00:11.500Z", 4.0),
            ("board", "2026-03-10T10:05:11", 0.0),
        ],
    );
    let found = Passes::default().pass(&webex, &counting("11:30"));
    assert_eq!(
        found,
        [
            "4 PeopleCount board 10T10:00:11Z",
            "0 PeopleCount board 10T10:05:11Z",
        ]
    );
    let usage = webex.usage.borrow();
    assert_eq!((usage[0].form, usage[0].end), (Form::Sample, None));
    assert_eq!(usage[0].resolution, Some(300));
    assert_eq!(usage[0].key, "peopleCount 2026-03-10T10:00:11Z atrium board");
}

/// -1: the device is in standby, or its camera is off.
#[test]
fn a_negative_count_is_blind_coverage_and_never_a_value() {
    let people = [
        ("board", "2026-03-10T10:00:00Z", 3.0),
        ("board", "2026-03-10T10:05:00Z", -1.0),
        ("board", "2026-03-10T10:07:00Z", 2.0),
        ("board", "2026-03-10T10:10:00Z", -1.0),
    ];
    assert_eq!(
        counted(&people),
        [
            "blind (negative count) PeopleCount board 10T10:05:00Z 10T10:07:00Z",
            "blind (negative count) PeopleCount board 10T10:10:00Z 10T10:20:00Z",
            "3 PeopleCount board 10T10:00:00Z",
            "2 PeopleCount board 10T10:07:00Z",
        ]
    );
}

#[test]
fn a_negative_count_waits_until_it_is_known_how_long_it_holds() {
    let mut room = Passes::default();
    let people = [("board", "2026-03-10T11:25:00Z", -1.0)];
    assert!(room.pass(&measured(&[], &people), &counting("11:30")).is_empty());
    let more = [people[0], ("board", "2026-03-10T11:31:00Z", 1.0)];
    assert_eq!(
        room.pass(&measured(&[], &more), &counting("11:35")),
        [
            "blind (negative count) PeopleCount board 10T11:25:00Z 10T11:31:00Z",
            "1 PeopleCount board 10T11:31:00Z",
        ]
    );
}

#[test]
fn a_count_that_arrives_late_ends_a_negative_one_with_a_higher_revision() {
    let revision = |people: &[(&str, &str, f64)]| {
        let webex = measured(&[], people);
        Passes::default().pass(&webex, &counting("11:30"));
        let coverage = webex.coverage.borrow();
        (coverage[0].key.clone(), coverage[0].revision)
    };
    let alone = revision(&[("board", "2026-03-10T10:00:00Z", -1.0)]);
    let ended = revision(&[
        ("board", "2026-03-10T10:00:00Z", -1.0),
        ("board", "2026-03-10T10:04:00Z", 2.0),
    ]);
    assert_eq!(alone.0, ended.0);
    assert!(alone.1 < ended.1);
}

#[test]
fn counts_of_two_devices_stay_apart_and_are_never_added() {
    let people = [
        ("board", "2026-03-10T10:00:00Z", 4.0),
        ("codec", "2026-03-10T10:00:00Z", 5.0),
    ];
    assert_eq!(
        counted(&people),
        [
            "4 PeopleCount board 10T10:00:00Z",
            "5 PeopleCount codec 10T10:00:00Z",
        ]
    );
}

#[test]
fn of_two_counts_within_a_second_the_higher_one_stays() {
    let people = [
        ("board", "2026-03-10T10:00:00.100Z", 4.0),
        ("board", "2026-03-10T10:00:00.900Z", -1.0),
    ];
    assert_eq!(counted(&people), ["4 PeopleCount board 10T10:00:00Z"]);
}

/// The answer is about a workspace, whatever device counted there at the time.
#[test]
fn a_device_that_moved_counts_where_it_was_when_it_counted() {
    assert_eq!(
        counted(&[("moved away", "2026-03-10T10:00:00Z", 2.0)]),
        ["2 PeopleCount moved away 10T10:00:00Z"]
    );
}

#[test]
fn counts_that_were_read_before_have_the_same_key_and_revision() {
    let mut room = Passes::default();
    let people = [("board", "2026-03-10T11:10:00Z", 4.0)];
    let (first, second) = (measured(&[], &people), measured(&[], &people));
    room.pass(&first, &counting("11:30"));
    room.pass(&second, &counting("11:35"));
    assert_eq!(*first.usage.borrow(), *second.usage.borrow());
    assert_eq!(second.usage.borrow().len(), 1);
}

fn hourly(items: serde_json::Value) -> (SpaceOutcome, Script) {
    let body = json!({"metricName": "peopleCount", "aggregation": "hourly", "items": items}).to_string();
    let webex = Script::default().on("aggregation=hourly", 200, &[], body);
    let settings = r#"{"people-count":"hourly"}"#;
    let outcome = Passes::default()
        .outcome(&webex, settings, &counting("11:30"))
        .unwrap();
    (outcome, webex)
}

/// Aggregates leave out zeros, so the mean is one of the time with people in it, and a missing hour says nothing.
#[test]
fn of_an_hour_only_the_highest_count_is_kept_and_zeros_are_left_out() {
    let hour = |hour: u8, min: f64, mean: f64, max: f64| {
        json!({"start": format!("2026-03-10T{hour:02}:00:00Z"), "end": format!("2026-03-10T{:02}:00:00Z", hour + 1),
            "min": min, "mean": mean, "max": max})
    };
    let items = json!([
        hour(11, 1.0, 1.0, 1.0),
        hour(10, 1.0, 2.5, 6.0),
        hour(9, 0.0, 0.0, 0.0)
    ]);
    let (outcome, webex) = hourly(items);
    assert!(matches!(outcome, SpaceOutcome::Collected(_)));
    assert_eq!(lines(&webex), ["6 PeopleCount 10T10:00:00Z"]);
    let usage = webex.usage.borrow();
    assert_eq!(usage[0].form, Form::Bucket);
    assert_eq!(usage[0].value, Value::Number(6));
}

#[test]
fn an_hour_without_anybody_in_the_aggregate_is_not_nobody() {
    let (_, webex) = hourly(json!([]));
    assert!(lines(&webex).is_empty());
}

#[test]
fn counts_that_are_switched_off_are_not_asked_for() {
    let webex = Script::default();
    let settings = r#"{"people-count":"off"}"#;
    Passes::default()
        .outcome(&webex, settings, &counting("11:30"))
        .unwrap();
    assert!(webex.requests.borrow().is_empty());
}
