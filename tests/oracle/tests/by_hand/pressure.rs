//! Rooms in use at once, and full houses.

use serde_json::{Value, json};

use crate::given::*;

fn here(room: &str, value: Value) -> Value {
    let address = format!("conf-{room}@contoso.com");
    let key = if value["type"].is_null() { "room" } else { "space" };
    with(value, json!({key: address}))
}

/// So many rooms of HQ for 8, by the letters of their addresses.
fn rooms(letters: &str, bookings: &[Value], records: &[Value]) -> Value {
    let addresses: Vec<String> = letters
        .chars()
        .map(|letter| format!("conf-{letter}@contoso.com"))
        .collect();
    let rooms: Vec<Value> = addresses.iter().map(|address| room(address)).collect();
    let readings: Vec<Value> = addresses
        .iter()
        .map(|address| read(address, "9 00:00", "12 00:00"))
        .collect();
    with(
        world(bookings, records),
        json!({"rooms": rooms, "readings": readings}),
    )
}

#[test]
fn rooms_in_use_are_counted_by_quarter_hours() {
    let bookings = [
        here("a", booking("1", "09:00", "10:00")),
        here("b", booking("2", "09:45", "10:30")),
    ];
    let records = [
        here("a", people("09:00", "09:20", 2)),
        here("a", people("09:20", "10:00", 0)),
    ];
    let told = figures(&rooms("ab", &bookings, &records))["in_use"].clone();
    // 40 slots; the 38th of them by size. Booked: 1, 1, 1, 2, 1, 1. Occupied: 1 from 09:00; 300 s of 09:15 are too few.
    assert_eq!(
        told,
        json!([{
            "building": "HQ", "seats": "5-8", "rooms": 2, "slots": 40,
            "booked": {"p95": 1, "highest": 2, "at": "2026-03-10T09:45:00Z", "spare": 1},
            "occupied": {"p95": 0, "highest": 1, "at": "2026-03-10T09:00:00Z", "spare": 2},
            "possible": {"p95": 2, "highest": 2, "at": "2026-03-10T08:00:00Z", "spare": 0},
        }])
    );
}

#[test]
fn a_room_is_in_use_in_a_slot_for_more_than_half_of_it() {
    let highest = |until| {
        let told = figures(&rooms("a", &[], &[here("a", people("09:00", until, 2))]))["in_use"][0].clone();
        told["occupied"]["highest"].clone()
    };
    assert_eq!(highest("09:07:30"), 0);
    assert_eq!(highest("09:07:31"), 1);
}

#[test]
fn a_partial_bucket_is_in_use_in_a_slot_as_far_as_it_is_certain() {
    let peaks = |seconds| {
        let records = [
            here("a", bucket("presence", "09:00", "09:30", seconds)),
            here("a", people("08:00", "09:00", 0)),
        ];
        let records = [&records[..], &[here("a", people("09:30", "18:00", 0))]].concat();
        let told = figures(&rooms("a", &[], &records))["in_use"][0].clone();
        (
            told["occupied"]["highest"].as_i64().unwrap(),
            told["possible"]["highest"].as_i64().unwrap(),
        )
    };
    // l = 1800, n = 900 in each slot.
    assert_eq!(peaks(1351), (1, 1));
    assert_eq!(peaks(1350), (0, 1));
    assert_eq!(peaks(450), (0, 0));
    assert_eq!(peaks(451), (0, 1));
}

#[test]
fn slots_are_open_throughout_and_over() {
    let asked = |now, hours: Value| {
        let world = with(
            rooms("a", &[], &[]),
            json!({"now": at(now), "insights": {"hours": hours}}),
        );
        figures(&world)["in_use"][0].clone()
    };
    assert_eq!(asked("12 00:00", json!(["08:05", "17:55"]))["slots"], 38);
    assert_eq!(asked("09:14:59", json!(["08:00", "18:00"]))["slots"], 4);
    assert_eq!(asked("09:15", json!(["08:00", "18:00"]))["slots"], 5);
    let none = json!({"p95": null, "highest": null, "at": null, "spare": null});
    assert_eq!(
        (&asked("08:00", json!(["08:00", "18:00"]))["booked"], &none),
        (&none, &none)
    );
}

#[test]
fn unread_seconds_of_a_slot_are_not_in_use() {
    let world = rooms("a", &[here("a", booking("1", "09:00", "10:00"))], &[]);
    let world = with(
        world,
        json!({"readings": [read("conf-a@contoso.com", "09:07:30", "09:15")]}),
    );
    assert_eq!(figures(&world)["in_use"][0]["booked"]["highest"], 0);
}

#[test]
fn rooms_in_use_are_told_by_all_and_building_and_for_rooms_with_a_building() {
    let world = rooms("abc", &[], &[]);
    let rooms = [
        room("conf-a@contoso.com"),
        with(
            room("conf-b@contoso.com"),
            json!({"capacity": null, "building": "Annex"}),
        ),
        with(room("conf-c@contoso.com"), json!({"building": null})),
    ];
    let world = with(world, json!({"rooms": rooms}));
    let entries = |group: &Value| {
        let entries = group["in_use"].as_array().unwrap().iter();
        entries
            .map(|entry| format!("{} {}", entry["building"], entry["seats"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(entries(&figures(&world)), [r#""Annex" "none""#, r#""HQ" "5-8""#]);
    let by_building: Vec<_> = groups(&world, "building").iter().map(entries).collect();
    assert_eq!(
        by_building,
        [
            vec![],
            vec![r#""Annex" "none""#.to_owned()],
            vec![r#""HQ" "5-8""#.to_owned()]
        ]
    );
    for by in [
        "room", "series", "date", "weekday", "hour", "week", "month", "seats",
    ] {
        assert!(
            groups(&world, by).iter().all(|group| group["in_use"].is_null()),
            "by {by}"
        );
    }
}

#[test]
fn a_house_is_full_when_all_rooms_are_booked_and_falsely_so_after_ten_vacant_minutes() {
    let bookings: Vec<Value> = "abcde"
        .chars()
        .map(|room| here(&room.to_string(), booking("1", "09:00", "09:12")))
        .collect();
    let vacant = [
        here("a", people("09:00", "09:12", 0)),
        here("b", people("09:00", "09:01", 3)),
    ];
    let told = figures(&rooms("abcde", &bookings, &vacant));
    assert_eq!(
        (&told["full_seconds"], &told["false_full_seconds"]),
        (&json!(720), &json!(120))
    );
    // It was vacant before already.
    let earlier = [here("a", people("08:00", "09:12", 0))];
    assert_eq!(
        figures(&rooms("abcde", &bookings, &earlier))["false_full_seconds"],
        720
    );
    // One room is free.
    let told = figures(&rooms("abcdef", &bookings, &vacant));
    assert_eq!(
        (&told["full_seconds"], &told["false_full_seconds"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn a_room_that_a_filter_leaves_out_is_still_needed_for_a_full_house() {
    let world = rooms("ab", &[here("a", booking("1", "09:00", "10:00"))], &[]);
    let question = with(tuesday("all"), json!({"rooms": ["conf-a@contoso.com"]}));
    assert_eq!(oracle::report(&world, &question)["groups"][0]["full_seconds"], 0);
    let both = [
        here("a", booking("1", "09:00", "10:00")),
        here("b", booking("2", "09:30", "10:30")),
    ];
    assert_eq!(
        oracle::report(&rooms("ab", &both, &[]), &question)["groups"][0]["full_seconds"],
        1800
    );
}

#[test]
fn full_seconds_are_of_the_hour_and_null_by_room_and_series() {
    let booking = with(here("a", booking("1", "09:30", "10:15")), json!({"series": "s"}));
    let world = rooms("a", &[booking], &[]);
    let full = |by| {
        groups(&world, by)
            .iter()
            .map(|group| group["full_seconds"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(full("hour")[9..11], [1800, 900]);
    assert_eq!(
        (full("building"), full("seats"), full("week")),
        (vec![json!(2700)], vec![json!(2700)], vec![json!(2700)])
    );
    assert_eq!(
        (full("room"), full("series")),
        (vec![Value::Null], vec![Value::Null])
    );
}

#[test]
fn a_house_is_full_only_where_every_room_was_read() {
    let world = rooms(
        "ab",
        &[
            here("a", booking("1", "09:00", "10:00")),
            here("b", booking("2", "09:00", "10:00")),
        ],
        &[],
    );
    let readings = [
        read("conf-a@contoso.com", "08:00", "18:00"),
        read("conf-b@contoso.com", "09:20", "18:00"),
    ];
    assert_eq!(
        figures(&with(world, json!({"readings": readings})))["full_seconds"],
        2400
    );
}
