//! What records say for how long, with coverage and without.

use serde_json::{Value, json};

use crate::given::*;

/// Occupied, vacant and unknown open seconds of Tuesday.
fn seen(records: &[Value]) -> [i64; 3] {
    let told = cells(&figures(&world(&[], records)));
    [told[3], told[4], told[5]]
}

/// The same, where the rest of the ten hours is unknown.
fn else_unknown(occupied: i64, vacant: i64) -> [i64; 3] {
    [occupied, vacant, 36_000 - occupied - vacant]
}

#[test]
fn a_sample_holds_until_the_next_but_at_most_twice_its_resolution() {
    assert_eq!(seen(&[sample("people-count", "09:00", 2)]), else_unknown(600, 0));
    let minute = with(sample("people-count", "09:00", 2), json!({"resolution": 60}));
    assert_eq!(seen(&[minute]), else_unknown(120, 0));
    let two = [
        sample("people-count", "09:00", 2),
        sample("people-count", "09:05", 0),
    ];
    assert_eq!(seen(&two), else_unknown(300, 600));
}

#[test]
fn a_sample_of_another_device_or_kind_ends_nothing() {
    let other = with(sample("people-count", "09:05", 0), json!({"device": "d2"}));
    assert_eq!(
        seen(&[sample("people-count", "09:00", 2), other]),
        else_unknown(600, 300)
    );
    let kind = sample("presence", "09:05", false);
    assert_eq!(
        seen(&[sample("people-count", "09:00", 2), kind]),
        else_unknown(600, 300)
    );
}

#[test]
fn a_change_holds_until_the_next_but_without_coverage_at_most_65_minutes() {
    assert_eq!(seen(&[change("presence", "09:00", true)]), else_unknown(3900, 0));
    let two = [
        change("presence", "09:00", true),
        change("presence", "09:30", false),
    ];
    assert_eq!(seen(&two), else_unknown(1800, 3900));
}

#[test]
fn a_change_within_coverage_holds_until_the_next() {
    let records = [
        observed("presence", "08:00", "12:00"),
        observed("presence", "14:00", "18:00"),
        change("presence", "09:00", true),
        change("presence", "15:00", false),
    ];
    // 08 to 09 vacant by coverage, 09 to 12 and 14 to 15 occupied, 15 to 18 vacant.
    assert_eq!(seen(&records), else_unknown(14_400, 14_400));
}

#[test]
fn an_interval_without_an_end_ends_now_and_without_coverage_after_a_day() {
    let open = open_interval("presence", "10 17:00", true);
    assert_eq!(seen(std::slice::from_ref(&open)), else_unknown(3600, 0));
    let yesterday = open_interval("presence", "9 09:30", true);
    assert_eq!(seen(std::slice::from_ref(&yesterday)), else_unknown(5400, 0));
    let with_coverage = [yesterday, observed("presence", "08:00", "18:00")];
    assert_eq!(seen(&with_coverage), else_unknown(36_000, 0));
    let asked_early = with(world(&[], &[open]), json!({"now": at("17:20")}));
    assert_eq!(cells(&figures(&asked_early))[3], 1200);
}

#[test]
fn of_two_at_one_instant_the_one_that_proves_most_counts() {
    let device = |count: i64, key: &str| with(sample("people-count", "09:00", count), json!({"key": key}));
    assert_eq!(seen(&[device(0, "x"), device(3, "y")]), else_unknown(600, 0));
    let changes = [
        change("presence", "09:00", false),
        change("presence", "09:00", true),
    ];
    assert_eq!(seen(&changes), else_unknown(3900, 0));
    // The other one does not count, even where it would have held longer.
    let short = with(sample("presence", "09:00", true), json!({"resolution": 60}));
    assert_eq!(
        seen(&[short, sample("presence", "09:00", false)]),
        else_unknown(120, 0)
    );
}

#[test]
fn observed_time_in_which_nothing_is_said_is_vacant() {
    let records = [
        observed("people-count", "08:00", "12:00"),
        people("09:00", "10:00", 3),
    ];
    assert_eq!(seen(&records), else_unknown(3600, 10_800));
}

#[test]
fn observed_time_of_calls_says_nothing() {
    let records = [
        observed("call presentation", "08:00", "12:00"),
        interval("call", "09:00", "10:00", true),
    ];
    assert_eq!(seen(&records), else_unknown(3600, 0));
    assert_eq!(
        seen(&[interval("call", "09:00", "10:00", false)]),
        else_unknown(0, 0)
    );
}

#[test]
fn with_coverage_a_record_counts_only_inside_observed_time() {
    let records = [
        observed("people-count", "09:30", "10:00"),
        people("09:00", "12:00", 3),
    ];
    assert_eq!(seen(&records), else_unknown(1800, 0));
    // The first observed record changes all days.
    let records = [
        observed("people-count", "20 09:30", "20 10:00"),
        people("09:00", "12:00", 3),
    ];
    assert_eq!(seen(&records), else_unknown(0, 0));
}

#[test]
fn blind_time_wins_over_observed_time() {
    let records = [
        observed("presence", "08:00", "12:00"),
        blind("presence", "09:30", "10:30", "standby"),
        interval("presence", "09:00", "10:00", true),
    ];
    assert_eq!(seen(&records), else_unknown(1800, 3600 + 5400));
}

#[test]
fn blind_records_alone_only_take_their_own_time_out() {
    let records = [
        blind("presence", "09:30", "10:30", "standby"),
        interval("presence", "09:00", "11:00", true),
    ];
    assert_eq!(seen(&records), else_unknown(3600, 0));
}

#[test]
fn coverage_is_of_one_device_and_a_null_device_is_one_too() {
    let records = [
        observed("presence", "08:00", "10:00"),
        with(change("presence", "09:00", true), json!({"device": "d1"})),
    ];
    // The device has no coverage: its change holds 65 minutes; the null device saw nobody from 08 to 10.
    assert_eq!(seen(&records), else_unknown(3900, 3600));
}

#[test]
fn a_bucket_of_the_same_four_keeps_observed_time_from_being_vacant() {
    let watched = observed("people-count presence", "09:00", "10:00");
    assert_eq!(
        seen(&[watched.clone(), bucket("people-count", "09:00", "09:30", 4)]),
        else_unknown(0, 3600)
    );
    let counter = observed("people-count", "09:00", "10:00");
    // Highest count 0: it proves nothing either.
    assert_eq!(
        seen(&[counter, bucket("people-count", "09:00", "09:30", 0)]),
        else_unknown(0, 1800)
    );
    assert_eq!(
        seen(&[watched, bucket("in-use", "09:00", "09:30", 0)]),
        else_unknown(0, 3600)
    );
}

#[test]
fn a_space_belongs_to_the_rooms_that_name_it_else_to_the_room_with_that_address() {
    let shared = |address: &str| with(room(address), json!({"spaces": [["webex", "Y2lz"]]}));
    let rooms = json!([
        shared(ROOM),
        shared("conf-b@contoso.com"),
        room("conf-c@contoso.com")
    ]);
    let joined = with(people("09:00", "10:00", 2), json!({"space": "Y2lz"}));
    let by_address = with(
        people("09:00", "10:00", 2),
        json!({"space": "Conf-C@contoso.com"}),
    );
    let other_source = with(
        people("09:00", "10:00", 2),
        json!({"space": "Y2lz", "source": "other"}),
    );
    let occupied = |record: Value| {
        let world = with(
            world(&[], &[record]),
            json!({"rooms": rooms, "readings": [
                read(ROOM, "10 00:00", "11 00:00"),
                read("conf-b@contoso.com", "10 00:00", "11 00:00"),
                read("conf-c@contoso.com", "10 00:00", "11 00:00"),
            ]}),
        );
        groups(&world, "room")
            .iter()
            .map(|group| cells(group)[3])
            .collect::<Vec<_>>()
    };
    assert_eq!(occupied(joined), [3600, 3600, 0]);
    assert_eq!(occupied(by_address), [0, 0, 3600]);
    assert_eq!(occupied(other_source), [0, 0, 0]);
}

#[test]
fn a_space_that_a_room_names_is_not_joined_by_its_address() {
    let rooms = json!([
        room(ROOM),
        with(room("conf-b@contoso.com"), json!({"spaces": [["webex", ROOM]]}))
    ]);
    let world = with(
        world(&[], &[people("09:00", "10:00", 2)]),
        json!({"rooms": rooms, "readings": [
            read(ROOM, "10 00:00", "11 00:00"), read("conf-b@contoso.com", "10 00:00", "11 00:00"),
        ]}),
    );
    let occupied: Vec<i64> = groups(&world, "room")
        .iter()
        .map(|group| cells(group)[3])
        .collect();
    assert_eq!(occupied, [0, 3600]);
}

#[test]
fn instants_are_cut_to_whole_seconds() {
    let record = with(
        people("09:00", "10:00", 1),
        json!({"start": "2026-03-10T09:00:00.999Z", "end": "2026-03-10T09:00:02.999Z"}),
    );
    assert_eq!(seen(&[record]), else_unknown(2, 0));
}
