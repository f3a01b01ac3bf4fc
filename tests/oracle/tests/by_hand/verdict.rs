//! Every row of the table of verdicts.

use serde_json::{Value, json};

use crate::given::*;

fn told(verdict: &str, occupied: i64, known: i64) -> (String, i64, i64) {
    (verdict.to_owned(), occupied, known)
}

#[test]
fn an_hour_in_which_nobody_is_counted_is_a_no_show() {
    assert_eq!(judge(&[people("09:00", "10:00", 0)]), told("no-show", 0, 3600));
}

#[test]
fn two_minutes_of_somebody_are_still_a_no_show_and_a_second_more_is_brief() {
    let came = |from| {
        [
            people("09:00", "10:00", 0),
            interval("presence", from, "09:22", true),
        ]
    };
    assert_eq!(judge(&came("09:20")), told("no-show", 120, 3600));
    assert_eq!(judge(&came("09:19:59")), told("brief", 121, 3600));
}

#[test]
fn five_minutes_are_attended_and_a_second_less_is_brief() {
    let came = |to| [people("08:00", "10:00", 0), people("09:20", to, 3)];
    assert_eq!(judge(&came("09:25")), told("attended", 300, 3600));
    assert_eq!(judge(&came("09:24:59")), told("brief", 299, 3600));
}

#[test]
fn a_fifth_of_a_short_booking_is_enough() {
    let verdict = |from, to, came| {
        let records = [people("08:00", "10:00", 0), people("09:00", came, 3)];
        verdicts(&world(&[booking("a", from, to)], &records)).concat()
    };
    assert_eq!(verdict("09:00", "09:15", "09:03"), "a attended");
    assert_eq!(verdict("09:00", "09:15", "09:02:59"), "a brief");
    // floor(9 / 5) = 1 second.
    assert_eq!(verdict("09:00", "09:00:09", "09:00:01"), "a attended");
    // floor(4 / 5) = 0 seconds, but one is needed.
    assert_eq!(verdict("09:00", "09:00:04", "09:00"), "a no-show");
}

#[test]
fn attended_needs_no_coverage() {
    let records = [
        observed("people-count", "08:00", "18:00"),
        blind("people-count", "09:10", "09:50", "offline"),
        people("09:00", "09:08", 3),
    ];
    assert_eq!(judge(&records), told("attended", 480, 1200));
}

#[test]
fn nine_tenths_must_be_known_for_a_no_show() {
    assert_eq!(judge(&[people("09:06", "10:00", 0)]), told("no-show", 0, 3240));
    assert_eq!(
        judge(&[people("09:06:01", "10:00", 0)]),
        told("unknown: partly observed", 0, 3239)
    );
}

#[test]
fn an_unknown_booking_says_why() {
    assert_eq!(judge(&[]), told("unknown: no source", 0, 0));
    let watched = observed("people-count", "08:00", "18:00");
    let offline = blind("people-count", "09:10", "09:50", "offline");
    let standby = blind("people-count", "09:10", "09:50", "standby");
    let later = blind("people-count", "10:00", "11:00", "offline");
    let cut = blind("presence", "09:30", "09:31", "offline");
    assert_eq!(
        judge(&[watched.clone(), offline]),
        told("unknown: offline", 0, 1200)
    );
    assert_eq!(
        judge(&[watched.clone(), standby.clone()]),
        told("unknown: blind", 0, 1200)
    );
    assert_eq!(
        judge(&[watched.clone(), standby.clone(), later]),
        told("unknown: blind", 0, 1200)
    );
    assert_eq!(judge(&[watched, standby, cut]), told("unknown: offline", 0, 1200));
    assert_eq!(
        judge(&[people("12:00", "13:00", 0)]),
        told("unknown: partly observed", 0, 0)
    );
}

#[test]
fn a_record_that_was_taken_back_joins_no_source() {
    let record = with(people("09:00", "10:00", 0), json!({"withdrawn": true}));
    assert_eq!(judge(&[record]), told("unknown: no source", 0, 0));
}

#[test]
fn a_room_that_only_knows_calls_has_no_activity_rather_than_a_no_show() {
    let call = interval("call", "11 09:00", "11 10:00", true);
    assert_eq!(judge(std::slice::from_ref(&call)), told("no-activity", 0, 0));
    assert_eq!(
        judge(&[observed("presentation", "08:00", "18:00")]),
        told("no-activity", 0, 0)
    );
    // Somebody was there, though too short.
    let short = interval("call", "09:00", "09:02", true);
    assert_eq!(judge(&[short]), told("unknown: partly observed", 120, 120));
    // It knows people too, on another day.
    let other = people("9 09:00", "9 10:00", 0);
    assert_eq!(judge(&[call, other]), told("unknown: partly observed", 0, 0));
}

#[test]
fn a_call_attends_where_sensors_are_blind() {
    let records = [
        observed("people-count", "08:00", "09:00"),
        blind("people-count", "09:00", "10:00", "offline"),
        interval("call", "09:05", "09:50", true),
    ];
    assert_eq!(judge(&records), told("attended", 2700, 2700));
}

#[test]
fn tentative_cancelled_and_empty_bookings_do_not_count() {
    let bookings = [
        with(booking("a", "09:00", "10:00"), json!({"status": "tentative"})),
        with(booking("b", "09:00", "10:00"), json!({"status": "cancelled"})),
        booking("c", "09:00", "09:00"),
    ];
    let world = world(&bookings, &[people("08:00", "18:00", 0)]);
    assert_eq!(
        verdicts(&world),
        ["a not-counted", "b not-counted", "c not-counted"]
    );
    assert_eq!(cells(&figures(&world)), [0, 0, 0, 0, 36_000, 0]);
}

#[test]
fn the_moment_of_removal_decides() {
    let bookings = [
        removed("a", "09:00", "10:00", "08:00"),
        removed("b", "09:00", "10:00", "08:00:01"),
        removed("c", "09:00", "10:00", "08:59:59"),
        removed("d", "09:00", "10:00", "09:00"),
        removed("e", "09:00", "10:00", "09:00:01"),
        removed("f", "09:00", "10:00", "09:59:59"),
        removed("g", "09:00", "10:00", "10:00"),
        removed("h", "09:00", "09:00", "08:00"),
    ];
    let records = [people("08:00", "09:00:01", 0), people("09:00:01", "18:00", 2)];
    assert_eq!(
        verdicts(&world(&bookings, &records)),
        [
            "a cancelled-early",
            "b cancelled-late",
            "c cancelled-late",
            "d cancelled-after-start",
            "e released-empty",
            "f cancelled-after-start",
            "g attended",
            "h not-counted",
        ]
    );
}

#[test]
fn a_booking_released_while_nobody_can_tell_is_not_released_empty() {
    let released =
        |records: &[Value]| verdicts(&world(&[removed("a", "09:00", "10:00", "09:10")], records)).concat();
    assert_eq!(released(&[people("09:00", "09:10", 0)]), "a released-empty");
    assert_eq!(
        released(&[people("09:00:01", "09:10", 0)]),
        "a cancelled-after-start"
    );
    assert_eq!(
        released(&[bucket("presence", "09:00", "10:00", 0)]),
        "a released-empty"
    );
    assert_eq!(
        released(&[bucket("presence", "09:00", "10:00", 1)]),
        "a cancelled-after-start"
    );
}

#[test]
fn all_day_and_eight_hours_are_blocks_even_when_attended() {
    let bookings = [
        booking("a", "08:00", "16:00"),
        booking("b", "08:00", "15:59:59"),
        with(booking("c", "09:00", "10:00"), json!({"all_day": true})),
        with(removed("d", "08:00", "18:00", "07:30"), json!({"all_day": true})),
    ];
    let world = world(&bookings, &[people("08:00", "18:00", 2)]);
    assert_eq!(
        verdicts(&world),
        ["a block", "b attended", "d cancelled-late", "c block"]
    );
}

#[test]
fn a_booking_is_in_no_list_before_it_has_ended_or_was_removed() {
    let bookings = [
        booking("a", "09:00", "10:00"),
        booking("b", "09:30", "10:00:01"),
        removed("c", "11:00", "12:00", "09:40"),
        with(booking("d", "09:00", "11:00"), json!({"status": "cancelled"})),
    ];
    let world = with(
        world(&bookings, &[people("08:00", "18:00", 0)]),
        json!({"now": at("10:00")}),
    );
    assert_eq!(verdicts(&world), ["a no-show", "c cancelled-early"]);
    let listed = oracle::verdicts(&world, &tuesday("all"));
    assert_eq!(
        listed[1]["known_seconds"], 0,
        "time that has not passed is not known"
    );
}

#[test]
fn a_verdict_is_provisional_for_two_hours() {
    let asked = |now| {
        let world = with(
            world(&[booking("a", "09:00", "10:00")], &[]),
            json!({"now": at(now)}),
        );
        oracle::verdicts(&world, &tuesday("all"))[0]["provisional"].clone()
    };
    assert_eq!(asked("11:59:59"), true);
    assert_eq!(asked("12:00"), false);
}

#[test]
fn a_verdict_is_told_with_all_its_keys() {
    let booking = with(booking("AAMk1", "09:00", "10:00"), json!({"series": "weekly"}));
    let world = world(
        &[booking],
        &[people("09:00", "09:50", 4), people("09:50", "10:00", 0)],
    );
    let expected = json!({
        "source": "contoso", "room": ROOM, "id": "AAMk1", "series": "weekly",
        "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z", "verdict": "attended",
        "length_seconds": 3600, "occupied_seconds": 3000, "known_seconds": 3600, "party": 4,
        "provisional": false, "reason": null, "evidence": [],
    });
    assert_eq!(oracle::verdicts(&world, &tuesday("all")), [expected]);
}

#[test]
fn a_partial_bucket_tells_of_a_booking_what_is_certain() {
    // 20 of 60 minutes were occupied; the booking has 50 of them: at least 10 occupied, at least 30 vacant.
    let world = world(
        &[booking("a", "09:00", "09:50")],
        &[bucket("presence", "09:00", "10:00", 1200)],
    );
    let verdict = &oracle::verdicts(&world, &tuesday("all"))[0];
    assert_eq!(
        (
            &verdict["verdict"],
            &verdict["occupied_seconds"],
            &verdict["known_seconds"]
        ),
        (&json!("attended"), &json!(600), &json!(2400))
    );
    assert_eq!(verdict["party"], Value::Null);
}

#[test]
fn verdicts_come_by_source_room_start_and_id_and_of_the_period_only() {
    let elsewhere = json!({"room": "conf-b@contoso.com"});
    let bookings = [
        with(booking("d", "09:00", "10:00"), elsewhere),
        booking("c", "09:00", "10:00"),
        booking("b", "09:00", "10:00"),
        booking("a", "11:00", "12:00"),
        booking("e", "9 23:59:59", "12:00"),
        booking("f", "11 00:00", "11 01:00"),
    ];
    let world = with(
        world(&bookings, &[]),
        json!({"rooms": [room("conf-b@contoso.com"), room(ROOM)]}),
    );
    let ids: Vec<String> = verdicts(&world).iter().map(|told| told[..1].to_owned()).collect();
    assert_eq!(ids, ["b", "c", "a", "d"]);
}
