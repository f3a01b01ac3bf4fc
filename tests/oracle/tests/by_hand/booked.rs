//! Which seconds are booked, read and open, and the six cells that they fall into.

use serde_json::json;

use crate::given::*;

#[test]
fn bookings_that_overlap_book_their_union() {
    let bookings = [booking("a", "09:00", "10:00"), booking("b", "09:30", "10:30")];
    let told = figures(&world(&bookings, &[people("08:00", "18:00", 0)]));
    assert_eq!(cells(&told), [0, 5400, 0, 0, 30_600, 0]);
}

#[test]
fn a_booking_that_was_removed_counts_up_to_that_moment() {
    let booked = |moment| {
        let told = figures(&world(&[removed("a", "09:00", "10:00", moment)], &[]));
        cells(&told)[2]
    };
    assert_eq!(booked("08:59"), 0);
    assert_eq!(booked("09:00"), 0);
    assert_eq!(booked("09:20:01"), 1201);
    assert_eq!(booked("10:00"), 3600);
    assert_eq!(booked("11 10:00"), 3600);
}

#[test]
fn an_hour_with_three_quarters_of_somebody_falls_into_cells() {
    let records = [
        people("09:00", "09:45", 2),
        people("09:45", "10:00", 0),
        people("10:00", "10:30", 1),
    ];
    let told = figures(&world(&[booking("a", "09:00", "10:00")], &records));
    assert_eq!(cells(&told), [2700, 900, 0, 1800, 0, 36_000 - 5400]);
    assert_eq!(told["open_seconds"], 36_000);
    assert_eq!(told["unread_seconds"], 0);
}

#[test]
fn seconds_that_nobody_read_are_in_no_cell_and_not_outside() {
    let world = with(
        world(&[booking("a", "07:00", "10:00")], &[people("07:00", "10:00", 2)]),
        json!({"readings": [{"source": "contoso", "room": ROOM, "spans": [
            [at("07:30"), at("09:00")], [at("09:30"), at("12:00")]
        ]}]}),
    );
    let told = figures(&world);
    assert_eq!(told["unread_seconds"], 1800 + 6 * 3600);
    assert_eq!(cells(&told), [5400, 0, 0, 0, 0, 7200]);
    assert_eq!(told["outside"], json!({"booked": 1800, "occupied": 1800}));
    // What became of the booking is known all the same.
    assert_eq!(verdicts(&world), ["a attended"]);
}

#[test]
fn seconds_outside_of_open_time_stand_apart() {
    let records = [people("06:00", "08:10", 2)];
    let told = figures(&world(&[booking("a", "07:00", "09:00")], &records));
    assert_eq!(told["outside"], json!({"booked": 3600, "occupied": 7200}));
    assert_eq!(cells(&told), [600, 0, 3000, 0, 0, 32_400]);
}

#[test]
fn time_that_has_not_passed_is_in_no_figure() {
    let bookings = [booking("a", "09:00", "11:00")];
    let world = with(
        world(&bookings, &[people("09:00", "12:00", 2)]),
        json!({"now": at("10:00")}),
    );
    let told = figures(&world);
    assert_eq!(told["open_seconds"], 7200);
    assert_eq!(cells(&told), [3600, 0, 0, 0, 0, 3600]);
    assert_eq!(told["seat_fill"], 0.25);
}

#[test]
fn two_days_are_the_sum_of_both() {
    let bookings = [booking("a", "9 17:00", "10 09:00")];
    let world = world(
        &bookings,
        &[
            bucket("presence", "9 17:30", "10 08:30", 50_000),
            people("08:30", "09:10", 1),
        ],
    );
    let asked = |from, to| {
        let question = json!({"from": from, "to": to, "by": "all", "buildings": [], "rooms": []});
        cells(&oracle::report(&world, &question)["groups"][0])
    };
    let (first, second) = (
        asked("2026-03-09", "2026-03-10"),
        asked("2026-03-10", "2026-03-11"),
    );
    let sum: Vec<i64> = first.iter().zip(second).map(|(one, other)| one + other).collect();
    assert_eq!(asked("2026-03-09", "2026-03-11").to_vec(), sum);
}

#[test]
fn a_booking_across_midnight_splits_its_seconds_and_counts_on_its_first_day() {
    let always = json!({"hours": ["00:00", "24:00"]});
    let world = with(
        world(&[booking("a", "23:00", "11 01:00")], &[]),
        json!({"insights": always}),
    );
    let question =
        json!({"from": "2026-03-10", "to": "2026-03-12", "by": "date", "buildings": [], "rooms": []});
    let report = oracle::report(&world, &question);
    let told = |day: usize| {
        let group = &report["groups"][day];
        (cells(group)[2], group["bookings"]["unknown"].as_i64().unwrap())
    };
    assert_eq!((told(0), told(1)), ((3600, 1), (3600, 0)));
}
