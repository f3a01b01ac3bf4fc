//! The table of events in `cases.txt`, with meetings that another implementation computed.

use crate::cursor::Cursor;
use crate::fixture::{SETTINGS, at, atrium, calendar, now, spring, with_feed};
use connector_sdk::{Outcome, Window};

const TIMEZONE: &str = "BEGIN:VTIMEZONE
TZID:Own Zone
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
";

/// A case of the table.
struct Case {
    title: String,
    calendar: String,
    window: Window,
    expected: Vec<String>,
}

fn cases() -> Vec<Case> {
    include_str!("cases.txt")
        .split("\n= ")
        .skip(1)
        .map(case)
        .collect()
}

fn case(text: &str) -> Case {
    let mut lines = text.lines();
    let title = lines.next().unwrap().to_owned();
    let mut window = spring();
    let mut zone = "";
    let mut events = vec![String::new()];
    let mut expected = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(span) = line.strip_prefix("WINDOW:") {
            let day = |day: &str| at(&format!("{}-{}-{}T00:00:00Z", &day[..4], &day[4..6], &day[6..]));
            let (start, end) = span.split_once(' ').unwrap();
            window = Window {
                start: day(start),
                end: day(end),
            };
        } else if let Some(meeting) = line.strip_prefix("> ") {
            expected.extend((meeting != "none").then(|| meeting.to_owned()));
        } else if line == "TIMEZONE" {
            zone = TIMEZONE;
        } else if line == "+" {
            events.push(String::new());
        } else {
            let event = events.last_mut().unwrap();
            event.push_str(line);
            event.push('\n');
        }
    }
    let mut components = zone.to_owned();
    for event in events {
        let uid = if event.starts_with("UID") { "" } else { "UID:a\n" };
        components.push_str(&format!(
            "BEGIN:VEVENT\n{uid}DTSTAMP:20260101T000000Z\n{event}END:VEVENT\n"
        ));
    }
    Case {
        title,
        calendar: calendar(&components),
        window,
        expected,
    }
}

#[test]
fn every_case_of_the_table_gives_the_meetings_that_another_implementation_gives() {
    let cases = cases();
    assert_eq!(cases.len(), 53);
    let mut wrong = Vec::new();
    for case in cases {
        let host = with_feed(case.calendar);
        let outcomes = now(crate::feed::collect(&host, SETTINGS, &atrium(), case.window)).unwrap();
        let mut found: Vec<String> = host
            .meetings
            .borrow()
            .iter()
            .map(|meeting| {
                format!(
                    "{} {}",
                    crate::fixture::written(meeting.start),
                    crate::fixture::written(meeting.end)
                )
            })
            .collect();
        found.sort();
        if outcomes[0].outcome != Outcome::Complete(Cursor::Full.text()) || found != case.expected {
            let Case { title, expected, .. } = case;
            wrong.push(format!(
                "{title}: {:?}\n  found    {found:?}\n  expected {expected:?}",
                outcomes[0].outcome
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
