//! All-day events: a pair of dates in the event's own zone, whatever zone they are shown in.

use graph_sim::{Event, Pattern, Simulator};

use crate::case::Area;
use crate::scenario::{Scenario, spans};
use crate::setting::{collect, one_room};

const BY_DESIGN: &str = "microsoft-graph-docs #1802, #6003, #16798, msgraph-sdk-javascript #1158";
const EDGES: &str = "Microsoft Q&A 970643, 978210";

/// A zone, and the instants of its 11 March 2026: on both sides of the date line.
const DAYS: [(&str, &str); 8] = [
    (
        "Line Islands Standard Time",
        "2026-03-10T10:00:00Z/2026-03-11T10:00:00Z",
    ),
    (
        "New Zealand Standard Time",
        "2026-03-10T11:00:00Z/2026-03-11T11:00:00Z",
    ),
    (
        "W. Europe Standard Time",
        "2026-03-10T23:00:00Z/2026-03-11T23:00:00Z",
    ),
    ("UTC", "2026-03-11T00:00:00Z/2026-03-12T00:00:00Z"),
    ("America/Los_Angeles", "2026-03-11T07:00:00Z/2026-03-12T07:00:00Z"),
    (
        "Hawaiian Standard Time",
        "2026-03-11T10:00:00Z/2026-03-12T10:00:00Z",
    ),
    ("UTC-11", "2026-03-11T11:00:00Z/2026-03-12T11:00:00Z"),
    (
        "Dateline Standard Time",
        "2026-03-11T12:00:00Z/2026-03-12T12:00:00Z",
    ),
];

/// A zone, a day on which its clocks change, and the instants of that day.
const CHANGES: [(&str, &str, &str, &str); 6] = [
    (
        "W. Europe Standard Time",
        "2026-03-29",
        "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z",
        "23 hours",
    ),
    (
        "W. Europe Standard Time",
        "2026-10-25",
        "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z",
        "25 hours",
    ),
    (
        "Pacific Standard Time",
        "2026-03-08",
        "2026-03-08T08:00:00Z/2026-03-09T07:00:00Z",
        "23 hours",
    ),
    (
        "Lord Howe Standard Time",
        "2026-04-05",
        "2026-04-04T13:00:00Z/2026-04-05T13:30:00Z",
        "24 hours and a half",
    ),
    (
        "New Zealand Standard Time",
        "2026-04-05",
        "2026-04-04T11:00:00Z/2026-04-05T12:00:00Z",
        "25 hours",
    ),
    (
        "Middle East Standard Time",
        "2026-03-29",
        "2026-03-28T22:00:00Z/2026-03-29T21:00:00Z",
        "23 hours, since it begins at one o'clock",
    ),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("All-day events");
    for (zone, day) in DAYS {
        area = area.reading(
            format!("an all-day event made in {zone} is the day of that zone"),
            BY_DESIGN,
            move || {
                Scenario::calendar(one_room([Event::all_day("Day", "2026-03-11", 1, zone)]))
                    .yields([format!("{day} Day")])
            },
        );
    }
    for (zone, date, day, length) in CHANGES {
        area = area.reading(
            format!("an all-day event on {date} in {zone} has {length}"),
            "python-o365 #690, #838",
            move || {
                let event = Event::all_day("Day", date, 1, zone);
                Scenario::calendar(one_room([event]))
                    .between("2026-03-01T00:00:00Z", "2026-11-01T00:00:00Z")
                    .yields([format!("{day} Day")])
            },
        );
    }
    area.reading(
        "an all-day event of three days over a daylight-saving change has 71 hours",
        "python-o365 #690, #838",
        || {
            let event = Event::all_day("Fair", "2026-03-28", 3, "W. Europe Standard Time");
            Scenario::calendar(one_room([event]))
                .between("2026-03-23T00:00:00Z", "2026-04-06T00:00:00Z")
                .yields(["2026-03-27T23:00:00Z/2026-03-30T22:00:00Z Fair"])
        },
    )
    .reading(
        "each day of an all-day series is that day of its zone, across a daylight-saving change",
        "python-o365 #690, #838",
        || {
            let series = Event::all_day("Duty", "2026-03-28", 1, "W. Europe Standard Time")
                .repeats(Pattern::Daily(1))
                .times(3);
            Scenario::calendar(one_room([series]))
                .between("2026-03-23T00:00:00Z", "2026-04-06T00:00:00Z")
                .yields([
                    "2026-03-27T23:00:00Z/2026-03-28T23:00:00Z Duty",
                    "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z Duty",
                    "2026-03-29T22:00:00Z/2026-03-30T22:00:00Z Duty",
                ])
        },
    )
    .reading(
        "all-day events at the edges of the window are in or out by their true instants",
        EDGES,
        at_the_edges,
    )
    .case(
        "an all-day event says that it is one",
        "event resource type",
        || {
            let events = [
                Event::all_day("Day", "2026-03-11", 1, "W. Europe Standard Time"),
                crate::setting::event("Hour"),
            ];
            let ended = collect(&Simulator::start(one_room(events)).unwrap());
            let all_day: Vec<bool> = ended
                .meetings(0)
                .unwrap()
                .iter()
                .map(|meeting| meeting["all_day"] == true)
                .collect();
            assert_eq!(all_day, [false, true], "{}", ended.stdout);
        },
    )
    .case(
        "an all-day event in tzone://Microsoft/Custom is the day of UTC, and told",
        "davmail #469",
        || custom("tzone://Microsoft/Custom"),
    )
    .case(
        "an all-day event in Customized Time Zone is the day of UTC, and told",
        "timeZoneBase resource type",
        || custom("Customized Time Zone"),
    )
    .case(
        "an all-day event in a zone that nobody knows is the day of UTC, and told",
        "OutlookGoogleCalendarSync #2148",
        || custom("Atlantis Standard Time"),
    )
    .case(
        "an all-day event without its own zone is the day of UTC, and told",
        "event resource type",
        || {
            let event = Event::all_day("Day", "2026-03-11", 1, "Tokyo Standard Time")
                .without_property("originalStartTimeZone")
                .without_property("originalEndTimeZone");
            told_as_utc(event);
        },
    )
    .reading(
        "an all-day event whose start has no zone of its own takes that of its end",
        "event resource type",
        || {
            let event = Event::all_day("Day", "2026-03-11", 1, "Tokyo Standard Time")
                .without_property("originalStartTimeZone");
            Scenario::calendar(one_room([event])).yields(["2026-03-10T15:00:00Z/2026-03-11T15:00:00Z Day"])
        },
    )
    .reading(
        "an all-day event in tzone://Microsoft/Utc is the day of UTC",
        "davmail #469",
        || {
            let event = Event::all_day("Day", "2026-03-11", 1, "UTC").zone_label("tzone://Microsoft/Utc");
            Scenario::calendar(one_room([event])).yields(["2026-03-11T00:00:00Z/2026-03-12T00:00:00Z Day"])
        },
    )
}

fn at_the_edges() -> Scenario {
    let days = |name: &'static str, zone: &'static str| {
        (8..=12)
            .map(move |day| Event::all_day(&format!("{name} {day}"), &format!("2026-03-{day:02}"), 1, zone))
    };
    let events = days("Auckland", "New Zealand Standard Time")
        .chain(days("Amsterdam", "W. Europe Standard Time"))
        .chain(days("Honolulu", "Hawaiian Standard Time"));
    // The tenth of March, UTC.
    Scenario::calendar(one_room(events))
        .between("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")
        .yields([
            "2026-03-09T10:00:00Z/2026-03-10T10:00:00Z Honolulu 9",
            "2026-03-09T11:00:00Z/2026-03-10T11:00:00Z Auckland 10",
            "2026-03-09T23:00:00Z/2026-03-10T23:00:00Z Amsterdam 10",
            "2026-03-10T10:00:00Z/2026-03-11T10:00:00Z Honolulu 10",
            "2026-03-10T11:00:00Z/2026-03-11T11:00:00Z Auckland 11",
            "2026-03-10T23:00:00Z/2026-03-11T23:00:00Z Amsterdam 11",
        ])
}

fn custom(label: &str) {
    told_as_utc(Event::all_day("Day", "2026-03-11", 1, "UTC").zone_label(label));
}

fn told_as_utc(event: Event) {
    let ended = collect(&Simulator::start(one_room([event])).unwrap());
    assert_eq!(
        spans(&ended),
        ["2026-03-11T00:00:00Z/2026-03-12T00:00:00Z Day"],
        "{}",
        ended.stderr
    );
    let said = ended.said("conf-a@contoso.com: 1 all-day events have a time zone that cannot be resolved");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
}
