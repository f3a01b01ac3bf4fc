//! The same day under the definitions of other products: every number is worked out by hand from what those say.

use serde_json::{Value, json};

use crate::support::{World, group, watched};

/// One open day of ten hours, 36,000 seconds, in a room of eight seats:
///
/// | from | to | |
/// | --- | --- | --- |
/// | 09:00 | 10:00 | booked; 3 people for one minute, then none: a no-show |
/// | 09:30 | 10:30 | booked too; 2 people from 10:00 on |
/// | 11:00 | 12:00 | booked; nobody knows |
/// | 13:00 | 14:00 | was booked, removed at 12:50 |
/// | 14:00 | 15:00 | 4 people without a booking |
/// | 15:00 | 16:00 | counted, nobody there |
/// | 16:00 | 17:00 | booked tentatively; nobody knows |
/// | 19:00 | 20:00 | booked, outside of open time; 1 person for ten minutes |
fn day() -> World {
    World::new()
        .book("minute", "09:00", "10:00")
        .people("09:00", "09:01", 3)
        .people("09:01", "10:00", 0)
        .book("second", "09:30", "10:30")
        .people("10:00", "10:30", 2)
        .book("unseen", "11:00", "12:00")
        .book("removed", "13:00", "14:00")
        .removed("12:50")
        .people("14:00", "15:00", 4)
        .people("15:00", "16:00", 0)
        .book("perhaps", "16:00", "17:00")
        .with("status", "tentative")
        .book("evening", "19:00", "20:00")
        .people("19:00", "19:10", 1)
}

/// The figures of the products on March 10.
fn profiles(world: &World) -> Value {
    world.beside("2026-03-11", "all")["groups"][0]["profiles"].clone()
}

#[test]
fn vyopta_takes_any_activity_for_attendance_and_adds_up_lengths() {
    // Four bookings of an hour each; one minute, half an hour and ten minutes of activity in three of them.
    assert_eq!(
        profiles(&day())["vyopta"],
        json!({"scheduled_meeting_count": 4, "scheduled_meeting_seconds": 14_400, "attended_meeting_count": 3,
               "attended_meeting_seconds": 60 + 1_800 + 600})
    );
    assert_eq!(day().all()["bookings"]["attended"], 2, "ours");
}

#[test]
fn microsoft_takes_what_is_reserved_or_occupied_for_utilised_and_what_nobody_knows_for_empty() {
    // Reserved: 09:00 to 10:30 and 11:00 to 12:00, 9,000 seconds, of which 1,860 are occupied. Occupied without that: 3,600.
    assert_eq!(
        profiles(&day())["microsoft"],
        json!({"reserved_occupied": 0.0517, "reserved_not_occupied": 0.1983, "not_reserved_occupied": 0.1,
               "not_reserved_not_occupied": 0.65, "utilization": 0.35})
    );
}

#[test]
fn the_teams_usage_report_divides_by_eight_hours_a_day() {
    // 9,000 seconds and the hour in the evening, of 28,800.
    assert_eq!(profiles(&day())["teams"], json!({"usage": 0.4375}));
    let long = World::new().book("b", "06:00", "18:00");
    assert_eq!(profiles(&long)["teams"], json!({"usage": 1.5}));
    let week = |by| long.beside("2026-03-16", by);
    // Three days are past when it is asked, and 43,200 seconds of them booked.
    assert_eq!(
        week("all")["groups"][0]["profiles"]["teams"],
        json!({"usage": 0.5})
    );
    assert_eq!(
        group(&week("weekday"), "sat")["profiles"]["teams"],
        json!({"usage": null})
    );
    assert_eq!(
        group(&week("hour"), "08")["profiles"]["teams"],
        json!({"usage": null})
    );
}

#[test]
fn density_averages_people_over_seats_and_counts_vacant_rooms() {
    // Known: an hour and a half, 14:00 to 16:00, 12,600 seconds, of which 5,460 are occupied. People: 3 x 60 + 2 x 1,800 + 4 x 3,600 = 18,180,
    // of 8 seats in 12,600 seconds.
    assert_eq!(
        profiles(&day())["density"],
        json!({"time_used": 0.4333, "average_utilization": 0.1804,
               "minimum_surplus": [{"building": "HQ", "seats": "5-8", "rooms": 1, "lower": 0, "upper": 0}]})
    );
    let presence = watched().says("presence", "09:00", "10:00", true);
    assert_eq!(
        profiles(&presence)["density"]["average_utilization"],
        Value::Null,
        "nobody counts people here"
    );
}

#[test]
fn the_minimum_surplus_is_between_all_unknown_rooms_taken_and_all_of_them_free() {
    let says = |world: World, room: &str, from: &str, to: &str| {
        world
            .says_in(room, "presence", "08:00", from, false)
            .says_in(room, "presence", from, to, true)
            .says_in(room, "presence", to, "18:00", false)
    };
    let world = World::new()
        .room("b@x.com", Some("HQ"), Some(6))
        .room("c@x.com", Some("HQ"), Some(6));
    let world = says(world, "a@x.com", "09:00", "10:00");
    let world = says(world, "b@x.com", "09:30", "10:30");
    // Two of three at 09:30, and of the third nobody knows.
    assert_eq!(
        profiles(&world)["density"]["minimum_surplus"],
        json!([{"building": "HQ", "seats": "5-8", "rooms": 3, "lower": 0, "upper": 1}])
    );
}

#[test]
fn what_nobody_knows_at_all_is_null() {
    let unseen = World::new().book("b", "09:00", "10:00");
    assert_eq!(
        profiles(&unseen),
        json!({
            "vyopta": {"scheduled_meeting_count": 1, "scheduled_meeting_seconds": 3_600, "attended_meeting_count": null,
                       "attended_meeting_seconds": null},
            "microsoft": {"reserved_occupied": null, "reserved_not_occupied": null, "not_reserved_occupied": null,
                          "not_reserved_not_occupied": null, "utilization": null},
            "teams": {"usage": 0.125},
            "density": {"time_used": null, "average_utilization": null,
                        "minimum_surplus": [{"building": "HQ", "seats": "5-8", "rooms": 1, "lower": 0, "upper": 1}]},
        })
    );
    let unread = profiles(&World::new().read_only(&[]));
    assert_eq!(unread["vyopta"]["scheduled_meeting_count"], Value::Null);
    assert_eq!(unread["teams"]["usage"], Value::Null);
    let free = profiles(&watched());
    assert_eq!(free["vyopta"]["scheduled_meeting_count"], 0);
    assert_eq!(free["vyopta"]["attended_meeting_count"], 0);
    assert_eq!(free["microsoft"]["utilization"], 0.0);
}

#[test]
fn by_series_there_are_figures_of_bookings_only() {
    let world = watched().book("b", "09:00", "10:00").with("series", "s");
    let theirs = group(&world.beside("2026-03-11", "series"), "s")["profiles"].clone();
    assert_eq!(theirs["vyopta"]["scheduled_meeting_count"], 1);
    assert_eq!(theirs["vyopta"]["attended_meeting_count"], 0);
    for (product, figure) in [
        ("microsoft", "utilization"),
        ("teams", "usage"),
        ("density", "time_used"),
        ("density", "minimum_surplus"),
    ] {
        assert_eq!(theirs[product][figure], Value::Null, "{product} {figure}");
    }
}

#[test]
fn beside_the_figures_of_products_the_report_is_as_it_is_without() {
    let world = day();
    for by in ["all", "room", "hour", "series"] {
        let mut beside = world.beside("2026-03-12", by);
        for group in beside["groups"].as_array_mut().unwrap() {
            assert!(group.as_object_mut().unwrap().remove("profiles").is_some());
        }
        assert_eq!(beside, world.report(by), "{by}");
    }
}
