//! The table of odd feeds in `odd.txt`: collected meetings, withheld subjects, and warnings.

use crate::fixture::{SETTINGS, Script, atrium, now, spring, with_feed};
use connector_sdk::Outcome;

/// A case of the table.
#[derive(Default)]
struct Case {
    title: String,
    zone: Option<String>,
    content_type: Option<String>,
    calendar: Vec<String>,
    events: Vec<Vec<String>>,
    expected: Vec<String>,
    warnings: Vec<String>,
    fails: Option<String>,
}

const AT_NINE: [&str; 3] = [
    "DTSTART:20260310T090000Z",
    "DTEND:20260310T093000Z",
    "SUMMARY:Talk",
];

impl Case {
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let mut case = Self {
            title: lines.next().unwrap().to_owned(),
            events: vec![Vec::new()],
            ..Self::default()
        };
        for line in lines.filter(|line| !line.is_empty()) {
            let rest = |prefix: &str| line.strip_prefix(prefix).map(str::to_owned);
            if let Some(zone) = rest("ZONE ") {
                case.zone = Some(zone);
            } else if let Some(content_type) = rest("TYPE ") {
                case.content_type = Some(content_type);
            } else if let Some(line) = rest("CALENDAR ") {
                case.calendar.push(line);
            } else if let Some(meeting) = rest("> ") {
                case.expected.push(meeting);
            } else if let Some(warning) = rest("! ") {
                case.warnings.push(warning);
            } else if let Some(reason) = rest("FAILS ") {
                case.fails = Some(reason);
            } else if line == "+" {
                case.events.push(Vec::new());
            } else {
                let event = case.events.last_mut().unwrap();
                match line {
                    "AT NINE" => event.extend(AT_NINE.map(str::to_owned)),
                    line => event.push(line.to_owned()),
                }
            }
        }
        case
    }

    fn feed(&self) -> Vec<u8> {
        let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned()];
        lines.extend(self.calendar.iter().cloned());
        for (uid, event) in ('a'..).zip(&self.events) {
            lines.push("BEGIN:VEVENT".to_owned());
            if !event.iter().any(|line| line.starts_with("UID:")) || event.iter().any(|line| line == "UID:z")
            {
                lines.push(format!("UID:{uid}"));
            }
            lines.extend(event.iter().cloned());
            lines.push("END:VEVENT".to_owned());
        }
        lines.push("END:VCALENDAR".to_owned());
        let text = lines.join("\r\n");
        let mut bytes = Vec::new();
        let mut parts = text.split('%');
        bytes.extend_from_slice(parts.next().unwrap().as_bytes());
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        bytes
    }

    /// The difference between the actual and the expected result.
    fn wrong(&self) -> Option<String> {
        let headers: Vec<(&str, &str)> = self
            .content_type
            .iter()
            .map(|value| ("content-type", value.as_str()))
            .collect();
        let host = Script::default().on(crate::fixture::ATRIUM, 200, &headers, self.feed());
        let settings = match self.zone.as_deref() {
            None => SETTINGS.to_owned(),
            Some("none") => SETTINGS.replace(", \"time-zone\": \"Europe/Berlin\"", ""),
            Some(zone) => SETTINGS.replace("Europe/Berlin", zone),
        };
        let outcomes = now(crate::feed::collect(&host, &settings, &atrium(), spring())).unwrap();
        let said = host.log.borrow().join("\n");
        let mut sorted: Vec<String> = host
            .emitted()
            .iter()
            .map(|line| line.split_at(line.find(" 20").unwrap() + 1).1.to_owned())
            .collect();
        sorted.sort();
        let mut expected = self.expected.clone();
        expected.sort();
        let is_right = match (&outcomes[0].outcome, &self.fails) {
            (Outcome::Complete(_), None) => sorted == expected,
            (Outcome::Failed(reason), Some(part)) => format!("{reason:?}")
                .replace("\\\"", "\"")
                .contains(part.as_str()),
            _ => false,
        };
        let missing = self.warnings.iter().find(|part| !said.contains(part.as_str()));
        let told = said.contains("Secret plans") || said.contains("Talk");
        (!is_right || missing.is_some() || told).then(|| {
            format!(
                "{}: {:?}\n  found    {sorted:?}\n  expected {expected:?} {:?}\n  missing  {missing:?}\n  said     {said}",
                self.title, outcomes[0].outcome, self.fails
            )
        })
    }
}

#[test]
fn every_odd_feed_of_the_table_gives_what_is_right() {
    let table = include_str!("odd.txt");
    let cases: Vec<Case> = table.split("\n= ").skip(1).map(Case::read).collect();
    assert_eq!(cases.len(), 49);
    let wrong: Vec<String> = cases.iter().filter_map(Case::wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_settings_say_what_a_feeds_name_of_a_zone_stands_for() {
    let feed = crate::fixture::calendar(
        "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\n\
         END:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Office:20260310T090000\nEND:VEVENT",
    );
    let settings = SETTINGS.replace(
        "\"time-zone\"",
        "\"zones\": {\"office\": \"Asia/Tokyo\"}, \"time-zone\"",
    );
    let host = with_feed(feed);
    now(crate::feed::collect(&host, &settings, &atrium(), spring())).unwrap();
    assert_eq!(
        host.emitted(),
        ["a 2026-03-10T00:00:00Z 2026-03-10T00:00:00Z none"]
    );
}
