//! Sections 3, 5 and 6 for one room: cells, rates, sessions, groups, and the JSON of the report.

use serde_json::{Value, json};

use crate::support::{World, group, keys, watched};

#[test]
fn every_second_has_its_cell() {
    let world = World::new()
        .book("b", "07:00", "11:00")
        .people("09:00", "10:00", 2)
        .people("10:00", "12:00", 0)
        .people("12:00", "12:30", 1)
        .people("19:00", "20:00", 1)
        .book("evening", "19:30", "19:45");
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-11"}));
    let all = &report["groups"][0];
    assert_eq!(
        all["cells"],
        json!({"booked_occupied": 3_600, "booked_vacant": 3_600, "booked_unknown": 3_600, "unbooked_occupied": 1_800,
               "unbooked_vacant": 3_600, "unbooked_unknown": 19_800})
    );
    assert_eq!(
        (&all["open_seconds"], &all["unread_seconds"]),
        (&json!(36_000), &json!(0))
    );
    assert_eq!(all["outside"], json!({"booked": 4_500, "occupied": 3_600}));
    assert_eq!(all["coverage"], 0.35);
    assert_eq!(all["booked_rate"], 0.3);
    assert_eq!(
        all["used_rate"],
        json!({"value": 0.4286, "lower": 0.15, "upper": 0.8})
    );
    assert_eq!(all["held_empty_rate"], 0.5);
}

#[test]
fn what_only_calls_prove_is_in_the_bounds_of_use_and_not_in_its_value() {
    let world = World::new()
        .people("08:00", "09:00", 1)
        .people("09:00", "11:00", 0)
        .call("11:00", "13:00")
        .book("b", "08:00", "18:00");
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-11"}));
    let all = &report["groups"][0];
    assert_eq!(all["coverage"], 0.3);
    assert_eq!(
        all["used_rate"],
        json!({"value": 0.3333, "lower": 0.3, "upper": 0.8})
    );
    assert_eq!(all["held_empty_rate"], 0.6667);
}

#[test]
fn unread_seconds_are_in_no_cell_and_not_outside() {
    let world = watched()
        .read_only(&[("08:00", "09:00"), ("19:00", "20:00")])
        .book("b", "08:30", "09:30")
        .book("evening", "18:30", "19:30");
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-11"}));
    let all = &report["groups"][0];
    assert_eq!(
        (&all["open_seconds"], &all["unread_seconds"]),
        (&json!(36_000), &json!(32_400))
    );
    assert_eq!(
        all["cells"],
        json!({"booked_occupied": 0, "booked_vacant": 1_800, "booked_unknown": 0, "unbooked_occupied": 0,
               "unbooked_vacant": 1_800, "unbooked_unknown": 0})
    );
    assert_eq!(all["outside"], json!({"booked": 1_800, "occupied": 0}));
}

#[test]
fn nothing_is_counted_that_has_not_passed() {
    let world = watched().book("b", "09:00", "12:00").now("10:00");
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-13"}));
    let all = &report["groups"][0];
    assert_eq!(all["open_seconds"], 7_200);
    assert_eq!(all["cells"]["booked_vacant"], 3_600);
    assert_eq!(all["in_use"][0]["slots"], 8);
}

#[test]
fn a_removed_booking_books_until_its_removal() {
    let world = World::new().book("b", "09:00", "10:00").removed("09:20");
    assert_eq!(world.all()["cells"]["booked_unknown"], 1_200);
    let early = World::new().book("b", "09:00", "10:00").removed("08:59");
    assert_eq!(early.all()["cells"]["booked_unknown"], 0);
    let late = World::new().book("b", "09:00", "10:00").removed("10:00");
    assert_eq!(late.all()["cells"]["booked_unknown"], 3_600);
}

#[test]
fn a_bucket_is_certain_only_within_seconds_that_are_alike() {
    // 30 of 60 minutes: booked and unbooked half are each unknown, since all of it may lie in the other one.
    let world = World::new()
        .book("b", "09:00", "09:30")
        .bucket("presence", "09:00", "10:00", 1_800);
    let cells = world.all()["cells"].clone();
    assert_eq!(
        (&cells["booked_unknown"], &cells["unbooked_occupied"]),
        (&json!(1_800), &json!(0))
    );
    let whole = World::new().bucket("presence", "09:00", "10:00", 1_800);
    let cells = whole.all()["cells"].clone();
    assert_eq!(
        (&cells["unbooked_vacant"], &cells["unbooked_occupied"]),
        (&json!(1_800), &json!(1_800))
    );
    let call = World::new().bucket("call", "09:00", "10:00", 1_800).all();
    assert_eq!(
        (
            &call["cells"]["unbooked_vacant"],
            &call["occupied_unwitnessed_seconds"]
        ),
        (&json!(0), &json!(1_800))
    );
}

#[test]
fn sessions_are_bridged_over_five_minutes_and_have_ten() {
    let sessions = |world: World| world.all()["unbooked_sessions"].clone();
    let one = watched()
        .says("presence", "09:00", "09:06", true)
        .says("presence", "09:11", "09:15", true);
    assert_eq!(sessions(one), json!({"count": 1, "seconds": 600}));
    let gap = watched()
        .says("presence", "09:00", "09:06", true)
        .says("presence", "09:11:01", "09:16", true);
    assert_eq!(sessions(gap), json!({"count": 0, "seconds": 0}));
    let booked = watched()
        .book("b", "09:05", "09:10")
        .says("presence", "09:00", "09:15", true);
    assert_eq!(
        sessions(booked),
        json!({"count": 1, "seconds": 600}),
        "what is booked is a gap"
    );
    let closed = watched().says("presence", "07:00", "08:09", true);
    assert_eq!(sessions(closed), json!({"count": 0, "seconds": 0}));
    let bucket = World::new().bucket("presence", "09:00", "10:00", 3_000);
    assert_eq!(
        sessions(bucket),
        json!({"count": 0, "seconds": 0}),
        "single seconds of it are unknown"
    );
}

#[test]
fn a_session_is_in_the_hour_of_its_first_second() {
    let report = watched().says("presence", "09:50", "10:50", true).report("hour");
    assert_eq!(
        group(&report, "09")["unbooked_sessions"],
        json!({"count": 1, "seconds": 3_600})
    );
    assert_eq!(
        group(&report, "10")["unbooked_sessions"],
        json!({"count": 0, "seconds": 0})
    );
    assert_eq!(group(&report, "10")["cells"]["unbooked_occupied"], 3_000);
}

#[test]
fn a_call_without_people_is_a_conflict_in_open_and_read_time() {
    let world = World::new().people("17:00", "19:00", 0).call("17:30", "18:30");
    assert_eq!(world.all()["conflict_seconds"], 1_800);
}

#[test]
fn groups_are_those_that_occur_and_sorted() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .with("series", "s")
        .book("alone", "11:00", "12:00");
    let of = |by: &str| {
        let report = world.report(by);
        keys(&report).join(" ")
    };
    assert_eq!(of("all"), "all");
    assert_eq!(of("building"), "HQ");
    assert_eq!(of("room"), "a@x.com");
    assert_eq!(of("series"), "s");
    assert_eq!(of("date"), "2026-03-10 2026-03-11");
    assert_eq!(of("weekday"), "tue wed");
    assert_eq!(of("week"), "2026-W11");
    assert_eq!(of("month"), "2026-03");
    assert_eq!(of("seats"), "5-8");
    assert_eq!(of("hour").len(), 24 * 3 - 1);
}

#[test]
fn a_date_that_a_zone_skipped_and_an_hour_that_clocks_skipped_are_no_groups() {
    let apia = World::new().insights(json!({"time-zone": "Pacific/Apia"}));
    let report = apia.asked(json!({"from": "2011-12-29", "to": "2012-01-01", "by": "date"}));
    assert_eq!(keys(&report), ["2011-12-29", "2011-12-31"]);
    let chicago = World::new().insights(json!({"time-zone": "America/Chicago"}));
    let report = chicago.asked(json!({"from": "2026-03-08", "to": "2026-03-09", "by": "hour"}));
    assert_eq!(keys(&report).len(), 23);
    assert!(!keys(&report).contains(&"02"));
}

#[test]
fn by_series_only_figures_of_bookings_are_given() {
    let world = watched().book("b", "09:00", "10:00").with("series", "s");
    let report = world.report("series");
    let group = group(&report, "s");
    for key in [
        "rooms",
        "rooms_observed",
        "open_seconds",
        "unread_seconds",
        "cells",
        "occupied_unwitnessed_seconds",
        "outside",
        "conflict_seconds",
        "coverage",
        "booked_rate",
        "used_rate",
        "held_empty_rate",
        "unbooked_sessions",
        "seat_fill",
        "in_use",
        "full_seconds",
        "false_full_seconds",
    ] {
        assert_eq!(group[key], Value::Null, "{key}");
    }
    assert_eq!(group["bookings"]["no-show"], 1);
    assert_eq!(group["zombies"], json!([]));
}

#[test]
fn the_report_has_the_keys_of_the_contract_in_its_order() {
    let report = World::new().asked(json!({"from": "2026-03-14", "to": "2026-03-15", "by": "building"}));
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains(r#""parameters":{}"#), "{text}");
    let known = collector_insights::world::read(r#"{"now": 0, "rooms": []}"#).unwrap();
    let question =
        collector_insights::world::read_question(r#"{"from":"2026-03-01","to":"2026-04-01"}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&known.report(&question)).unwrap(),
        "{\"from\":\"2026-03-01\",\"to\":\"2026-04-01\",\"by\":\"all\",\"definitions\":1,\"parameters\":{},\"groups\":[{\"key\":\"all\",\
         \"rooms\":0,\"rooms_observed\":0,\"open_seconds\":0,\"unread_seconds\":0,\
         \"cells\":{\"booked_occupied\":0,\"booked_vacant\":0,\"booked_unknown\":0,\"unbooked_occupied\":0,\"unbooked_vacant\":0,\
         \"unbooked_unknown\":0},\"occupied_unwitnessed_seconds\":0,\"outside\":{\"booked\":0,\"occupied\":0},\"conflict_seconds\":0,\
         \"coverage\":null,\"booked_rate\":null,\"used_rate\":{\"value\":null,\"lower\":null,\"upper\":null},\"held_empty_rate\":null,\
         \"bookings\":{\"attended\":0,\"no-show\":0,\"brief\":0,\"unknown\":0,\"block\":0,\"no-activity\":0,\"released-empty\":0,\
         \"cancelled-late\":0,\"cancelled-after-start\":0,\"cancelled-early\":0,\"not-counted\":0},\
         \"no_show_rate\":{\"value\":null,\"lower\":null,\"upper\":null},\"no_show_seconds\":0,\"given_back_seconds\":0,\
         \"reused_seconds\":0,\"unbooked_sessions\":{\"count\":0,\"seconds\":0},\"late_start\":{\"count\":0,\"seconds\":0},\
         \"early_end\":{\"count\":0,\"seconds\":0},\"party\":{\"bookings\":0,\"median\":null,\"p90\":null},\"seat_fill\":null,\
         \"fit\":{\"too-big\":0,\"roomy\":0,\"fits\":0,\"too-small\":0},\"in_use\":[],\"full_seconds\":0,\"false_full_seconds\":0,\
         \"release_curve\":[{\"minutes\":5,\"freed_seconds\":0,\"thrown_out\":0},{\"minutes\":10,\"freed_seconds\":0,\"thrown_out\":0},\
         {\"minutes\":15,\"freed_seconds\":0,\"thrown_out\":0},{\"minutes\":20,\"freed_seconds\":0,\"thrown_out\":0},\
         {\"minutes\":30,\"freed_seconds\":0,\"thrown_out\":0}],\"zombies\":[],\"lead_time\":null}]}"
    );
}
