//! The figures of bookings.

use serde_json::{Value, json};

use crate::given::*;

#[test]
fn the_rate_of_no_shows_is_of_observed_meetings_and_its_bounds_of_all() {
    let bookings = [
        booking("no-show", "08:00", "09:00"),
        booking("brief", "09:00", "10:00"),
        booking("attended", "10:00", "11:00"),
        booking("attended, little known", "11:00", "12:00"),
        booking("unknown", "12:00", "13:00"),
        removed("released", "13:00", "14:00", "13:10"),
        booking("block", "08:00", "18:00"),
        removed("late", "15:00", "16:00", "14:50"),
        with(
            booking("tentative", "16:00", "17:00"),
            json!({"status": "tentative"}),
        ),
    ];
    let records = [
        people("08:00", "09:00", 0),
        people("09:00", "09:04", 1),
        people("09:04", "10:00", 0),
        people("10:00", "11:10", 2),
        people("13:00", "13:10", 0),
    ];
    let told = figures(&world(&bookings, &records));
    assert_eq!(
        told["bookings"],
        json!({
            "attended": 2, "no-show": 1, "brief": 1, "unknown": 1, "block": 1, "no-activity": 0, "released-empty": 1,
            "cancelled-late": 1, "cancelled-after-start": 0, "cancelled-early": 0, "not-counted": 1,
        })
    );
    // N = 2, B = 1, A90 = 1, E = 2 + 1 + 2 + 1.
    assert_eq!(
        told["no_show_rate"],
        json!({"value": 0.5, "lower": 0.3333, "upper": 0.5})
    );
    assert_eq!(told["no_show_seconds"], 3600, "not those of the released one");
}

#[test]
fn no_show_seconds_are_open_ones_booking_by_booking() {
    let bookings = [booking("a", "17:00", "19:00"), booking("b", "17:30", "18:30")];
    let told = figures(&world(&bookings, &[people("17:00", "19:00", 0)]));
    assert_eq!(told["bookings"]["no-show"], 2);
    assert_eq!(told["no_show_seconds"], 3600 + 1800);
}

#[test]
fn no_activity_is_in_no_rate() {
    let told = figures(&world(
        &[booking("a", "09:00", "10:00")],
        &[interval("call", "12:00", "13:00", true)],
    ));
    assert_eq!(
        told["no_show_rate"],
        json!({"value": null, "lower": null, "upper": null})
    );
}

#[test]
fn what_is_given_back_is_the_rest_and_reused_what_others_book_or_occupy() {
    let given = |booking: Value, others: &[Value], records: &[Value]| {
        let told = figures(&world(&[&[booking], others].concat(), records));
        [&told["given_back_seconds"], &told["reused_seconds"]].map(|seconds| seconds.as_i64().unwrap())
    };
    let late = || removed("a", "09:00", "10:00", "08:30");
    assert_eq!(given(late(), &[], &[]), [3600, 0]);
    assert_eq!(
        given(late(), &[booking("b", "09:30", "10:30")], &[]),
        [3600, 1800]
    );
    assert_eq!(
        given(
            late(),
            &[booking("b", "09:30", "10:30")],
            &[people("09:20", "09:40", 2)]
        ),
        [3600, 2400]
    );
    assert_eq!(
        given(
            late(),
            &[with(
                booking("b", "09:00", "10:00"),
                json!({"status": "tentative"})
            )],
            &[]
        ),
        [3600, 0]
    );
    // Of another one that was removed too, what it booked.
    assert_eq!(
        given(late(), &[removed("b", "09:00", "10:00", "09:15")], &[])[1],
        900
    );
    let after_start = || removed("a", "09:00", "10:00", "09:10");
    assert_eq!(
        given(after_start(), &[], &[people("09:00", "10:00", 1)]),
        [3000, 3000]
    );
    assert_eq!(
        given(after_start(), &[], &[people("09:00", "09:10", 0)]),
        [3000, 0]
    );
    assert_eq!(given(removed("a", "09:00", "10:00", "08:00"), &[], &[]), [0, 0]);
    assert_eq!(given(removed("a", "09:00", "10:00", "10:00"), &[], &[]), [0, 0]);
    // Of a partial bucket what is certain: 3000 of 3600 s in use, of 3600 s given back.
    assert_eq!(
        given(late(), &[], &[bucket("presence", "09:00", "10:00", 3000)]),
        [3600, 3000]
    );
    assert_eq!(
        given(after_start(), &[], &[bucket("presence", "09:00", "10:00", 3000)]),
        [3000, 2400]
    );
}

#[test]
fn what_is_given_back_ends_now() {
    let bookings = [
        removed("a", "09:00", "10:00", "08:30"),
        booking("b", "09:00", "10:00"),
    ];
    let told = figures(&with(world(&bookings, &[]), json!({"now": at("09:15")})));
    assert_eq!(
        (&told["given_back_seconds"], &told["reused_seconds"]),
        (&json!(900), &json!(900))
    );
}

#[test]
fn a_late_start_is_more_than_ten_minutes() {
    let late = |came| {
        let records = [people("09:00", came, 0), people(came, "10:00", 2)];
        figures(&world(&[booking("a", "09:00", "10:00")], &records))["late_start"].clone()
    };
    assert_eq!(late("09:10"), json!({"count": 0, "seconds": 0}));
    assert_eq!(late("09:10:01"), json!({"count": 1, "seconds": 601}));
}

#[test]
fn an_early_end_is_a_vacant_quarter_of_an_hour_that_reaches_the_end() {
    let early =
        |records: &[Value]| figures(&world(&[booking("a", "09:00", "10:00")], records))["early_end"].clone();
    let none = json!({"count": 0, "seconds": 0});
    assert_eq!(
        early(&[people("09:00", "09:45", 2), people("09:45", "11:00", 0)]),
        json!({"count": 1, "seconds": 900})
    );
    assert_eq!(
        early(&[people("09:00", "09:45:01", 2), people("09:45:01", "11:00", 0)]),
        none
    );
    assert_eq!(
        early(&[
            people("09:00", "09:30", 2),
            people("09:30", "09:59", 0),
            people("09:59", "10:00", 1)
        ]),
        none
    );
    // Unknown is not vacant.
    assert_eq!(
        early(&[people("09:00", "09:30", 2), people("09:30", "09:59:59", 0)]),
        none
    );
}

#[test]
fn late_and_early_need_a_booking_of_which_nine_tenths_are_known() {
    let records = [people("09:10:01", "09:20", 2), people("09:20", "09:40", 0)];
    let told = figures(&world(&[booking("a", "09:00", "10:00")], &records));
    assert_eq!(told["bookings"]["attended"], 1);
    assert_eq!(told["late_start"]["count"], 0);
}

#[test]
fn a_party_is_the_90th_percentile_of_its_counts_above_nothing() {
    let party = |records: &[Value]| {
        let world = world(&[booking("a", "09:00", "10:00")], records);
        oracle::verdicts(&world, &tuesday("all"))[0]["party"].clone()
    };
    // 3600 seconds: the 3240th of them.
    assert_eq!(
        party(&[people("09:00", "09:54", 3), people("09:54", "10:00", 9)]),
        3
    );
    assert_eq!(
        party(&[people("09:00", "09:53:59", 3), people("09:53:59", "10:00", 9)]),
        9
    );
    // Nobody is no party.
    assert_eq!(
        party(&[people("09:00", "09:50", 0), people("09:50", "10:00", 2)]),
        2
    );
    assert_eq!(
        party(&[interval("presence", "09:00", "10:00", true)]),
        Value::Null
    );
    // Brief is not attended.
    assert_eq!(
        party(&[people("09:00", "09:04", 3), people("09:04", "10:00", 0)]),
        Value::Null
    );
}

#[test]
fn parties_of_a_group_have_a_median_and_a_90th_percentile() {
    let bookings = [
        booking("a", "09:00", "10:00"),
        booking("b", "10:00", "11:00"),
        booking("c", "11:00", "12:00"),
    ];
    let records = [
        people("09:00", "10:00", 2),
        people("10:00", "11:00", 9),
        people("11:00", "11:30", 4),
    ];
    assert_eq!(
        figures(&world(&bookings, &records))["party"],
        json!({"bookings": 3, "median": 4, "p90": 9})
    );
}

/// So many attended bookings of 10 minutes, with so many people in each.
fn parties(bookings: i64, people_there: i64, capacity: Value) -> Value {
    let held: Vec<Value> = (0..bookings)
        .map(|place| {
            let start = at("08:00") + place * 600;
            with(
                booking(&format!("{place:02}"), "08:00", "08:00"),
                json!({"start": start, "end": start + 600}),
            )
        })
        .collect();
    let world = world(&held, &[people("08:00", "18:00", people_there)]);
    with(
        world,
        json!({"rooms": [with(room(ROOM), json!({"capacity": capacity}))]}),
    )
}

#[test]
fn a_room_fits_when_its_parties_fill_three_fifths_of_it() {
    let fit = |people, capacity: i64| {
        let told = figures(&parties(20, people, json!(capacity)))["fit"].clone();
        let classes = ["too-big", "roomy", "fits", "too-small"];
        classes
            .into_iter()
            .filter(|class| told[class] == 1)
            .collect::<Vec<_>>()
            .concat()
    };
    assert_eq!(fit(3, 8), "too-big");
    assert_eq!(fit(4, 10), "roomy");
    assert_eq!(fit(5, 10), "roomy");
    assert_eq!(fit(6, 10), "fits");
    assert_eq!(fit(10, 10), "fits");
    assert_eq!(fit(11, 10), "too-small");
}

#[test]
fn a_room_without_twenty_parties_or_a_capacity_is_in_no_class() {
    let none = json!({"too-big": 0, "roomy": 0, "fits": 0, "too-small": 0});
    assert_eq!(figures(&parties(19, 3, json!(8)))["fit"], none);
    assert_eq!(figures(&parties(20, 3, Value::Null))["fit"], none);
    // Twenty in the group, not in the room.
    assert_eq!(groups(&parties(20, 3, json!(8)), "hour")[8]["fit"], none);
}

#[test]
fn a_release_would_free_no_shows_and_throw_out_those_who_come_late() {
    let bookings = [
        booking("no-show", "08:00", "09:00"),
        booking("late by 12", "09:00", "10:00"),
        booking("brief after 40", "10:00", "11:00"),
        booking("no-show of 20", "11:00", "11:20"),
        booking("unknown", "12:00", "13:00"),
    ];
    let records = [
        people("08:00", "09:12", 0),
        people("09:12", "10:00", 2),
        people("10:00", "10:40", 0),
        people("10:40", "10:44", 1),
        people("10:44", "11:20", 0),
    ];
    assert_eq!(
        figures(&world(&bookings, &records))["release_curve"],
        json!([
            {"minutes": 5, "freed_seconds": 2 * 3300 + 900, "thrown_out": 1},
            {"minutes": 10, "freed_seconds": 2 * 3000 + 600, "thrown_out": 1},
            {"minutes": 15, "freed_seconds": 2 * 2700 + 300, "thrown_out": 0},
            {"minutes": 20, "freed_seconds": 2 * 2400, "thrown_out": 0},
            {"minutes": 30, "freed_seconds": 2 * 1800, "thrown_out": 0},
        ])
    );
}

#[test]
fn lead_time_is_of_bookings_that_an_earlier_reading_did_not_have() {
    let seen = |id: &str, first_seen: &str, read: Value| {
        with(
            booking(id, "09:00", "10:00"),
            json!({"first_seen": at(first_seen), "read_before": read}),
        )
    };
    let before = json!([[at("10 09:00"), at("11 00:00")]]);
    let bookings = [
        seen("an hour", "08:00", before.clone()),
        seen("a day", "9 09:00", before.clone()),
        seen("not read before", "8 09:00", json!([])),
        seen(
            "read before, but not then",
            "8 09:00",
            json!([[at("10 09:00:01"), at("11 00:00")]]),
        ),
        seen("after its start", "09:00", before.clone()),
        with(
            seen("tentative", "8 09:00", before),
            json!({"status": "tentative"}),
        ),
        booking("not known", "09:00", "10:00"),
    ];
    // Of two values the first is the median.
    assert_eq!(figures(&world(&bookings, &[]))["lead_time"], 3600);
}
