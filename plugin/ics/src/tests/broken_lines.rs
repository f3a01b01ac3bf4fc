//! Properties that hold whatever happens to a feed's lines on their way: no subject is shown that a stricter reading would withhold, and no
//! meeting is missing without a warning.

use crate::fixture::{SETTINGS, atrium, now, spring, with_feed};
use connector_sdk::{Meeting, Outcome, Subject};
use proptest::prelude::*;

/// Lines of an event that are not needed, in which damage must have no effect.
const OTHERS: [&str; 8] = [
    "ORGANIZER;X-KEY=1;CN=Kim:mailto:kim@example.com",
    "ATTENDEE;CN=\"Kim: the one\";ROLE=CHAIR:mailto:kim@example.com",
    "DESCRIPTION:Dear all\\, please come",
    "LOCATION;ALTREP=\"https://example.com/a:b\":Room 3",
    "X-ALT-DESC;FMTTYPE=text/html:<p>text</p>",
    "TRANSP:OPAQUE",
    "CATEGORIES:A,B",
    "CREATED:20260101T000000Z",
];

/// The lines of an event, without those that begin and end it. Its subject contains its number.
#[derive(Debug, Clone)]
struct Lines {
    lines: Vec<String>,
    class: Option<usize>,
}

fn event(number: usize) -> impl Strategy<Value = Lines> {
    let rule = prop::sample::select(vec![
        "",
        "RRULE:FREQ=DAILY;COUNT=3",
        "RDATE:20260420T090000Z",
        "RRULE:FREQ=WEEKLY;UNTIL=20260401",
    ]);
    let class = prop::sample::select(vec!["", "", "CLASS:PRIVATE", "CLASS:CONFIDENTIAL"]);
    let others = prop::collection::vec(prop::sample::select(OTHERS.to_vec()), 0..4);
    (rule, class, others, 1u32..28)
        .prop_map(move |(rule, class, others, day)| {
            let mut lines = vec![
                format!("UID:event-{number}"),
                format!("DTSTART;TZID=\"Europe/Berlin\":202603{day:02}T090000"),
                "DURATION:PT1H".to_owned(),
                format!("SUMMARY;LANGUAGE=en:subject-{number}"),
            ];
            lines.extend(
                [rule, class]
                    .iter()
                    .filter(|line| !line.is_empty())
                    .map(|line| (*line).to_owned()),
            );
            lines.extend(others.into_iter().map(str::to_owned));
            lines
        })
        .prop_flat_map(|lines| Just(lines).prop_shuffle())
        .prop_map(|lines| Lines {
            class: lines.iter().position(|line| line.starts_with("CLASS")),
            lines,
        })
}

/// Damage to a line.
#[derive(Debug, Clone)]
enum Damage {
    /// It ends before its colon; something of it is left.
    Cut(usize),
    /// A colon becomes something else.
    NoColon(char),
    /// A quote gets into it.
    Quote(usize),
    /// It breaks in two.
    Break(usize),
    /// Its line break is lost.
    Joined,
    /// A blank gets before it, which makes it a part of the line before.
    Blank,
    /// Something that is not a line gets before it.
    Before(String),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (1usize..40).prop_map(Damage::Cut),
        prop::sample::select(vec![' ', ';', '=', '\u{e9}', '\t']).prop_map(Damage::NoColon),
        (0usize..40).prop_map(Damage::Quote),
        (1usize..40).prop_map(Damage::Break),
        Just(Damage::Joined),
        Just(Damage::Blank),
        "[A-Za-z \"=;,.\u{e9}-]{1,12}".prop_map(Damage::Before),
    ]
}

/// A line's place for a number, between two characters.
fn place(line: &str, number: usize) -> usize {
    (number.min(line.len())..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap()
}

impl Damage {
    /// The damaged line with its end.
    fn apply(&self, line: &str) -> String {
        let end = "\r\n";
        match self {
            Self::Cut(length) => {
                let head = line.split(':').next().unwrap();
                format!("{}{end}", &head[..place(head, *length)])
            }
            Self::NoColon(other) => format!("{}{end}", line.replacen(':', &other.to_string(), 1)),
            Self::Quote(at) => {
                let (head, tail) = line.split_at(place(line, *at));
                format!("{head}\"{tail}{end}")
            }
            Self::Break(at) => {
                let (head, tail) = line.split_at(place(line, *at));
                format!("{head}{end}{tail}{end}")
            }
            Self::Joined => line.to_owned(),
            Self::Blank => format!(" {line}{end}"),
            Self::Before(text) => format!("{text}{end}{line}{end}"),
        }
    }
}

/// A feed of these events, in which the lines of these numbers are damaged.
fn feed(events: &[Lines], damages: &[(usize, usize, Damage)]) -> String {
    let mut feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for (number, event) in events.iter().enumerate() {
        feed.push_str("BEGIN:VEVENT\r\n");
        let mut joined = false;
        for (at, line) in event.lines.iter().enumerate() {
            let damage = damages
                .iter()
                .find(|(event, line, _)| {
                    event % events.len() == number && line % events[number].lines.len() == at
                })
                .map(|(_, _, damage)| damage)
                // A few letters at the end of another line leave no trace of a line.
                .filter(|damage| !(joined && matches!(damage, Damage::Cut(_))));
            joined = matches!(damage, Some(Damage::Joined));
            match damage {
                Some(damage) => feed.push_str(&damage.apply(line)),
                None => feed.push_str(&format!("{line}\r\n")),
            }
        }
        feed.push_str("END:VEVENT\r\n");
    }
    feed + "END:VCALENDAR\r\n"
}

/// The emitted meetings, and whether there was a warning; none if the room fails.
fn collected(feed: &str) -> Option<(Vec<Meeting<'static>>, bool)> {
    let host = with_feed(feed);
    let outcomes = now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap();
    let warned = host.log.borrow().iter().any(|line| line.starts_with("Warn"));
    matches!(outcomes[0].outcome, Outcome::Complete(_)).then(|| (host.meetings.take(), warned))
}

fn events() -> impl Strategy<Value = Vec<Lines>> {
    (event(0), event(1), event(2)).prop_map(|(a, b, c)| vec![a, b, c])
}

proptest! {
    /// Whatever happens to lines, including the CLASS: it is there, or its place is noticed.
    #[test]
    fn no_subject_is_shown_that_a_stricter_reading_would_withhold(
        events in events(),
        damages in prop::collection::vec((0usize..3, 0usize..20, damage()), 0..4),
    ) {
        let feed = feed(&events, &damages);
        let Some((meetings, _)) = collected(&feed) else { return Ok(()) };
        for (number, _) in events.iter().enumerate().filter(|(_, event)| event.class.is_some()) {
            let told = format!("subject-{number}");
            let shown = meetings.iter().find(|meeting| {
                matches!(&meeting.subject, Subject::Text(subject) if subject.contains(&told))
            });
            prop_assert!(shown.is_none(), "{shown:?} of\n{feed}");
        }
    }

    #[test]
    fn no_meeting_is_missing_without_a_word(
        events in events(),
        damages in prop::collection::vec((0usize..3, 0usize..20, damage()), 0..4),
    ) {
        // The rest of a value after a break may be a valid value: nothing shows that it was longer.
        let damages: Vec<_> = damages
            .into_iter()
            .filter(|(_, _, damage)| !matches!(damage, Damage::Break(_)))
            .collect();
        let (whole, _) = collected(&feed(&events, &[])).unwrap();
        let feed = feed(&events, &damages);
        let Some((meetings, warned)) = collected(&feed) else { return Ok(()) };
        prop_assert!(warned || meetings.len() >= whole.len(), "{} of {}:\n{feed}", meetings.len(), whole.len());
    }
}
