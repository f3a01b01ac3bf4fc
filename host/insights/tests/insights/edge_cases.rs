//! The edge cases that were collected before the definitions were fixed, in their order. Where the contract decided otherwise, the test says
//! so. Left out are those about figures that the contract does not have (double-booked time, overrun), and those that are nothing but
//! computing anew (late readings, a device that was joined to the wrong room).

use serde_json::{Value, json};

use crate::support::{World, at, group};

fn minutes(value: &Value) -> f64 {
    value.as_f64().unwrap() / 60.0
}

#[test]
fn nobody_came_and_the_device_saw_it() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "10:00", 0);
    assert_eq!(world.word("b"), "no-show");
    assert_eq!(minutes(&world.all()["cells"]["booked_vacant"]), 60.0);
}

#[test]
fn a_device_that_was_offline_for_most_of_it_knows_nothing() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "09:10", 0)
        .people("09:50", "10:00", 0)
        .blind("people-count", "09:10", "09:50", "offline");
    let verdict = world.verdict("b");
    assert_eq!((verdict.verdict, verdict.reason), ("unknown", Some("offline")));
    let cells = &world.all()["cells"];
    assert_eq!(
        (
            minutes(&cells["booked_vacant"]),
            minutes(&cells["booked_unknown"])
        ),
        (20.0, 40.0)
    );
}

#[test]
fn presence_needs_one_witness_whatever_else_is_unknown() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "09:08", 3)
        .blind("people-count", "09:10", "09:50", "offline");
    assert_eq!(world.word("b"), "attended");
}

#[test]
fn a_device_that_cannot_count_is_blind_and_never_proves_a_no_show() {
    // Records with a count of -1 are refused; connectors say blind instead.
    let world =
        World::new()
            .book("b", "09:00", "10:00")
            .blind("people-count", "09:00", "10:00", "cannot count");
    let verdict = world.verdict("b");
    assert_eq!((verdict.verdict, verdict.reason), ("unknown", Some("blind")));
}

#[test]
fn a_room_that_knows_only_calls_never_has_a_no_show() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .call("2026-03-09T09:00", "2026-03-09T10:00");
    assert_eq!(world.word("b"), "no-activity");
}

#[test]
fn a_cleaner_is_brief() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .observed("presence", "08:00", "18:00")
        .says("presence", "09:20", "09:23", true);
    assert_eq!(world.word("b"), "brief");
    assert_eq!(minutes(&world.all()["cells"]["booked_vacant"]), 57.0);
}

#[test]
fn three_minutes_are_enough_for_a_quarter_hour() {
    let world = World::new()
        .book("b", "09:00", "09:15")
        .people("09:02", "09:05", 3);
    assert_eq!(world.word("b"), "attended");
}

#[test]
fn overlapping_bookings_book_their_union_and_are_both_judged() {
    let world = World::new()
        .book("one", "09:00", "10:00")
        .book("two", "09:30", "10:30")
        .people("09:00", "11:00", 2);
    assert_eq!((world.word("one"), world.word("two")), ("attended", "attended"));
    assert_eq!(minutes(&world.all()["cells"]["booked_occupied"]), 90.0);
}

#[test]
fn back_to_back_meetings_without_a_gap_are_both_attended() {
    // The contract has no "unclear" start: the second one simply begins occupied.
    let world = World::new()
        .book("one", "09:00", "10:00")
        .book("two", "10:00", "11:00")
        .people("09:00", "11:00", 2);
    assert_eq!((world.word("one"), world.word("two")), ("attended", "attended"));
    assert_eq!(world.all()["late_start"]["count"], 0);
}

#[test]
fn who_stays_longer_holds_an_unbooked_session() {
    // The contract has no overrun: twelve minutes after the end are a session like any other.
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "10:12", 2);
    assert_eq!(
        world.all()["unbooked_sessions"],
        json!({"count": 1, "seconds": 720})
    );
}

#[test]
fn a_booking_over_midnight_counts_on_its_first_day_and_its_seconds_where_they_are() {
    let world = World::new().book("b", "23:00", "2026-03-11T01:00");
    let report = world.report("date");
    let figures = |key: &str| {
        let group = group(&report, key);
        (
            group["bookings"]["unknown"].as_i64(),
            group["outside"]["booked"].as_i64(),
            group["cells"]["booked_unknown"].as_i64(),
        )
    };
    assert_eq!(figures("2026-03-10"), (Some(1), Some(3_600), Some(0)));
    assert_eq!(figures("2026-03-11"), (Some(0), Some(3_600), Some(0)));
}

#[test]
fn an_empty_whole_day_is_a_block_and_in_no_rate() {
    let world = World::new()
        .book("b", "00:00", "2026-03-11T00:00")
        .with("all_day", true)
        .people("00:00", "2026-03-11T00:00", 0);
    assert_eq!(world.word("b"), "block");
    let all = world.all();
    assert_eq!(all["cells"]["booked_vacant"], 36_000);
    assert_eq!(
        all["no_show_rate"],
        json!({"value": null, "lower": null, "upper": null})
    );
}

#[test]
fn lengths_are_real_time_when_clocks_change() {
    // 01:30 to 03:30 in Berlin on March 29; 02:30 to 02:30 on October 25, which comes twice.
    let world = World::new()
        .insights(json!({"time-zone": "Europe/Berlin"}))
        .now("2026-12-01T00:00")
        .book("spring", "2026-03-29T00:30", "2026-03-29T01:30")
        .book("autumn", "2026-10-25T00:30", "2026-10-25T01:30");
    assert_eq!(world.verdict("spring").length_seconds, 3_600);
    assert_eq!(world.verdict("autumn").length_seconds, 3_600);
    let report = world.asked(json!({"from": "2026-10-25", "to": "2026-10-26", "by": "hour"}));
    assert_eq!(
        group(&report, "02")["outside"]["booked"],
        3_600,
        "one group for both hours"
    );
}

#[test]
fn a_booking_cancelled_ten_minutes_before_is_late() {
    let world = World::new().book("b", "09:00", "10:00").removed("08:50");
    assert_eq!(world.word("b"), "cancelled-late");
}

#[test]
fn a_meeting_that_moved_is_judged_where_it_is_now() {
    // The contract counts nothing as given back at the old time.
    let world = World::new()
        .book("b", "14:00", "15:00")
        .people("09:00", "15:00", 0);
    assert_eq!(world.word("b"), "no-show");
    assert_eq!(world.all()["given_back_seconds"], 0);
}

#[test]
fn building_and_seats_are_those_of_now_for_all_times() {
    // Before, they would have had a history.
    let world = World::new()
        .of_room("building", json!("New"))
        .of_room("capacity", json!(12))
        .people("09:00", "10:00", 6);
    let report = world.report("building");
    assert_eq!(group(&report, "New")["seat_fill"], 0.5);
}

#[test]
fn an_unknown_meeting_neither_ends_nor_lengthens_a_streak() {
    let mut world = World::new().now("2026-03-20T00:00");
    for (day, is_known) in [("05", true), ("06", false), ("09", true), ("10", true)] {
        let (from, to) = (format!("2026-03-{day}T09:00"), format!("2026-03-{day}T10:00"));
        world = world.book(day, &from, &to).with("series", "s");
        if is_known {
            world = world.people(&from, &to, 0);
        }
    }
    let zombies = world.all()["zombies"].clone();
    assert_eq!(zombies[0]["streak"], 3);
}

#[test]
fn of_two_counters_the_larger_count_counts() {
    // The contract knows no primary counter.
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "10:00", 4)
        .people("09:00", "10:00", 5)
        .of_record("device", "other");
    assert_eq!(world.verdict("b").party, Some(5));
}

#[test]
fn a_space_that_two_rooms_name_counts_in_both() {
    // What the contract has in place of divisible rooms: several rooms may name one space.
    let world = World::new()
        .of_room("spaces", json!([["webex", "wall"]]))
        .room("b@x.com", Some("HQ"), Some(8))
        .of_room("spaces", json!([["webex", "wall"]]))
        .people_in("wall", "09:00", "10:00", 2);
    let report = world.report("room");
    for room in ["a@x.com", "b@x.com"] {
        assert_eq!(
            group(&report, room)["cells"]["unbooked_occupied"],
            3_600,
            "{room}"
        );
    }
}

#[test]
fn a_building_is_falsely_full_once_a_booked_room_has_been_vacant_for_ten_minutes() {
    let mut world = World::new()
        .book("0", "09:00", "09:12")
        .people("09:00", "09:12", 0);
    for number in 1..5 {
        let room = format!("r{number}@x.com");
        world = world
            .room(&room, Some("HQ"), Some(8))
            .book_in(&room, &number.to_string(), "09:00", "10:00");
    }
    let all = world.all();
    assert_eq!(
        (minutes(&all["full_seconds"]), minutes(&all["false_full_seconds"])),
        (12.0, 2.0)
    );
}

#[test]
fn a_call_while_the_sensor_was_offline_proves_use_and_enters_no_rate() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .blind("people-count", "09:00", "10:00", "offline")
        .call("09:05", "09:50");
    assert_eq!(world.word("b"), "attended");
    let all = world.all();
    assert_eq!(minutes(&all["occupied_unwitnessed_seconds"]), 45.0);
    assert_eq!(minutes(&all["cells"]["booked_unknown"]), 15.0);
    assert_eq!(all["used_rate"]["value"], Value::Null);
    assert_eq!(all["held_empty_rate"], Value::Null);
}

#[test]
fn a_room_that_was_released_empty_is_a_no_show() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .removed("09:10")
        .people("09:00", "10:00", 0);
    assert_eq!(world.word("b"), "released-empty");
    let all = world.all();
    assert_eq!(minutes(&all["cells"]["booked_vacant"]), 10.0);
    assert_eq!(minutes(&all["given_back_seconds"]), 50.0);
    assert_eq!(all["no_show_rate"]["value"], 1.0);
    assert_eq!(all["no_show_seconds"], 0);
}

#[test]
fn a_room_that_knows_only_calls_has_a_lower_bound_of_use() {
    // The contract gives an upper bound as well: everything unknown could have been use.
    let world = World::new().call("09:00", "10:00");
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-11"}));
    assert_eq!(
        report["groups"][0]["used_rate"],
        json!({"value": null, "lower": 0.1, "upper": 1.0})
    );
    assert!(at("09:00") < at("10:00"));
}
