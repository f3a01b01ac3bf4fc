//! Times and zones.

use e2e::{Ended, Source};
use graph_sim::{Event, Pattern, Room, Simulator, Tenant};
use serde_json::json;

use crate::{PROGRAM, workplace};

fn simulator(events: impl IntoIterator<Item = Event>) -> Simulator {
    Simulator::start(
        Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").events(events)),
    )
    .unwrap()
}

fn between(from: &str, to: &str, events: impl IntoIterator<Item = Event>) -> Ended {
    workplace(&Source::contoso(&simulator(events)))
        .collect_between(from, to, &[])
        .unwrap()
}

/// Start, end and subject of each meeting.
fn spans(ended: &Ended) -> Vec<String> {
    let text = |meeting: &serde_json::Value, key: &str| meeting[key].as_str().unwrap_or("-").to_owned();
    let meetings = ended.meetings(0).unwrap();
    meetings
        .iter()
        .map(|m| format!("{}/{} {}", text(m, "start"), text(m, "end"), text(m, "subject")))
        .collect()
}

#[test]
fn a_series_keeps_its_local_time_across_daylight_saving_changes() {
    let weekly = |zone: &str, first: &str| {
        Event::new(zone, &format!("{first}T10:00"), &format!("{first}T11:00"))
            .zone(zone)
            .repeats(Pattern::Weekly(1, vec![]))
    };
    // The United States change on 8 March, Europe on 29 March, Australia back on 5 April, India never.
    let events = [
        weekly("Pacific Standard Time", "2026-03-05"),
        weekly("W. Europe Standard Time", "2026-03-26"),
        weekly("AUS Eastern Standard Time", "2026-04-02"),
        weekly("India Standard Time", "2026-03-05").times(2),
    ];
    let ended = between("2026-03-01T00:00:00Z", "2026-04-10T00:00:00Z", events);
    let mut starts = ended.brief().unwrap();
    starts.retain(|line| !line.contains("Pacific") || line < &"conf-a 2026-03-13".to_owned());
    assert_eq!(
        starts,
        [
            "conf-a 2026-03-05T04:30 India Standard Time",
            "conf-a 2026-03-05T18:00 Pacific Standard Time",
            "conf-a 2026-03-12T04:30 India Standard Time",
            "conf-a 2026-03-12T17:00 Pacific Standard Time",
            "conf-a 2026-03-26T09:00 W. Europe Standard Time",
            "conf-a 2026-04-01T23:00 AUS Eastern Standard Time",
            "conf-a 2026-04-02T08:00 W. Europe Standard Time",
            "conf-a 2026-04-09T00:00 AUS Eastern Standard Time",
            "conf-a 2026-04-09T08:00 W. Europe Standard Time",
        ]
    );
}

#[test]
fn an_all_day_event_is_the_day_of_its_own_zone() {
    let day = |name: &str, zone: &str| Event::all_day(name, "2026-03-11", 1, zone);
    let ended = between(
        "2026-03-09T00:00:00Z",
        "2026-03-16T00:00:00Z",
        [
            day("Auckland", "New Zealand Standard Time"),
            day("Amsterdam", "W. Europe Standard Time"),
            day("nowhere", "UTC"),
            day("Honolulu", "Hawaiian Standard Time"),
            day("Los Angeles", "America/Los_Angeles"),
        ],
    );
    assert_eq!(
        spans(&ended),
        [
            "2026-03-10T11:00:00Z/2026-03-11T11:00:00Z Auckland",
            "2026-03-10T23:00:00Z/2026-03-11T23:00:00Z Amsterdam",
            "2026-03-11T00:00:00Z/2026-03-12T00:00:00Z nowhere",
            "2026-03-11T07:00:00Z/2026-03-12T07:00:00Z Los Angeles",
            "2026-03-11T10:00:00Z/2026-03-12T10:00:00Z Honolulu",
        ]
    );
    assert!(
        ended
            .meetings(0)
            .unwrap()
            .iter()
            .all(|meeting| meeting["all_day"] == true)
    );
}

#[test]
fn all_day_events_at_the_edges_of_the_window_are_in_or_out_by_their_true_instants() {
    let days = |name: &str, zone: &str| {
        let (name, zone) = (name.to_owned(), zone.to_owned());
        (8..=12)
            .map(move |day| Event::all_day(&format!("{name} {day}"), &format!("2026-03-{day:02}"), 1, &zone))
    };
    let events = days("Auckland", "New Zealand Standard Time")
        .chain(days("Amsterdam", "W. Europe Standard Time"))
        .chain(days("Honolulu", "Hawaiian Standard Time"));
    // The tenth of March, UTC.
    let ended = between("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", events);
    assert_eq!(
        spans(&ended),
        [
            "2026-03-09T10:00:00Z/2026-03-10T10:00:00Z Honolulu 9",
            "2026-03-09T11:00:00Z/2026-03-10T11:00:00Z Auckland 10",
            "2026-03-09T23:00:00Z/2026-03-10T23:00:00Z Amsterdam 10",
            "2026-03-10T10:00:00Z/2026-03-11T10:00:00Z Honolulu 10",
            "2026-03-10T11:00:00Z/2026-03-11T11:00:00Z Auckland 11",
            "2026-03-10T23:00:00Z/2026-03-11T23:00:00Z Amsterdam 11",
        ]
    );
}

#[test]
fn an_all_day_event_over_a_daylight_saving_change_has_23_hours() {
    let event = Event::all_day("Short Sunday", "2026-03-29", 1, "W. Europe Standard Time");
    let ended = between("2026-03-23T00:00:00Z", "2026-04-06T00:00:00Z", [event]);
    assert_eq!(
        spans(&ended),
        ["2026-03-28T23:00:00Z/2026-03-29T22:00:00Z Short Sunday"]
    );
}

/// A timed event whose start and end are shown like this.
fn shown(subject: &str, start: (&str, &str), end: (&str, &str)) -> Event {
    let stamp = |(time, zone): (&str, &str)| json!({"dateTime": time, "timeZone": zone});
    Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
        .with("start", stamp(start))
        .with("end", stamp(end))
}

#[test]
fn every_way_to_write_a_time_is_read() {
    let utc = "tzone://Microsoft/Utc";
    let ended = between(
        "2026-03-09T00:00:00Z",
        "2026-03-16T00:00:00Z",
        [
            shown(
                "stray Z",
                ("2026-03-10T10:00:00.0000000Z", "UTC"),
                ("2026-03-10T11:00:00Z", "UTC"),
            ),
            shown(
                "tzone",
                ("2026-03-10T10:01:00.0000000", utc),
                ("2026-03-10T11:00:00.0000000", utc),
            ),
            shown(
                "no fraction",
                ("2026-03-10T10:02:00", "UTC"),
                ("2026-03-10T11:00:00", "UTC"),
            ),
            shown(
                "one digit",
                ("2026-03-10T10:03:00.5", "UTC"),
                ("2026-03-10T11:00:00.25", "UTC"),
            ),
            shown(
                "Windows",
                ("2026-03-10T11:04:00", "W. Europe Standard Time"),
                ("2026-03-10T12:00:00", "W. Europe Standard Time"),
            ),
            shown(
                "IANA",
                ("2026-03-10T06:05:00", "America/New_York"),
                ("2026-03-10T07:00:00", "America/New_York"),
            ),
        ],
    );
    assert_eq!(
        spans(&ended),
        [
            "2026-03-10T10:00:00Z/2026-03-10T11:00:00Z stray Z",
            "2026-03-10T10:01:00Z/2026-03-10T11:00:00Z tzone",
            "2026-03-10T10:02:00Z/2026-03-10T11:00:00Z no fraction",
            "2026-03-10T10:03:00Z/2026-03-10T11:00:00Z one digit",
            "2026-03-10T10:04:00Z/2026-03-10T11:00:00Z Windows",
            "2026-03-10T10:05:00Z/2026-03-10T11:00:00Z IANA",
        ]
    );
}

#[test]
fn events_of_the_years_that_stand_for_nothing_are_skipped() {
    let utc = "tzone://Microsoft/Utc";
    let (never, always) = (
        ("0001-01-01T00:00:00.0000000", utc),
        ("9999-12-31T23:59:59.9999999", utc),
    );
    let ended = between(
        "2026-03-09T00:00:00Z",
        "2026-03-16T00:00:00Z",
        [
            shown("never", never, never),
            shown("for ever", ("2026-03-10T10:00:00.0000000", "UTC"), always),
            shown(
                "real",
                ("2026-03-10T10:00:00.0000000", "UTC"),
                ("2026-03-10T11:00:00.0000000", "UTC"),
            ),
        ],
    );
    assert_eq!(spans(&ended), ["2026-03-10T10:00:00Z/2026-03-10T11:00:00Z real"]);
}

#[test]
fn an_all_day_event_in_a_custom_zone_is_the_day_of_utc_and_reported() {
    let custom = Event::all_day("Custom", "2026-03-11", 1, "UTC").zone_label("tzone://Microsoft/Custom");
    let named = Event::all_day("Utc", "2026-03-12", 1, "UTC").zone_label("tzone://Microsoft/Utc");
    let ended = between("2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z", [custom, named]);
    assert_eq!(
        spans(&ended),
        [
            "2026-03-11T00:00:00Z/2026-03-12T00:00:00Z Custom",
            "2026-03-12T00:00:00Z/2026-03-13T00:00:00Z Utc"
        ]
    );
    let said = ended.said("conf-a@contoso.com: 1 all-day events have a time zone that cannot be resolved");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
}

#[test]
fn a_timed_event_in_a_zone_that_is_not_known_fails_the_room_rather_than_be_wrong() {
    let event = shown(
        "lost",
        ("2026-03-10T10:00:00", "Atlantis Standard Time"),
        ("2026-03-10T11:00:00", "UTC"),
    );
    let ended = between("2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z", [event]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("\"Atlantis Standard Time\", which is not known"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("lost"),
        "no subject is said: {}",
        ended.stderr
    );
}

#[test]
fn two_windows_side_by_side_have_each_meeting_that_touches_them() {
    let events = [
        Event::new("before", "2026-03-10T22:00:00Z", "2026-03-11T00:00:00Z"),
        Event::new("over", "2026-03-10T23:00:00Z", "2026-03-11T01:00:00Z"),
        Event::new("after", "2026-03-11T00:00:00Z", "2026-03-11T01:00:00Z"),
        Event::new("moment", "2026-03-11T00:00:00Z", "2026-03-11T00:00:00Z"),
    ];
    let simulator = simulator(events);
    let day = |from: &str, to: &str| {
        let workplace =
            e2e::Workplace::new(PROGRAM, &Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
        let mut found = workplace.collect_between(from, to, &[]).unwrap().brief().unwrap();
        found
            .iter_mut()
            .for_each(|line| *line = line.rsplit(' ').next().unwrap().to_owned());
        found.sort();
        found
    };
    assert_eq!(
        day("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"),
        ["before", "over"]
    );
    assert_eq!(
        day("2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z"),
        ["after", "moment", "over"]
    );
}
