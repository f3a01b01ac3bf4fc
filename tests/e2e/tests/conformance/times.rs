//! Times of timed events: converted, never stamped, and an error where they cannot be read.

use graph_sim::{Event, Pattern, Simulator};
use serde_json::json;

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{collect, event, one_room, workplace};

const STAMP: &str = "dateTimeTimeZone resource type";
const SHAPES: &str = "corso (test data), MS365-Calendar (test data)";
const UTC: &str = "tzone://Microsoft/Utc";

/// Start and end as they are written, each with its zone.
type Written = [(&'static str, &'static str); 2];

/// A way in which they are written, with its name and where it was seen. All are ten to eleven, UTC.
const WAYS: [(&str, Written, &str); 8] = [
    (
        "seven digits of a second",
        [
            ("2026-03-10T10:00:00.0000000", "UTC"),
            ("2026-03-10T11:00:00.0000000", "UTC"),
        ],
        STAMP,
    ),
    (
        "a stray Z",
        [
            ("2026-03-10T10:00:00.0000000Z", "UTC"),
            ("2026-03-10T11:00:00Z", "UTC"),
        ],
        SHAPES,
    ),
    (
        "tzone://Microsoft/Utc",
        [
            ("2026-03-10T10:00:00.0000000", UTC),
            ("2026-03-10T11:00:00.0000000", UTC),
        ],
        "davmail #469",
    ),
    (
        "no digits of a second",
        [("2026-03-10T10:00:00", "UTC"), ("2026-03-10T11:00:00", "UTC")],
        SHAPES,
    ),
    (
        "few digits of a second",
        [
            ("2026-03-10T10:00:00.5", "UTC"),
            ("2026-03-10T11:00:00.25", "UTC"),
        ],
        SHAPES,
    ),
    (
        "the name of a Windows zone",
        [
            ("2026-03-10T11:00:00.0000000", "W. Europe Standard Time"),
            ("2026-03-10T12:00:00.0000000", "W. Europe Standard Time"),
        ],
        "elastic/connectors (stamps Z on local times)",
    ),
    (
        "the name of an IANA zone",
        [
            ("2026-03-10T06:00:00.0000000", "America/New_York"),
            ("2026-03-10T07:00:00.0000000", "America/New_York"),
        ],
        STAMP,
    ),
    (
        "two different zones",
        [
            ("2026-03-10T10:00:00.0000000", "UTC"),
            ("2026-03-10T20:00:00.0000000", "Tokyo Standard Time"),
        ],
        STAMP,
    ),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Times");
    for (name, [start, end], recorded) in WAYS {
        area = area.reading(
            format!("a time that is written with {name} is the right instant"),
            recorded,
            move || {
                Scenario::calendar(one_room([shown("Ten", start, end)]))
                    .yields(["2026-03-10T10:00:00Z/2026-03-10T11:00:00Z Ten"])
            },
        );
    }
    area.reading(
        "a time without a zone is UTC, which was asked for",
        "MS365-Calendar (test data)",
        || {
            let bare = |time: &str| json!({"dateTime": time});
            Scenario::calendar(one_room([event("Ten")
                .with("start", bare("2026-03-10T10:00:00.0000000"))
                .with("end", bare("2026-03-10T11:00:00.0000000"))]))
            .yields(["2026-03-10T10:00:00Z/2026-03-10T11:00:00Z Ten"])
        },
    )
    .case(
        "a time in a zone that is not known fails the room rather than be wrong, and no subject is said",
        "OutlookGoogleCalendarSync #2148",
        an_unknown_zone,
    )
    .case(
        "a time in tzone://Microsoft/Custom fails the room rather than be wrong",
        "davmail #469",
        || {
            fails(
                "tzone://Microsoft/Custom",
                "\"tzone://Microsoft/Custom\", which is not known",
            )
        },
    )
    .case(
        "a time that is no time fails the room rather than be skipped",
        STAMP,
        || {
            let ended = collect(
                &Simulator::start(one_room([shown(
                    "lost",
                    ("yesterday", "UTC"),
                    ("2026-03-10T11:00:00", "UTC"),
                )]))
                .unwrap(),
            );
            assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
            assert!(
                ended
                    .stderr
                    .contains("has an event whose start is not a date and time"),
                "{}",
                ended.stderr
            );
        },
    )
    .case(
        "an event that ends before it starts fails the room rather than be turned around",
        STAMP,
        || {
            let ended = collect(
                &Simulator::start(one_room([shown(
                    "lost",
                    ("2026-03-10T11:00:00", "UTC"),
                    ("2026-03-10T10:00:00", "UTC"),
                )]))
                .unwrap(),
            );
            assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
            assert!(
                ended.stderr.contains("has an event that ends before it starts"),
                "{}",
                ended.stderr
            );
        },
    )
    .reading(
        "events of the years that stand for nothing are skipped",
        "corso (test data: 0001 and 9999)",
        || {
            let never = ("0001-01-01T00:00:00.0000000", UTC);
            let always = ("9999-12-31T23:59:59.9999999", UTC);
            let ten = ("2026-03-10T10:00:00.0000000", "UTC");
            let eleven = ("2026-03-10T11:00:00.0000000", "UTC");
            Scenario::calendar(one_room([
                shown("never", never, never),
                shown("for ever", ten, always),
                shown("real", ten, eleven),
            ]))
            .yields(["2026-03-10T10:00:00Z/2026-03-10T11:00:00Z real"])
            .not_for_others("What an event of the year 1 or 9999 means is for a client's user to say.")
        },
    )
    .reading(
        "a series keeps its local time across daylight-saving changes, in four zones",
        "recurrencePattern resource type",
        across_daylight_saving,
    )
    .reading(
        "a meeting of no length is a meeting",
        "event resource type",
        || {
            Scenario::calendar(one_room([Event::new(
                "Moment",
                "2026-03-10T10:00:00Z",
                "2026-03-10T10:00:00Z",
            )]))
            .yields(["2026-03-10T10:00:00Z/2026-03-10T10:00:00Z Moment"])
        },
    )
    .reading(
        "a meeting over midnight is one meeting",
        "event resource type",
        || {
            Scenario::calendar(one_room([Event::new(
                "Night",
                "2026-03-10T22:00:00Z",
                "2026-03-11T04:00:00Z",
            )]))
            .yields(["2026-03-10T22:00:00Z/2026-03-11T04:00:00Z Night"])
        },
    )
    .reading(
        "a meeting that only overlaps the window comes with its own start and end",
        "List calendarView",
        || {
            Scenario::calendar(one_room([
                Event::new("Before", "2026-03-08T20:00:00Z", "2026-03-09T02:00:00Z"),
                Event::new("After", "2026-03-15T23:00:00Z", "2026-03-16T03:00:00Z"),
            ]))
            .yields([
                "2026-03-08T20:00:00Z/2026-03-09T02:00:00Z Before",
                "2026-03-15T23:00:00Z/2026-03-16T03:00:00Z After",
            ])
        },
    )
    .case(
        "two windows side by side have each meeting that touches them",
        "List calendarView",
        two_windows,
    )
}

/// A timed event whose start and end are shown like this.
fn shown(subject: &str, start: (&str, &str), end: (&str, &str)) -> Event {
    let stamp = |(time, zone): (&str, &str)| json!({"dateTime": time, "timeZone": zone});
    event(subject).with("start", stamp(start)).with("end", stamp(end))
}

fn an_unknown_zone() {
    fails(
        "Atlantis Standard Time",
        "\"Atlantis Standard Time\", which is not known",
    );
}

fn fails(zone: &str, words: &str) {
    let event = shown(
        "lost",
        ("2026-03-10T10:00:00", zone),
        ("2026-03-10T11:00:00", "UTC"),
    );
    let ended = collect(&Simulator::start(one_room([event])).unwrap());
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert!(
        !ended.stderr.contains("lost"),
        "a subject is said: {}",
        ended.stderr
    );
}

fn across_daylight_saving() -> Scenario {
    let weekly = |zone: &str, first: &str, times: u32| {
        Event::new(zone, &format!("{first}T10:00"), &format!("{first}T11:00"))
            .zone(zone)
            .repeats(Pattern::Weekly(1, vec![]))
            .times(times)
    };
    // The United States change on 8 March, Europe on 29 March, Australia back on 5 April, India never.
    Scenario::calendar(one_room([
        weekly("Pacific Standard Time", "2026-03-05", 2),
        weekly("W. Europe Standard Time", "2026-03-26", 3),
        weekly("AUS Eastern Standard Time", "2026-04-02", 2),
        weekly("India Standard Time", "2026-03-05", 2),
    ]))
    .between("2026-03-01T00:00:00Z", "2026-04-10T00:00:00Z")
    .yields([
        "2026-03-05T04:30:00Z/2026-03-05T05:30:00Z India Standard Time",
        "2026-03-05T18:00:00Z/2026-03-05T19:00:00Z Pacific Standard Time",
        "2026-03-12T04:30:00Z/2026-03-12T05:30:00Z India Standard Time",
        "2026-03-12T17:00:00Z/2026-03-12T18:00:00Z Pacific Standard Time",
        "2026-03-26T09:00:00Z/2026-03-26T10:00:00Z W. Europe Standard Time",
        "2026-04-01T23:00:00Z/2026-04-02T00:00:00Z AUS Eastern Standard Time",
        "2026-04-02T08:00:00Z/2026-04-02T09:00:00Z W. Europe Standard Time",
        "2026-04-09T00:00:00Z/2026-04-09T01:00:00Z AUS Eastern Standard Time",
        "2026-04-09T08:00:00Z/2026-04-09T09:00:00Z W. Europe Standard Time",
    ])
}

fn two_windows() {
    let simulator = Simulator::start(one_room([
        Event::new("before", "2026-03-10T22:00:00Z", "2026-03-11T00:00:00Z"),
        Event::new("over", "2026-03-10T23:00:00Z", "2026-03-11T01:00:00Z"),
        Event::new("after", "2026-03-11T00:00:00Z", "2026-03-11T01:00:00Z"),
        Event::new("moment", "2026-03-11T00:00:00Z", "2026-03-11T00:00:00Z"),
    ]))
    .unwrap();
    let day = |from: &str, to: &str| {
        let workplace = workplace(&e2e::Source::contoso(&simulator));
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
