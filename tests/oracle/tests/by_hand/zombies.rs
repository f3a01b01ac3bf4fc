//! Series that nobody attends any more.

use serde_json::{Value, json};

use crate::given::*;

/// An occurrence of a series at 09:00 to 10:00 of a day of March.
fn occurrence(day: i64) -> Value {
    let booking = booking(
        &format!("{day:02}"),
        &format!("{day} 09:00"),
        &format!("{day} 10:00"),
    );
    with(booking, json!({"series": "s"}))
}

/// A counter that sees so many people from 09:00 to 10:00.
fn counted(day: i64, count: i64) -> Value {
    people(&format!("{day} 09:00"), &format!("{day} 10:00"), count)
}

fn asked(world: Value, now: &str, from: &str, to: &str, by: &str) -> Value {
    let readings = json!([read(ROOM, "1 00:00", "25 09:30")]);
    let question = json!({"from": from, "to": to, "by": by, "buildings": [], "rooms": []});
    let report = oracle::report(
        &with(world, json!({"now": at(now), "readings": readings})),
        &question,
    );
    report["groups"][0]["zombies"].clone()
}

fn zombies(bookings: &[Value], records: &[Value]) -> Value {
    asked(
        world(bookings, records),
        "20 00:00",
        "2026-03-01",
        "2026-04-01",
        "all",
    )
}

#[test]
fn three_no_shows_in_a_row_make_a_zombie_and_unknown_ones_do_not_touch_the_count() {
    let bookings = [1, 2, 3, 4, 5].map(occurrence);
    let records = [counted(1, 4), counted(2, 0), counted(4, 0), counted(5, 0)];
    assert_eq!(
        zombies(&bookings, &records),
        json!([{"room": ROOM, "series": "s", "streak": 3, "last_attended": "2026-03-01T09:00:00Z", "seconds_ahead": 0}])
    );
    assert_eq!(zombies(&bookings[..4], &records), json!([]));
}

#[test]
fn attended_and_brief_end_the_count() {
    let bookings = [1, 2, 3, 4].map(occurrence);
    let brief = people("4 09:00", "4 09:04", 1);
    let records = [
        counted(1, 0),
        counted(2, 0),
        counted(3, 0),
        people("4 09:04", "4 10:00", 0),
        brief,
    ];
    assert_eq!(zombies(&bookings, &records), json!([]));
    let records = [counted(1, 0), counted(2, 0), counted(3, 0), counted(4, 2)];
    assert_eq!(zombies(&bookings, &records), json!([]));
}

#[test]
fn a_release_of_an_empty_room_is_a_strike_and_a_cancellation_is_none() {
    let released = with(
        removed("03", "3 09:00", "3 10:00", "3 09:10"),
        json!({"series": "s"}),
    );
    let cancelled = with(
        removed("04", "4 09:00", "4 10:00", "4 08:50"),
        json!({"series": "s"}),
    );
    let records = [counted(1, 0), counted(2, 0), counted(3, 0), counted(4, 0)];
    let told = zombies(&[occurrence(1), occurrence(2), released, cancelled], &records);
    assert_eq!(
        (&told[0]["streak"], &told[0]["last_attended"]),
        (&json!(3), &Value::Null)
    );
}

#[test]
fn it_is_judged_at_the_end_of_the_period_or_now() {
    let bookings = [1, 2, 3, 4].map(occurrence);
    let records = [counted(1, 0), counted(2, 0), counted(3, 0), counted(4, 2)];
    let told = |now, to| asked(world(&bookings, &records), now, "2026-03-01", to, "all");
    assert_eq!(told("20 00:00", "2026-03-04")[0]["streak"], 3);
    assert_eq!(told("20 00:00", "2026-03-03"), json!([]));
    assert_eq!(told("20 00:00", "2026-03-05"), json!([]));
    assert_eq!(told("3 10:00", "2026-04-01")[0]["streak"], 3);
    assert_eq!(told("3 09:59", "2026-04-01"), json!([]));
}

#[test]
fn seconds_ahead_are_those_of_counted_occurrences_as_far_as_they_are_read() {
    let later = with(
        booking("99", "20 09:00", "20 10:00"),
        json!({
            "series": "s", "start": at("20 00:00") + 56 * 86_400, "end": at("20 00:00") + 56 * 86_400 + 3600,
        }),
    );
    let bookings = [
        occurrence(1),
        occurrence(2),
        occurrence(3),
        occurrence(20),
        with(occurrence(21), json!({"status": "tentative"})),
        with(
            removed("22", "22 09:00", "22 10:00", "19 12:00"),
            json!({"series": "s"}),
        ),
        // The readings end at 09:30 of the 25th.
        occurrence(25),
        occurrence(26),
        later,
    ];
    let records = [counted(1, 0), counted(2, 0), counted(3, 0)];
    assert_eq!(zombies(&bookings, &records)[0]["seconds_ahead"], 3600 + 1800);
}

#[test]
fn zombies_are_told_of_rooms_and_series_only() {
    let bookings = [1, 2, 3].map(occurrence);
    let told = |by| {
        asked(
            world(&bookings, &[counted(1, 0), counted(2, 0), counted(3, 0)]),
            "20 00:00",
            "2026-03-03",
            "2026-03-04",
            by,
        )
    };
    for by in ["all", "building", "room", "seats", "series"] {
        assert_eq!(told(by)[0]["streak"], 3, "by {by}");
    }
    for by in ["date", "weekday", "hour", "week", "month"] {
        assert_eq!(told(by), Value::Null, "by {by}");
    }
}

#[test]
fn a_series_is_counted_in_each_of_its_rooms_alone() {
    let elsewhere = with(occurrence(3), json!({"room": "conf-b@contoso.com"}));
    let records = [
        counted(1, 0),
        counted(2, 0),
        with(counted(3, 0), json!({"space": "conf-b@contoso.com"})),
    ];
    let world = with(
        world(&[occurrence(1), occurrence(2), elsewhere], &records),
        json!({"rooms": [room(ROOM), room("conf-b@contoso.com")]}),
    );
    assert_eq!(
        asked(world, "20 00:00", "2026-03-01", "2026-04-01", "all"),
        json!([])
    );
}
