//! Figures over several rooms: rooms in use, full buildings, filters, zombies, and rooms in different zones.

use serde_json::{Value, json};

use crate::support::{World, at, group, keys};

/// Two rooms of one building and band.
fn two() -> World {
    World::new().room("b@x.com", Some("HQ"), Some(6))
}

#[test]
fn rooms_in_use_are_counted_by_quarter_hours() {
    let world = two()
        .book("one", "09:00", "10:00")
        .book_in("b@x.com", "two", "09:00", "09:20")
        .people("09:00", "09:07:31", 1)
        .people_in("b@x.com", "09:00", "09:07:30", 1)
        .people_in("b@x.com", "09:07:30", "18:00", 0)
        .people("09:07:31", "18:00", 0);
    let report = world.asked(json!({"from": "2026-03-10", "to": "2026-03-11"}));
    assert_eq!(
        report["groups"][0]["in_use"],
        json!([{
            "building": "HQ", "seats": "5-8", "rooms": 2, "slots": 40,
            "booked": {"p95": 1, "highest": 2, "at": "2026-03-10T09:00:00Z", "spare": 1},
            // 451 of 900 seconds are in use, 450 are not.
            "occupied": {"p95": 0, "highest": 1, "at": "2026-03-10T09:00:00Z", "spare": 2},
            // Nobody knows anything before nine.
            "possible": {"p95": 2, "highest": 2, "at": "2026-03-10T08:00:00Z", "spare": 0},
        }])
    );
}

#[test]
fn in_use_is_told_by_building_and_band_and_without_slots_it_is_null() {
    let world = two()
        .room("big@x.com", Some("HQ"), Some(17))
        .room("unknown@x.com", Some("Annex"), None)
        .room("nowhere@x.com", None, Some(4));
    let report = world.report("all");
    let named: Vec<(&Value, &Value)> = report["groups"][0]["in_use"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (&entry["building"], &entry["seats"]))
        .collect();
    assert_eq!(
        json!(named),
        json!([["Annex", "none"], ["HQ", "5-8"], ["HQ", "17+"]])
    );
    let report = world.report("building");
    assert_eq!(keys(&report), ["", "Annex", "HQ"]);
    assert_eq!(group(&report, "")["in_use"], json!([]));
    assert_eq!(group(&report, "HQ")["in_use"].as_array().unwrap().len(), 2);
    assert_eq!(group(&world.report("room"), "a@x.com")["in_use"], Value::Null);
    let sunday = world.asked(json!({"from": "2026-03-08", "to": "2026-03-09"}));
    assert_eq!(
        sunday["groups"][0]["in_use"][0]["booked"],
        json!({"p95": null, "highest": null, "at": null, "spare": null})
    );
}

#[test]
fn full_counts_rooms_that_a_filter_leaves_out_too() {
    let world = two()
        .book("one", "09:00", "10:00")
        .book_in("b@x.com", "two", "09:30", "11:00");
    assert_eq!(world.all()["full_seconds"], 1_800);
    let one = json!({"from": "2026-03-10", "to": "2026-03-11", "rooms": ["a@x.com"]});
    let report = world.asked(one);
    assert_eq!(report["groups"][0]["full_seconds"], 1_800);
    assert_eq!(report["groups"][0]["rooms"], 1);
    assert_eq!(report["groups"][0]["in_use"][0]["rooms"], 1);
    let hours = world.report("hour");
    assert_eq!(group(&hours, "09")["full_seconds"], 1_800);
    assert_eq!(group(&hours, "10")["full_seconds"], 0);
    assert_eq!(
        group(&world.report("room"), "a@x.com")["full_seconds"],
        Value::Null
    );
}

#[test]
fn a_room_that_was_not_read_is_not_known_to_be_booked() {
    let world = World::new()
        .unread_room("b@x.com", Some("HQ"), Some(6))
        .book("one", "09:00", "10:00")
        .book_in("b@x.com", "two", "09:00", "10:00");
    assert_eq!(world.all()["full_seconds"], 0);
}

#[test]
fn a_room_that_emptied_before_it_was_booked_is_vacant_already() {
    let world = World::new()
        .people("08:30", "10:00", 0)
        .book("b", "09:00", "10:00");
    assert_eq!(world.all()["false_full_seconds"], 3_600);
}

#[test]
fn rooms_are_observed_if_a_witness_knew_any_second() {
    let world = two()
        .call("09:00", "10:00")
        .says_in("b@x.com", "presence", "17:59:59", "19:00", false);
    let report = world.report("date");
    let rooms = |key: &str| {
        (
            group(&report, key)["rooms"].clone(),
            group(&report, key)["rooms_observed"].clone(),
        )
    };
    assert_eq!(rooms("2026-03-10"), (json!(2), json!(1)));
    assert_eq!(rooms("2026-03-11"), (json!(2), json!(0)));
}

#[test]
fn each_room_has_its_own_dates_and_hours() {
    let world = World::new()
        .insights(json!({"building": [{"name": "Sydney", "time-zone": "Australia/Sydney", "hours": ["09:00", "12:00"]}]}))
        .room("s@x.com", Some("Sydney"), Some(4))
        .book_in("s@x.com", "in Sydney", "2026-03-10T22:00", "2026-03-10T23:00");
    let report = world.report("date");
    assert_eq!(group(&report, "2026-03-10")["cells"]["booked_unknown"], 0);
    assert_eq!(
        group(&report, "2026-03-11")["cells"]["booked_unknown"],
        3_600,
        "nine in the morning of the next day"
    );
    assert_eq!(group(&report, "2026-03-11")["bookings"]["unknown"], 1);
    assert_eq!(
        group(&world.report("building"), "Sydney")["open_seconds"],
        2 * 3 * 3_600
    );
}

#[test]
fn filters_decide_which_rooms_are_in_scope() {
    let world = two()
        .room("other@x.com", Some("Annex"), None)
        .book("b", "09:00", "10:00");
    let asked = |question: Value| world.asked(question)["groups"][0]["rooms"].clone();
    assert_eq!(asked(json!({"from": "2026-03-10", "to": "2026-03-11"})), 3);
    assert_eq!(
        asked(json!({"from": "2026-03-10", "to": "2026-03-11", "buildings": ["HQ"]})),
        2
    );
    assert_eq!(
        asked(json!({"from": "2026-03-10", "to": "2026-03-11", "buildings": ["hq"]})),
        0
    );
    assert_eq!(
        asked(json!({"from": "2026-03-10", "to": "2026-03-11", "rooms": ["B@x.com"]})),
        1
    );
}

#[test]
fn a_space_that_no_room_names_belongs_to_the_room_of_its_address() {
    let by_address = World::new().people_in("A@X.com", "09:00", "10:00", 2);
    assert_eq!(by_address.all()["cells"]["unbooked_occupied"], 3_600);
    let named_elsewhere = two()
        .of_room("spaces", json!([["webex", "a@x.com"]]))
        .people_in("a@x.com", "09:00", "10:00", 2);
    let report = named_elsewhere.report("room");
    assert_eq!(group(&report, "a@x.com")["cells"]["unbooked_occupied"], 0);
    assert_eq!(group(&report, "b@x.com")["cells"]["unbooked_occupied"], 3_600);
}

/// A weekly meeting at nine, of which the first was attended and nobody came to the others.
fn weekly() -> World {
    let mut world = World::new().now("2026-03-26T00:00").of_room("capacity", json!(8));
    for day in [
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
        "2026-03-30",
        "2026-04-06",
        "2026-08-03",
    ] {
        let (from, to) = (format!("{day}T09:00"), format!("{day}T10:00"));
        world = world.book(day, &from, &to).with("series", "weekly").people(
            &from,
            &to,
            u32::from(day == "2026-03-02"),
        );
    }
    world
}

#[test]
fn a_series_that_nobody_attends_any_more_is_a_zombie() {
    let march = json!({"from": "2026-03-01", "to": "2026-04-01"});
    assert_eq!(
        weekly().asked(march.clone())["groups"][0]["zombies"],
        json!([{"room": "a@x.com", "series": "weekly", "streak": 3, "last_attended": "2026-03-02T09:00:00Z", "seconds_ahead": 7_200}])
    );
    // At the end of an earlier period it was none yet.
    let early = json!({"from": "2026-03-01", "to": "2026-03-20"});
    assert_eq!(weekly().asked(early)["groups"][0]["zombies"], json!([]));
    let part = weekly().read_only(&[("2026-01-01T00:00", "2026-03-30T09:30")]);
    assert_eq!(
        part.asked(march)["groups"][0]["zombies"][0]["seconds_ahead"],
        1_800,
        "as far as it is read"
    );
}

#[test]
fn a_meeting_that_begins_when_the_period_ends_is_ahead() {
    let mut world = World::new();
    for day in ["06", "07", "08", "09"] {
        let (from, to) = (format!("2026-03-{day}T00:00"), format!("2026-03-{day}T01:00"));
        world = world
            .book(day, &from, &to)
            .with("series", "s")
            .people(&from, &to, 0);
    }
    let report = world.asked(json!({"from": "2026-03-01", "to": "2026-03-09"}));
    let zombie = &report["groups"][0]["zombies"][0];
    assert_eq!(
        (&zombie["streak"], &zombie["seconds_ahead"]),
        (&json!(3), &json!(3_600))
    );
}

#[test]
fn zombies_are_told_where_groups_are_made_of_rooms_or_series() {
    for (by, is_told) in [
        ("all", true),
        ("building", true),
        ("room", true),
        ("seats", true),
        ("series", true),
        ("date", false),
        ("weekday", false),
        ("hour", false),
        ("week", false),
        ("month", false),
    ] {
        let report = weekly().asked(json!({"from": "2026-03-01", "to": "2026-04-01", "by": by}));
        let zombies = &report["groups"][0]["zombies"];
        assert_eq!(zombies.as_array().map(Vec::len), is_told.then_some(1), "{by}");
    }
}

#[test]
fn a_brief_meeting_ends_the_count_and_other_verdicts_do_not_touch_it() {
    let streak = |word: &str| {
        let mut world = World::new().now("2026-03-26T00:00");
        for (number, day) in ["02", "03", "04", "05", "06"].into_iter().enumerate() {
            let (from, to) = (format!("2026-03-{day}T09:00"), format!("2026-03-{day}T10:00"));
            world = world.book(day, &from, &to).with("series", "s");
            world = match (number, word) {
                (1, "brief") => world.people(&from, &format!("2026-03-{day}T09:03"), 1).people(
                    &format!("2026-03-{day}T09:03"),
                    &to,
                    0,
                ),
                (1, "cancelled") => world.with("removed_at", at(&from) - 60),
                (1, "released") => world.with("removed_at", at(&from) + 60).people(&from, &to, 0),
                (1, "unknown") => world,
                _ => world.people(&from, &to, 0),
            };
        }
        world.all()["zombies"][0]["streak"].clone()
    };
    assert_eq!(streak("no-show"), 5);
    assert_eq!(streak("brief"), 3);
    assert_eq!(streak("cancelled"), 4);
    assert_eq!(streak("released"), 5);
    assert_eq!(streak("unknown"), 4);
}
