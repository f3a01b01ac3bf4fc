//! Groups: their keys, their order, and what belongs to which.

use serde_json::{Value, json};

use crate::given::*;

/// Rooms A and B of HQ for 8 and 3, C of the annex without seats, D without a building.
fn four_rooms(bookings: &[Value], records: &[Value]) -> Value {
    let rooms = [
        room(ROOM),
        with(room("conf-b@contoso.com"), json!({"capacity": 3})),
        with(
            room("conf-c@contoso.com"),
            json!({"capacity": null, "building": "Annex"}),
        ),
        with(
            room("conf-d@contoso.com"),
            json!({"capacity": 20, "building": null}),
        ),
    ];
    let readings: Vec<Value> = rooms
        .iter()
        .map(|room| read(room["address"].as_str().unwrap(), "9 00:00", "12 00:00"))
        .collect();
    with(
        world(bookings, records),
        json!({"rooms": rooms, "readings": readings}),
    )
}

fn asked(world: &Value, from: &str, to: &str, by: &str) -> Value {
    oracle::report(
        world,
        &json!({"from": from, "to": to, "by": by, "buildings": [], "rooms": []}),
    )
}

fn keys(world: &Value, from: &str, to: &str, by: &str) -> Vec<String> {
    let report = asked(world, from, to, by);
    let groups = report["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| group["key"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_key_that_occurs_is_a_group_in_order() {
    let world = four_rooms(
        &[with(booking("a", "09:00", "10:00"), json!({"series": "s"}))],
        &[],
    );
    let of = |from, to, by| keys(&world, from, to, by).join(" ");
    assert_eq!(of("2026-03-10", "2026-03-11", "all"), "all");
    assert_eq!(of("2026-03-10", "2026-03-11", "building"), " Annex HQ");
    assert_eq!(
        of("2026-03-10", "2026-03-11", "room"),
        "conf-a@contoso.com conf-b@contoso.com conf-c@contoso.com conf-d@contoso.com"
    );
    assert_eq!(of("2026-03-10", "2026-03-11", "seats"), "1-4 5-8 17+ none");
    assert_eq!(of("2026-03-07", "2026-03-10", "weekday"), "mon sat sun");
    assert_eq!(
        of("2026-03-09", "2026-03-12", "date"),
        "2026-03-09 2026-03-10 2026-03-11"
    );
    assert_eq!(
        of("2025-12-28", "2026-01-06", "week"),
        "2025-W52 2026-W01 2026-W02"
    );
    assert_eq!(of("2026-02-28", "2026-03-02", "month"), "2026-02 2026-03");
    assert_eq!(of("2026-03-10", "2026-03-11", "series"), "s");
    assert_eq!(of("2026-03-11", "2026-03-12", "series"), "");
    assert_eq!(of("2026-03-10", "2026-03-11", "hour").len(), 24 * 3 - 1);
}

#[test]
fn rooms_are_those_in_scope_also_where_groups_are_times() {
    let world = four_rooms(&[], &[people("09:30", "10:30", 2)]);
    let rooms = |by| {
        let of = |group: &Value| {
            (
                group["rooms"].as_i64().unwrap(),
                group["rooms_observed"].as_i64().unwrap(),
            )
        };
        groups(&world, by).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(rooms("all"), [(4, 1)]);
    assert_eq!(rooms("building"), [(1, 0), (1, 0), (2, 1)]);
    assert_eq!(rooms("seats"), [(1, 0), (1, 1), (1, 0), (1, 0)]);
    assert_eq!(rooms("hour")[8..12], [(4, 0), (4, 1), (4, 1), (4, 0)]);
}

#[test]
fn filters_are_of_buildings_and_of_rooms() {
    let world = four_rooms(&[], &[]);
    let rooms = |buildings: Value, rooms: Value| {
        let question = with(tuesday("all"), json!({"buildings": buildings, "rooms": rooms}));
        oracle::report(&world, &question)["groups"][0]["rooms"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(rooms(json!(["HQ", "Annex"]), json!([])), 3);
    assert_eq!(
        rooms(json!([]), json!(["Conf-A@contoso.com", "conf-d@contoso.com"])),
        2
    );
    assert_eq!(
        rooms(json!(["HQ"]), json!(["conf-a@contoso.com", "conf-d@contoso.com"])),
        1
    );
    assert_eq!(rooms(json!(["hq"]), json!([])), 0);
}

#[test]
fn a_second_is_in_the_group_of_its_own_time_and_a_booking_in_that_of_its_start() {
    let world = world(&[booking("a", "09:30", "10:30")], &[people("09:30", "10:30", 0)]);
    let by_hour = groups(&world, "hour");
    let told = |hour: usize| {
        let group = &by_hour[hour];
        (
            cells(group)[1],
            group["bookings"]["no-show"].clone(),
            group["no_show_seconds"].clone(),
        )
    };
    assert_eq!(told(9), (1800, json!(1), json!(3600)));
    assert_eq!(told(10), (1800, json!(0), json!(0)));
}

#[test]
fn by_series_only_figures_of_bookings_are_given() {
    let world = world(
        &[
            with(booking("a", "09:00", "10:00"), json!({"series": "s"})),
            booking("b", "11:00", "12:00"),
        ],
        &[people("09:00", "10:00", 0)],
    );
    let found = groups(&world, "series");
    assert_eq!(found.len(), 1);
    let given: Vec<&str> = found[0]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, _)| key.as_str())
        .collect();
    let mut expected = [
        "key",
        "bookings",
        "no_show_rate",
        "no_show_seconds",
        "given_back_seconds",
        "reused_seconds",
        "late_start",
        "early_end",
        "fit",
        "party",
        "release_curve",
        "zombies",
    ];
    expected.sort_unstable();
    assert_eq!(
        given, expected,
        "lead time is null because nothing is known of it"
    );
    assert_eq!(found[0]["bookings"]["no-show"], 1);
}

#[test]
fn every_group_has_every_key() {
    let world = four_rooms(
        &[with(booking("a", "09:00", "10:00"), json!({"series": "s"}))],
        &[],
    );
    let mut expected = [
        "key",
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
        "bookings",
        "no_show_rate",
        "no_show_seconds",
        "given_back_seconds",
        "reused_seconds",
        "unbooked_sessions",
        "late_start",
        "early_end",
        "party",
        "seat_fill",
        "fit",
        "in_use",
        "full_seconds",
        "false_full_seconds",
        "release_curve",
        "zombies",
        "lead_time",
    ];
    expected.sort_unstable();
    for by in [
        "all", "building", "room", "series", "date", "weekday", "hour", "week", "month", "seats",
    ] {
        for group in groups(&world, by) {
            let keys: Vec<&String> = group.as_object().unwrap().keys().collect();
            assert_eq!(keys, expected, "by {by}");
        }
    }
    let report = asked(&world, "2026-03-10", "2026-03-11", "date");
    assert_eq!(
        with(report, json!({"groups": []})),
        json!({"from": "2026-03-10", "to": "2026-03-11", "by": "date", "definitions": 1, "parameters": {}, "groups": []})
    );
}
