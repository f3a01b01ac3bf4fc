//! Business hours and clocks: zones, holidays, and the days on which clocks change.

use serde_json::{Value, json};

use crate::given::*;

fn asked(insights: Value, from: &str, to: &str, by: &str) -> Value {
    let world = with(
        world(&[], &[]),
        json!({
            "now": at("31 00:00") + 300 * 86_400,
            "insights": insights,
            "readings": [{"source": "contoso", "room": ROOM, "spans": [[at("1 00:00"), at("1 00:00") + 400 * 86_400]]}],
        }),
    );
    oracle::report(
        &world,
        &json!({"from": from, "to": to, "by": by, "buildings": [], "rooms": []}),
    )
}

fn open(insights: Value, from: &str, to: &str) -> i64 {
    asked(insights, from, to, "all")["groups"][0]["open_seconds"]
        .as_i64()
        .unwrap()
}

#[test]
fn weeks_have_five_days_of_ten_hours() {
    assert_eq!(open(json!({}), "2026-03-09", "2026-03-16"), 50 * 3600);
    assert_eq!(
        open(
            json!({"days": ["sat"], "hours": ["09:30", "24:00"]}),
            "2026-03-09",
            "2026-03-16"
        ),
        52_200
    );
    assert_eq!(
        open(json!({"holidays": ["2026-03-10"]}), "2026-03-09", "2026-03-16"),
        40 * 3600
    );
}

#[test]
fn a_building_has_its_own_hours_where_it_gives_them() {
    let own = json!({
        "hours": ["09:00", "17:00"], "holidays": ["2026-03-10"],
        "building": [{"name": "HQ", "holidays": []}, {"name": "Other", "hours": ["00:00", "24:00"]}],
    });
    // Its own holidays replace the general ones; the hours are general.
    assert_eq!(open(own, "2026-03-09", "2026-03-16"), 40 * 3600);
    let named_otherwise = json!({"building": [{"name": "hq", "hours": ["00:00", "24:00"]}]});
    assert_eq!(open(named_otherwise, "2026-03-09", "2026-03-16"), 50 * 3600);
}

#[test]
fn the_day_is_that_of_the_building() {
    let chicago =
        json!({"time-zone": "Europe/Berlin", "building": [{"name": "HQ", "time-zone": "America/Chicago"}]});
    let world = with(
        world(&[booking("a", "11 04:30", "11 04:45")], &[]),
        json!({"insights": chicago}),
    );
    // 04:30 UTC is 23:30 of the day before in Chicago.
    assert_eq!(verdicts(&world), ["a unknown: no source"]);
    let kolkata = with(world, json!({"insights": {"time-zone": "Asia/Kolkata"}}));
    assert_eq!(verdicts(&kolkata), [""; 0]);
}

#[test]
fn a_day_on_which_clocks_change_may_have_nine_or_eleven_hours() {
    let berlin = json!({"time-zone": "Europe/Berlin", "hours": ["00:00", "10:00"], "days": ["sun"]});
    assert_eq!(open(berlin.clone(), "2026-03-29", "2026-03-30"), 9 * 3600);
    assert_eq!(open(berlin, "2026-10-25", "2026-10-26"), 11 * 3600);
    let lord_howe = json!({"time-zone": "Australia/Lord_Howe", "hours": ["00:00", "10:00"], "days": ["sun"]});
    assert_eq!(
        open(lord_howe.clone(), "2026-04-05", "2026-04-06"),
        10 * 3600 + 1800
    );
    assert_eq!(open(lord_howe, "2026-10-04", "2026-10-05"), 9 * 3600 + 1800);
}

#[test]
fn an_hour_that_comes_twice_is_one_of_7200_seconds_and_one_that_is_left_out_is_no_group() {
    let always = json!({"time-zone": "Europe/Berlin", "hours": ["00:00", "24:00"], "days": ["sun"]});
    let autumn = asked(always.clone(), "2026-10-25", "2026-10-26", "hour");
    assert_eq!(autumn["groups"][2]["key"], "02");
    assert_eq!(autumn["groups"][2]["open_seconds"], 7200);
    let spring = asked(always, "2026-03-29", "2026-03-30", "hour");
    let keys: Vec<&Value> = spring["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["key"])
        .collect();
    assert_eq!((keys.len(), keys[1], keys[2]), (23, &json!("01"), &json!("03")));
}

#[test]
fn a_partial_bucket_in_the_hour_that_comes_twice_is_in_one_hour() {
    let always = json!({"time-zone": "Europe/Berlin", "hours": ["00:00", "24:00"], "days": ["sun"]});
    let start = oracle::clock::seconds_of("2026-10-25T00:00:00Z");
    let record = with(
        bucket("presence", "09:00", "11:00", 6000),
        json!({"start": "2026-10-25T00:00:00Z", "end": "2026-10-25T02:00:00Z"}),
    );
    let world = with(
        world(&[], &[record]),
        json!({
            "now": start + 86_400, "insights": always,
            "readings": [{"source": "contoso", "room": ROOM, "spans": [[start - 86_400, start + 86_400]]}],
        }),
    );
    let question =
        json!({"from": "2026-10-25", "to": "2026-10-26", "by": "hour", "buildings": [], "rooms": []});
    // Both hours show 02: n = l = 7200.
    assert_eq!(
        cells(&oracle::report(&world, &question)["groups"][2]),
        [0, 0, 0, 6000, 1200, 0]
    );
}

#[test]
fn a_booking_over_the_change_of_clocks_lasts_as_long_as_it_lasts() {
    let start = oracle::clock::seconds_of("2026-03-29T00:30:00Z");
    let night = with(
        booking("a", "09:00", "10:00"),
        json!({"start": start, "end": start + 3600}),
    );
    let world = with(
        world(&[night], &[]),
        json!({"now": start + 86_400, "insights": {"time-zone": "Europe/Berlin"}}),
    );
    let question =
        json!({"from": "2026-03-29", "to": "2026-03-30", "by": "all", "buildings": [], "rooms": []});
    // 01:30 to 03:30 on the clock.
    assert_eq!(oracle::verdicts(&world, &question)[0]["length_seconds"], 3600);
}
