//! When a room could have been seen in use. A claim that is wrong makes an occupied room look vacant.

use crate::fixture::{Passes, Script, at, march, measured, poll};
use crate::hours::HOUR;
use crate::sight::{Link, MAX_GAP, Poll};
use connector_sdk::State;
use proptest::prelude::*;

const CONNECTED: [(&str, Link); 1] = [("board", Link::Connected)];

/// Passes at these times on the tenth of March, with this state of the devices, in a room that nobody used. Earlier passes came at the distance
/// of the first two. The records of all of them.
fn watched(passes: &[(&str, &[(&str, Link)])]) -> Vec<String> {
    let mut room = Passes::default();
    let mut found = Vec::new();
    let on = |time: &str| format!("2026-03-10T{time}:00Z");
    for (number, (time, devices)) in passes.iter().enumerate() {
        if let (1, [(first, _), ..]) = (number, passes) {
            room.came_every(at(&on(time)) - at(&on(first)));
        }
        found.extend(room.pass(&measured(&[], &[]), &poll(&on(time), devices)));
    }
    found
}

#[test]
fn a_first_poll_covers_nothing() {
    assert!(watched(&[("11:00", &CONNECTED)]).is_empty());
}

#[test]
fn an_hour_is_observed_when_the_device_was_connected_at_every_poll_around_it() {
    let passes = ["08:55", "09:30", "10:05", "10:59", "11:04"].map(|time| (time, &CONNECTED[..]));
    assert_eq!(watched(&passes), ["observed InUse 10T09:00:00Z 10T10:00:00Z"]);
}

#[test]
fn a_poll_that_was_lost_with_its_pass_leaves_a_gap() {
    let usual = [
        "08:45", "09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00", "11:05",
    ];
    let seen = |times: &[&'static str]| {
        let passes: Vec<(&str, &[(&str, Link)])> = times.iter().map(|time| (*time, &CONNECTED[..])).collect();
        watched(&passes)
    };
    assert_eq!(seen(&usual), ["observed InUse 10T09:00:00Z 10T10:00:00Z"]);
    // At 09:30 the device may have been offline.
    let lost: Vec<&str> = usual.into_iter().filter(|time| *time != "09:30").collect();
    assert_eq!(seen(&lost), [""; 0]);
}

/// A pass that failed may lie in it.
#[test]
fn the_first_time_between_two_polls_is_not_observed() {
    let mut room = Passes::default();
    let pass = |room: &mut Passes, time: &str| {
        room.pass(
            &measured(&[], &[]),
            &poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED),
        )
    };
    for time in ["08:00", "09:00", "10:00"] {
        assert_eq!(pass(&mut room, time), [""; 0], "{time}");
    }
    assert_eq!(
        pass(&mut room, "11:00"),
        ["observed InUse 10T09:00:00Z 10T10:00:00Z"]
    );
}

#[test]
fn an_hour_is_not_covered_before_its_minutes_had_time_to_arrive() {
    let passes = ["09:00", "09:59", "10:00", "10:30", "10:59"].map(|time| (time, &CONNECTED[..]));
    assert!(watched(&passes).is_empty());
}

#[test]
fn an_hour_that_polls_know_in_part_is_not_observed() {
    let passes = ["09:20", "10:00", "11:00", "12:00"].map(|time| (time, &CONNECTED[..]));
    assert_eq!(watched(&passes), ["observed InUse 10T10:00:00Z 10T11:00:00Z"]);
}

#[test]
fn a_device_that_was_not_connected_in_either_poll_around_is_blind() {
    let off: &[(&str, Link)] = &[("board", Link::Offline)];
    let passes = [
        ("09:00", &CONNECTED[..]),
        ("09:20", off),
        ("09:40", &CONNECTED),
        ("10:00", &CONNECTED),
        ("11:00", &CONNECTED),
    ];
    assert_eq!(
        watched(&passes),
        [
            "blind (offline) InUse 10T09:00:00Z 10T09:40:00Z",
            "observed InUse 10T09:40:00Z 10T10:00:00Z",
            "blind (offline) PeopleCount board 10T09:00:00Z 10T09:40:00Z",
        ]
    );
}

#[test]
fn deep_sleep_is_standby_and_broken_senses_are_a_fault() {
    for (link, reason) in [
        (Link::Standby, "standby"),
        (Link::Fault, "fault"),
        (Link::Maintenance, "maintenance"),
    ] {
        let devices: &[(&str, Link)] = &[("board", link)];
        let passes = ["09:00", "10:00", "11:00"].map(|time| (time, devices));
        assert_eq!(
            watched(&passes),
            [
                format!("blind ({reason}) InUse 10T09:00:00Z 10T10:00:00Z"),
                format!("blind ({reason}) PeopleCount board 10T09:00:00Z 10T10:00:00Z"),
            ]
        );
    }
}

#[test]
fn a_status_that_nobody_knows_is_neither_observed_nor_blind() {
    let devices: &[(&str, Link)] = &[("board", Link::Unknown)];
    assert!(watched(&["09:00", "10:00", "11:00"].map(|time| (time, devices))).is_empty());
}

#[test]
fn nobody_is_missed_by_the_one_of_two_devices_that_is_connected() {
    let one: &[(&str, Link)] = &[("board", Link::Connected), ("codec", Link::Offline)];
    let found = watched(&["09:00", "10:00", "11:00"].map(|time| (time, one)));
    assert_eq!(
        found,
        [
            "blind (offline) InUse 10T09:00:00Z 10T10:00:00Z",
            "blind (offline) PeopleCount codec 10T09:00:00Z 10T10:00:00Z",
        ]
    );
}

#[test]
fn a_device_that_came_or_went_makes_the_time_unknown() {
    let two: &[(&str, Link)] = &[("board", Link::Connected), ("codec", Link::Connected)];
    assert!(watched(&[("09:00", &CONNECTED), ("10:00", two), ("11:00", two)]).is_empty());
    assert!(watched(&[("09:00", two), ("10:00", &CONNECTED), ("11:00", &CONNECTED)]).is_empty());
}

#[test]
fn without_any_device_that_can_sense_nothing_is_covered() {
    assert!(watched(&["09:00", "10:00", "11:00"].map(|time| (time, &[][..]))).is_empty());
}

#[test]
fn polls_more_than_two_hours_apart_cover_nothing_and_the_log_tells() {
    let mut room = Passes::default();
    for time in ["06:00", "08:01", "10:02", "12:03"] {
        let webex = measured(&[], &[]);
        let found = room.pass(&webex, &poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED));
        assert!(found.is_empty(), "{found:?}");
        let told = webex
            .log
            .borrow()
            .iter()
            .any(|line| line.contains("Collect more often"));
        assert_eq!(told, time != "06:00");
    }
}

#[test]
fn planned_maintenance_is_blind() {
    let mut room = Passes::default();
    let mut found = Vec::new();
    for time in ["09:00", "10:00", "11:00", "12:00"] {
        let planned = Poll {
            planned: Some((at("2026-03-10T09:30:00Z"), at("2026-03-10T09:50:00Z"))),
            ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
        };
        found.extend(room.pass(&measured(&[], &[]), &planned));
    }
    assert_eq!(
        found,
        [
            "blind (maintenance) InUse 10T09:00:00Z 10T10:00:00Z",
            "blind (maintenance) PeopleCount board 10T09:00:00Z 10T10:00:00Z",
            "observed InUse 10T10:00:00Z 10T11:00:00Z",
        ]
    );
}

#[test]
fn detection_that_is_not_configured_covers_nothing_and_asks_nothing() {
    let mut room = Passes::default();
    for time in ["09:00", "10:00", "11:00", "12:00"] {
        let webex = Script::default();
        let off = Poll {
            presence: false,
            people: false,
            ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
        };
        assert!(room.pass(&webex, &off).is_empty());
        assert!(webex.requests.borrow().is_empty());
    }
}

#[test]
fn detection_that_was_configured_in_one_poll_alone_covers_nothing_between() {
    let mut room = Passes::default();
    let mut found = Vec::new();
    for (time, presence) in [
        ("09:00", true),
        ("10:00", false),
        ("11:00", true),
        ("12:00", true),
    ] {
        let poll = Poll {
            presence,
            ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
        };
        found.extend(room.pass(&measured(&[], &[]), &poll));
    }
    assert!(found.is_empty(), "{found:?}");
}

/// Its minutes are no longer asked for, so that those of the last hours are missing.
#[test]
fn detection_that_was_switched_off_before_its_minutes_were_read_covers_nothing() {
    let mut room = Passes::default();
    let mut found = Vec::new();
    for (time, presence) in [
        ("09:00", true),
        ("10:00", true),
        ("11:00", false),
        ("12:00", true),
    ] {
        let poll = Poll {
            presence,
            ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
        };
        let used = measured(&[("2026-03-10T09:00:00Z", 50.0)], &[]);
        found.extend(room.pass(&used, &poll));
    }
    assert!(found.is_empty(), "{found:?}");
}

/// People counts come when a device likes to send them, and most devices count in calls only.
#[test]
fn silence_of_a_counting_device_is_never_observed_emptiness() {
    let mut room = Passes::default();
    for time in ["09:00", "10:00", "11:00", "12:00"] {
        let counting = Poll {
            presence: false,
            ..poll(&format!("2026-03-10T{time}:00Z"), &CONNECTED)
        };
        assert!(room.pass(&measured(&[], &[]), &counting).is_empty());
    }
}

#[test]
fn a_space_that_failed_keeps_its_last_poll_and_covers_nothing_yet() {
    let mut room = Passes::default();
    room.pass(&measured(&[], &[]), &poll("2026-03-10T09:00:00Z", &CONNECTED));
    room.pass(&measured(&[], &[]), &poll("2026-03-10T10:00:00Z", &CONNECTED));
    let broken = Script::default().on("/v1/", 500, &[], "");
    let before = room.cursor.clone();
    room.outcome(&broken, "{}", &poll("2026-03-10T11:00:00Z", &CONNECTED))
        .unwrap();
    assert!(broken.coverage.borrow().is_empty());
    assert_eq!(room.cursor, before);
}

#[test]
fn the_same_listing_twice_covers_nothing_twice() {
    let polls = ["09:00", "10:00", "11:00", "11:00", "11:00"].map(|time| (time, &CONNECTED[..]));
    assert_eq!(watched(&polls).len(), 1);
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        6 => Just(Link::Connected),
        1 => Just(Link::Offline),
        1 => Just(Link::Standby),
        1 => Just(Link::Unknown),
    ]
}

proptest! {
    /// Whatever the polls find, what is observed lies between two that found every device connected and presence detection configured.
    #[test]
    fn nothing_is_observed_where_not_both_polls_were_connected(
        polls in prop::collection::vec((1i64..140, link(), prop::option::weighted(0.3, link()), prop::bool::weighted(0.9)), 2..40),
    ) {
        let mut room = Passes::default();
        let mut time = at("2026-03-10T06:00:00Z");
        let (mut made, mut seen): (Vec<Poll>, Vec<(i64, i64)>) = (Vec::new(), Vec::new());
        for (minutes, board, codec, presence) in polls {
            time += minutes * 60;
            if time > march().end { break }
            let devices: Vec<(&str, Link)> =
                [("board", Some(board)), ("codec", codec)].into_iter().filter_map(|(id, link)| Some((id, link?))).collect();
            let poll = Poll { at: time, presence, ..poll("2026-03-10T00:00:00Z", &devices) };
            let webex = measured(&[], &[]);
            room.pass(&webex, &poll);
            made.push(poll);
            for record in webex.coverage.borrow().iter() {
                prop_assert!(record.start < record.end && record.start.div_euclid(HOUR) == (record.end - 1).div_euclid(HOUR));
                for (start, end) in &seen {
                    let overlaps = record.start < *end && *start < record.end;
                    prop_assert!(!overlaps || record.device.is_some(), "covered twice: {record:?}");
                }
                if record.device.is_none() {
                    seen.push((record.start, record.end));
                }
                if record.state == State::Blind { continue }
                prop_assert!(record.device.is_none(), "{record:?}");
                let is_read = webex.requests.borrow().iter().any(|request| {
                    let instant = |name: &str| at(request.url.split_once(name).unwrap().1.split('&').next().unwrap());
                    request.url.contains("DurationMetrics") && instant("from=") <= record.start && record.end <= instant("&to=")
                });
                prop_assert!(is_read, "its minutes were not read: {record:?}");
                // They had an hour to arrive.
                prop_assert!(record.end.div_euclid(HOUR) * HOUR + HOUR <= time, "{record:?}");
                let mut moment = record.start;
                while moment < record.end {
                    let around = made.windows(2).find(|pair| pair[0].at <= moment && moment < pair[1].at);
                    let Some([before, after]) = around else { panic!("no polls around {record:?}") };
                    for poll in [before, after] {
                        let devices = poll.devices.as_ref().unwrap();
                        prop_assert!(poll.presence && devices.iter().all(|(_, link)| *link == Link::Connected), "{record:?} {poll:?}");
                    }
                    prop_assert!(after.at - before.at <= MAX_GAP);
                    moment = after.at;
                }
            }
        }
    }
}
