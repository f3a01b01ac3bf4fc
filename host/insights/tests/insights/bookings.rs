//! Section 5, the figures of bookings: punctuality, people, what was given back, no-shows, releases, and how long before people book.

use serde_json::{Value, json};

use crate::support::{World, at, watched};

#[test]
fn late_starts_and_early_ends_have_their_limits() {
    let late = |from: &str| {
        watched()
            .book("b", "09:00", "10:00")
            .says("presence", from, "10:00", true)
            .all()["late_start"]
            .clone()
    };
    assert_eq!(late("09:10"), json!({"count": 0, "seconds": 0}));
    assert_eq!(late("09:10:01"), json!({"count": 1, "seconds": 601}));
    let early = |to: &str| {
        watched()
            .book("b", "09:00", "10:00")
            .says("presence", "09:00", to, true)
            .all()["early_end"]
            .clone()
    };
    assert_eq!(early("09:45:01"), json!({"count": 0, "seconds": 0}));
    assert_eq!(early("09:45"), json!({"count": 1, "seconds": 900}));
    let unknown = World::new()
        .book("b", "09:00", "10:00")
        .people("09:15", "10:00", 2);
    assert_eq!(
        unknown.all()["late_start"]["count"],
        0,
        "a quarter of it is unknown"
    );
    let bucket = watched()
        .book("b", "09:00", "10:00")
        .says("presence", "09:20", "10:00", true)
        .bucket("in-use", "08:30", "09:10", 60);
    assert_eq!(
        bucket.all()["late_start"]["count"],
        1,
        "the sensor knew it all: the bucket proves nothing"
    );
}

#[test]
fn a_booking_with_seconds_in_a_partial_bucket_is_left_out_where_single_seconds_matter() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .bucket("presence", "09:00", "09:20", 600)
        .people("09:20", "09:40", 2)
        .people("09:40", "10:00", 0);
    let all = world.all();
    assert_eq!(world.word("b"), "attended");
    assert_eq!(
        (&all["late_start"]["count"], &all["early_end"]["count"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(all["release_curve"][0]["thrown_out"], 0);
}

#[test]
fn parties_and_seats_are_counted_over_seconds_with_people() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .people("09:00", "09:48", 2)
        .people("09:48", "09:56", 5)
        .people("09:56", "10:00", 0)
        .people("10:00", "11:00", 4);
    assert_eq!(
        world.verdict("b").party,
        Some(5),
        "50.4 of 56 minutes reach into the larger count"
    );
    let all = world.all();
    assert_eq!(all["party"], json!({"bookings": 1, "median": 5, "p90": 5}));
    // 48 x 2 + 8 x 5 + 60 x 4 people times minutes, of 116 minutes with eight seats.
    assert_eq!(all["seat_fill"], 0.4052);
}

#[test]
fn a_room_fits_as_its_parties_do() {
    let fit = |people: u32, meetings: u32| {
        let mut world = World::new().now("2026-06-01T00:00");
        for number in 0..meetings {
            let (hour, day) = (8 + number % 8, 10 + number / 8);
            let (from, to) = (
                format!("2026-03-{day}T{hour:02}:00"),
                format!("2026-03-{day}T{:02}:00", hour + 1),
            );
            world = world
                .book(&number.to_string(), &from, &to)
                .people(&from, &to, people);
        }
        world.asked(json!({"from": "2026-03-01", "to": "2026-04-01"}))["groups"][0]["fit"].clone()
    };
    assert_eq!(
        fit(3, 20),
        json!({"too-big": 1, "roomy": 0, "fits": 0, "too-small": 0})
    );
    assert_eq!(
        fit(4, 20),
        json!({"too-big": 0, "roomy": 1, "fits": 0, "too-small": 0})
    );
    assert_eq!(
        fit(8, 20),
        json!({"too-big": 0, "roomy": 0, "fits": 1, "too-small": 0})
    );
    assert_eq!(
        fit(9, 20),
        json!({"too-big": 0, "roomy": 0, "fits": 0, "too-small": 1})
    );
    assert_eq!(
        fit(9, 19),
        json!({"too-big": 0, "roomy": 0, "fits": 0, "too-small": 0})
    );
}

#[test]
fn what_was_given_back_is_reused_by_bookings_and_by_people() {
    let world = watched()
        .book("late", "09:00", "10:00")
        .removed("08:30")
        .book("other", "09:00", "09:20")
        .says("presence", "09:10", "09:30", true);
    let all = world.all();
    assert_eq!(
        (&all["given_back_seconds"], &all["reused_seconds"]),
        (&json!(3_600), &json!(1_800))
    );
    let early = watched().book("early", "09:00", "10:00").removed("08:00");
    assert_eq!(early.all()["given_back_seconds"], 0);
    let under_way = watched()
        .now("09:30")
        .book("late", "09:00", "10:00")
        .removed("08:30");
    assert_eq!(
        under_way.all()["given_back_seconds"],
        1_800,
        "the rest has not passed"
    );
}

#[test]
fn no_show_rates_have_bounds() {
    let world = watched()
        .book("no-show", "08:00", "09:00")
        .book("attended", "09:00", "10:00")
        .says("presence", "09:00", "10:00", true)
        .book("brief", "10:00", "11:00")
        .says("presence", "10:00", "10:03", true)
        .book("unknown", "2026-03-11T09:00", "2026-03-11T10:00")
        .book("attended, half known", "2026-03-11T10:00", "2026-03-11T11:00")
        .says("in-use", "2026-03-11T10:00", "2026-03-11T10:30", true);
    let all = world.all();
    assert_eq!(
        all["bookings"],
        json!({"attended": 2, "no-show": 1, "brief": 1, "unknown": 1, "block": 0, "no-activity": 0, "released-empty": 0,
               "cancelled-late": 0, "cancelled-after-start": 0, "cancelled-early": 0, "not-counted": 0})
    );
    assert_eq!(
        all["no_show_rate"],
        json!({"value": 0.3333, "lower": 0.2, "upper": 0.4})
    );
    assert_eq!(all["no_show_seconds"], 3_600);
}

#[test]
fn no_show_seconds_are_open_seconds_booking_by_booking() {
    let world = watched()
        .book("one", "07:00", "09:00")
        .book("two", "08:30", "09:00");
    assert_eq!(world.all()["no_show_seconds"], 3_600 + 1_800);
}

#[test]
fn who_comes_just_when_a_room_would_be_released_is_thrown_out() {
    let thrown_out = |from: &str| {
        let world = watched().book("b", "09:00", "10:00");
        world.says("presence", from, "10:00", true).all()["release_curve"][0]["thrown_out"].clone()
    };
    assert_eq!(thrown_out("09:05"), 1);
    assert_eq!(thrown_out("09:04:59"), 0);
}

#[test]
fn the_release_curve_tells_what_is_freed_and_who_is_thrown_out() {
    let world = watched()
        .book("no-show", "08:00", "09:00")
        .book("late", "09:00", "10:00")
        .says("presence", "09:12", "10:00", true)
        .book("short", "10:00", "10:10");
    let curve = world.all()["release_curve"].clone();
    assert_eq!(
        curve,
        json!([
            {"minutes": 5, "freed_seconds": 3_300 + 300, "thrown_out": 1},
            {"minutes": 10, "freed_seconds": 3_000, "thrown_out": 1},
            {"minutes": 15, "freed_seconds": 2_700, "thrown_out": 0},
            {"minutes": 20, "freed_seconds": 2_400, "thrown_out": 0},
            {"minutes": 30, "freed_seconds": 1_800, "thrown_out": 0},
        ])
    );
}

#[test]
fn lead_time_is_told_only_of_bookings_that_an_earlier_reading_did_not_have() {
    let seen = |world: World, first: &str, read: bool| {
        let before = if read {
            vec![(at("00:00"), at("18:00"))]
        } else {
            vec![]
        };
        world
            .with("first_seen", at(first))
            .with("read_before", json!(before))
    };
    let world = World::new().book("one", "12:00", "13:00");
    let world = seen(world, "11:00", true).book("two", "12:00", "13:00");
    let world = seen(world, "09:00", true).book("three", "12:00", "13:00");
    let world = seen(world, "10:00", true).book("from the first reading", "12:00", "13:00");
    let world = seen(world, "10:00", false).book("seen after its start", "12:00", "13:00");
    let world = seen(world, "12:00", true)
        .book("tentative", "12:00", "13:00")
        .with("status", "tentative");
    let world = seen(world, "11:59", true);
    assert_eq!(
        world.all()["lead_time"],
        7_200,
        "the median of one, two and three hours"
    );
    assert_eq!(World::new().all()["lead_time"], Value::Null);
}
