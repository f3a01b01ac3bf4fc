//! What buckets prove of the seconds that exact evidence left unknown.

use serde_json::{Value, json};

use crate::given::*;

fn at_all(bookings: &[Value], records: &[Value]) -> Value {
    figures(&world(bookings, records))
}

/// Occupied, vacant and unknown unbooked open seconds.
fn seen(records: &[Value]) -> [i64; 3] {
    let told = cells(&at_all(&[], records));
    [told[3], told[4], told[5]]
}

fn else_unknown(occupied: i64, vacant: i64) -> [i64; 3] {
    [occupied, vacant, 36_000 - occupied - vacant]
}

#[test]
fn an_empty_bucket_is_vacant_and_a_full_one_occupied() {
    assert_eq!(
        seen(&[bucket("presence", "09:00", "10:00", 0)]),
        else_unknown(0, 3600)
    );
    assert_eq!(
        seen(&[bucket("in-use", "09:00", "10:00", 3600)]),
        else_unknown(3600, 0)
    );
    assert_eq!(
        seen(&[bucket("call", "09:00", "10:00", 3600)]),
        else_unknown(3600, 0)
    );
    assert_eq!(seen(&[bucket("call", "09:00", "10:00", 0)]), else_unknown(0, 0));
    assert_eq!(
        seen(&[bucket("people-count", "09:00", "10:00", 7)]),
        else_unknown(0, 0)
    );
}

#[test]
fn a_partial_bucket_is_certain_of_its_sum_where_all_its_seconds_are_alike() {
    assert_eq!(
        seen(&[bucket("presence", "09:00", "10:00", 1200)]),
        else_unknown(1200, 2400)
    );
    // A call never proves vacancy.
    assert_eq!(
        seen(&[bucket("call", "09:00", "10:00", 1200)]),
        else_unknown(1200, 0)
    );
}

#[test]
fn a_partial_bucket_over_several_hours_is_certain_of_less() {
    // d = 6000 of l = 7200. In each hour n = 3600: 6000 - 3600 = 2400 occupied, none vacant.
    assert_eq!(
        seen(&[bucket("presence", "09:00", "11:00", 6000)]),
        else_unknown(4800, 0)
    );
    // d = 1200: in each hour none occupied, 2400 vacant.
    assert_eq!(
        seen(&[bucket("presence", "09:00", "11:00", 1200)]),
        else_unknown(0, 4800)
    );
}

#[test]
fn a_partial_bucket_across_a_booking_and_closing_time() {
    // l = 3600, d = 3000. Booked n = 2400: 1800 occupied; unbooked n = 1200: 600 occupied.
    let told = at_all(
        &[booking("a", "09:00", "09:40")],
        &[bucket("presence", "09:00", "10:00", 3000)],
    );
    assert_eq!(cells(&told), [1800, 0, 600, 600, 0, 33_000]);
    // From 17:30 to 18:30, d = 3000: n = 1800 in each hour: 1200 open, 1200 closed.
    let told = at_all(&[], &[bucket("presence", "17:30", "18:30", 3000)]);
    assert_eq!(
        (cells(&told)[3], told["outside"].clone()),
        (1200, json!({"booked": 0, "occupied": 1200}))
    );
}

#[test]
fn what_exact_evidence_saw_is_taken_off_the_value() {
    // 600 s of 1500 are seen: 900 remain for 3000 unknown seconds.
    let records = [
        bucket("presence", "09:00", "10:00", 1500),
        interval("call", "09:00", "09:10", true),
    ];
    assert_eq!(seen(&records), else_unknown(600 + 900, 2100));
    // All of it is seen: the rest is vacant.
    let records = [
        bucket("presence", "09:00", "10:00", 600),
        interval("call", "09:00", "09:10", true),
    ];
    assert_eq!(seen(&records), else_unknown(600, 3000));
    // More is seen than it has: the rest is vacant too.
    let records = [
        bucket("presence", "09:00", "10:00", 300),
        interval("call", "09:00", "09:10", true),
    ];
    assert_eq!(seen(&records), else_unknown(600, 3000));
    // Where another is certain of vacancy, the rest is occupied.
    let counted = with(people("09:00", "09:50", 0), json!({"device": "d2"}));
    assert_eq!(
        seen(&[bucket("presence", "09:00", "10:00", 900), counted]),
        else_unknown(600, 3000)
    );
}

#[test]
fn a_bucket_without_unknown_seconds_says_nothing() {
    let records = [
        bucket("presence", "09:00", "10:00", 1500),
        people("09:00", "10:00", 0),
    ];
    assert_eq!(seen(&records), else_unknown(0, 3600));
}

#[test]
fn the_seconds_of_a_bucket_are_those_in_which_its_four_could_tell() {
    let half = observed("presence", "09:00", "09:30");
    assert_eq!(
        seen(&[half, bucket("presence", "09:00", "10:00", 1800)]),
        else_unknown(1800, 0)
    );
    let blind_half = blind("presence", "09:30", "10:00", "standby");
    assert_eq!(
        seen(&[blind_half.clone(), bucket("presence", "09:00", "10:00", 600)]),
        else_unknown(600, 1200)
    );
    let watched = observed("presence", "08:00", "18:00");
    // Outside of the bucket the room is vacant by coverage.
    assert_eq!(
        seen(&[watched, blind_half, bucket("presence", "09:00", "10:00", 600)]),
        else_unknown(600, 1200 + 32_400)
    );
}

#[test]
fn the_shorter_bucket_counts_and_one_that_overlaps_it_says_nothing() {
    let records = [
        bucket("presence", "09:00", "10:00", 0),
        bucket("presence", "09:15", "09:30", 900),
    ];
    assert_eq!(seen(&records), else_unknown(900, 0));
    // Those that say nothing stand in nobody's way: a call bucket of 0 s, and one without unknown seconds.
    let records = [
        bucket("presence", "09:00", "10:00", 0),
        bucket("call", "09:15", "09:30", 0),
    ];
    assert_eq!(seen(&records), else_unknown(0, 3600));
}

#[test]
fn of_two_equally_long_the_higher_value_counts_and_then_presence() {
    let records = [
        bucket("presence", "09:00", "10:00", 600),
        bucket("call", "09:00", "10:00", 900),
    ];
    assert_eq!(seen(&records), else_unknown(900, 0));
    let records = [
        bucket("presence", "09:00", "10:00", 900),
        bucket("call", "09:00", "10:00", 900),
    ];
    assert_eq!(seen(&records), else_unknown(900, 2700));
    // Then the earlier start.
    let records = [
        bucket("presence", "09:30", "10:30", 0),
        bucket("presence", "09:00", "10:00", 0),
    ];
    assert_eq!(seen(&records), else_unknown(0, 3600));
}

#[test]
fn what_a_call_bucket_proves_is_unwitnessed() {
    let witnessed = |records: &[Value]| at_all(&[], records)["occupied_unwitnessed_seconds"].clone();
    assert_eq!(witnessed(&[bucket("call", "09:00", "10:00", 3600)]), 3600);
    assert_eq!(witnessed(&[bucket("call", "09:00", "10:00", 1200)]), 1200);
    assert_eq!(witnessed(&[bucket("presence", "09:00", "10:00", 1200)]), 0);
    assert_eq!(witnessed(&[bucket("presence", "09:00", "10:00", 3600)]), 0);
    // Also where a presence bucket, that did not count, has the same seconds.
    let both = [
        bucket("call", "09:00", "10:00", 3600),
        bucket("presence", "09:00", "10:00", 1800),
    ];
    assert_eq!(witnessed(&both), 3600);
}

#[test]
fn bookings_with_seconds_in_a_partial_bucket_have_no_late_start_and_no_early_end() {
    let bookings = [booking("a", "09:00", "10:00"), booking("b", "13:00", "14:00")];
    let device = |record: Value| with(record, json!({"device": "d2"}));
    let records = [
        people("09:00", "09:20", 0),
        people("09:20", "09:40", 2),
        people("09:40", "09:59", 0),
        bucket("presence", "09:59", "10:00", 30),
        device(people("13:00", "13:20", 0)),
        device(people("13:20", "13:40", 2)),
        device(people("13:40", "14:00", 0)),
    ];
    let told = at_all(&bookings, &records);
    assert_eq!(told["bookings"]["attended"], 2);
    assert_eq!(told["late_start"], json!({"count": 1, "seconds": 1200}));
    assert_eq!(told["early_end"], json!({"count": 1, "seconds": 1200}));
    assert_eq!(
        told["release_curve"][0],
        json!({"minutes": 5, "freed_seconds": 0, "thrown_out": 1})
    );
}

#[test]
fn unread_seconds_of_a_partial_bucket_are_not_alike() {
    let world = with(
        world(&[], &[bucket("presence", "09:00", "10:00", 3000)]),
        json!({"readings": [read(ROOM, "09:30", "18:00")]}),
    );
    // n = 1800 of l = 3600: 3000 - 1800.
    assert_eq!(cells(&figures(&world)), [0, 0, 0, 1200, 0, 36_000 - 5400 - 1200]);
}

/// So another interval over occupied seconds can make others unknown.
#[test]
fn a_bucket_that_was_in_the_way_of_none_is_in_the_way_once_a_shorter_one_says_nothing() {
    let records = [
        bucket("call", "09:00", "09:15", 900),
        bucket("call", "09:00", "09:30", 1000),
        bucket("presence", "09:15", "10:15", 0),
    ];
    // The second says nothing, because of the first; the third is vacant.
    assert_eq!(seen(&records), else_unknown(900, 3600));
    // The first has no unknown second left; of the second, 100 s of 900 are in a call; it is in the way of the third.
    let call = interval("call", "09:00", "09:15", true);
    assert_eq!(seen(&[&records[..], &[call]].concat()), else_unknown(1000, 0));
}
