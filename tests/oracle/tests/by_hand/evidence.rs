//! What several devices say together, what a witness is, and how many people are there.

use serde_json::{Value, json};

use crate::given::*;

fn at_all(records: &[Value]) -> Value {
    figures(&world(&[booking("a", "09:00", "10:00")], records))
}

#[test]
fn who_sees_somebody_is_right() {
    let other = |record: Value| with(record, json!({"device": "d2", "source": "sensors"}));
    let records = [
        people("09:00", "10:00", 0),
        other(interval("presence", "09:00", "09:30", true)),
    ];
    assert_eq!(cells(&at_all(&records))[..3], [1800, 1800, 0]);
}

#[test]
fn a_call_while_sensors_are_blind_is_occupied_and_unwitnessed() {
    let records = [
        observed("people-count", "08:00", "18:00"),
        blind("people-count", "09:00", "10:00", "offline"),
        interval("call", "09:05", "09:50", true),
    ];
    let told = at_all(&records);
    assert_eq!(cells(&told), [2700, 0, 900, 0, 32_400, 0]);
    assert_eq!(told["occupied_unwitnessed_seconds"], 2700);
    // Nothing of that hour is in the rates of what is witnessed.
    assert_eq!(told["coverage"], 0.9);
    assert_eq!(
        told["used_rate"],
        json!({"value": 0.0, "lower": 0.075, "upper": 0.1})
    );
    assert_eq!(told["held_empty_rate"], Value::Null);
}

#[test]
fn a_call_that_a_sensor_sees_too_is_witnessed() {
    let records = [
        interval("call", "09:00", "10:00", true),
        people("09:00", "09:20", 0),
    ];
    assert_eq!(at_all(&records)["occupied_unwitnessed_seconds"], 2400);
    // A second of a presence bucket is witnessed, also if that bucket says nothing.
    let bucket = bucket("presence", "09:00", "09:30", 1800);
    assert_eq!(
        at_all(&[interval("call", "09:00", "10:00", true), bucket])["occupied_unwitnessed_seconds"],
        1800
    );
}

#[test]
fn a_room_that_only_knows_calls_is_not_observed() {
    let told = at_all(&[interval("call", "09:00", "10:00", true)]);
    assert_eq!(told["rooms_observed"], 0);
    assert_eq!(
        told["used_rate"],
        json!({"value": null, "lower": 0.1, "upper": 1.0})
    );
    assert_eq!(at_all(&[people("09:00", "09:00:01", 0)])["rooms_observed"], 1);
}

#[test]
fn two_counters_are_never_added() {
    let other = with(people("09:00", "10:00", 5), json!({"device": "d2"}));
    // 5 of 8 seats.
    assert_eq!(at_all(&[people("09:00", "10:00", 4), other])["seat_fill"], 0.625);
}

#[test]
fn a_call_where_nobody_is_counted_is_a_conflict_and_people_are_unknown() {
    let records = [
        people("09:00", "10:00", 0),
        interval("call", "09:10", "09:20", true),
        people("07:00", "08:01", 0),
    ];
    let told = at_all(&records);
    assert_eq!(told["conflict_seconds"], 600);
    assert_eq!(cells(&told)[..3], [600, 3000, 0]);
    // A presentation is none, nor a call in a room that is empty by coverage only: there is no count.
    let presentation = [
        people("09:00", "10:00", 0),
        interval("presentation", "09:10", "09:20", true),
    ];
    assert_eq!(at_all(&presentation)["conflict_seconds"], 0);
    let by_coverage = [
        observed("people-count", "09:00", "10:00"),
        interval("call", "09:10", "09:20", true),
    ];
    assert_eq!(at_all(&by_coverage)["conflict_seconds"], 0);
    // Unread and closed seconds are none.
    let outside = [
        people("06:00", "08:00", 0),
        interval("call", "06:00", "08:00", true),
    ];
    assert_eq!(at_all(&outside)["conflict_seconds"], 0);
}

#[test]
fn seats_are_filled_over_seconds_with_people_booked_or_not() {
    let records = [
        people("09:30", "10:00", 8),
        people("10:00", "10:30", 2),
        people("10:30", "18:00", 0),
    ];
    assert_eq!(at_all(&records)["seat_fill"], 0.625);
    assert_eq!(at_all(&[people("09:00", "10:00", 0)])["seat_fill"], Value::Null);
    let without = with(
        world(&[], &records),
        json!({"rooms": [with(room(ROOM), json!({"capacity": null}))]}),
    );
    assert_eq!(figures(&without)["seat_fill"], Value::Null);
}

#[test]
fn use_without_a_booking_is_a_session_from_ten_minutes_on() {
    let used = |records: &[Value]| at_all(records)["unbooked_sessions"].clone();
    assert_eq!(
        used(&[people("11:00", "11:10", 2)]),
        json!({"count": 1, "seconds": 600})
    );
    assert_eq!(
        used(&[people("11:00", "11:09:59", 2)]),
        json!({"count": 0, "seconds": 0})
    );
    // A gap of five minutes is bridged and not counted, a longer one is not.
    let gap = |until| [people("11:00", "11:05", 2), people(until, "11:20", 2)];
    assert_eq!(used(&gap("11:10")), json!({"count": 1, "seconds": 900}));
    assert_eq!(used(&gap("11:10:01")), json!({"count": 0, "seconds": 0}));
    // What is booked or closed does not count, and is a gap like any other.
    assert_eq!(
        used(&[people("08:50", "10:05", 2)]),
        json!({"count": 1, "seconds": 600})
    );
    assert_eq!(
        used(&[people("17:55", "19:00", 2)]),
        json!({"count": 0, "seconds": 0})
    );
}

#[test]
fn a_session_is_of_one_local_date_and_of_the_hour_of_its_first_second() {
    let always = json!({"hours": ["00:00", "24:00"]});
    let used = with(
        world(&[], &[people("9 23:55", "10 00:20", 2)]),
        json!({"insights": always}),
    );
    assert_eq!(
        figures(&used)["unbooked_sessions"],
        json!({"count": 1, "seconds": 1200})
    );
    let world = world(&[], &[people("10:55", "11:30", 2)]);
    let by_hour = groups(&world, "hour");
    assert_eq!(
        by_hour[10]["unbooked_sessions"],
        json!({"count": 1, "seconds": 2100})
    );
    assert_eq!(
        by_hour[11]["unbooked_sessions"],
        json!({"count": 0, "seconds": 0})
    );
}
