//! Rates of seconds: whole numbers divided, four decimals, half up.

use serde_json::{Value, json};

use crate::given::*;

#[test]
fn rates_of_an_hour_known_by_half() {
    let records = [
        people("09:00", "09:20", 3),
        people("09:20", "09:30", 0),
        people("13:00", "14:00", 1),
    ];
    let told = figures(&world(&[booking("a", "09:00", "10:00")], &records));
    assert_eq!(cells(&told), [1200, 600, 1800, 3600, 0, 28_800]);
    // witnessed 5400 of 36000
    assert_eq!(told["coverage"], 0.15);
    assert_eq!(told["booked_rate"], 0.1);
    // 4800 of 5400; 4800 of 36000; 4800 + 30600 of 36000
    assert_eq!(
        told["used_rate"],
        json!({"value": 0.8889, "lower": 0.1333, "upper": 0.9833})
    );
    // 600 of 1800
    assert_eq!(told["held_empty_rate"], 0.3333);
}

#[test]
fn unread_seconds_are_in_no_rate() {
    let world = with(
        world(&[booking("a", "09:00", "10:00")], &[]),
        json!({"readings": [read(ROOM, "08:00", "12:00")]}),
    );
    assert_eq!(figures(&world)["booked_rate"], 0.25);
}

#[test]
fn what_cannot_be_divided_is_null() {
    let world = with(world(&[], &[]), json!({"readings": []}));
    let told = figures(&world);
    for key in [
        "coverage",
        "booked_rate",
        "held_empty_rate",
        "seat_fill",
        "lead_time",
    ] {
        assert_eq!(told[key], Value::Null, "{key}");
    }
    let none = json!({"value": null, "lower": null, "upper": null});
    assert_eq!((&told["used_rate"], &told["no_show_rate"]), (&none, &none));
    assert_eq!(told["party"], json!({"bookings": 0, "median": null, "p90": null}));
}

#[test]
fn rates_are_rounded_half_up_and_percentiles_are_of_the_nearest_rank() {
    use oracle::number::{percentile, rate};
    assert_eq!(rate(1, 20_000), 0.0001);
    assert_eq!(rate(1, 20_001), 0.0);
    assert_eq!(rate(2, 3), 0.6667);
    assert_eq!(rate(3, 3), 1.0);
    assert_eq!(percentile(&[], 90), None);
    assert_eq!(percentile(&[7], 50), Some(7));
    assert_eq!(percentile(&[4, 1, 3, 2], 50), Some(2));
    assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
    assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90), Some(10));
}
