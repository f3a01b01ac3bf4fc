//! The zones of Windows: all 142 of them (139, and the three that Canada got in 2026), through every month of five years.
//!
//! What they must be stands in `plugin/o365/src/zone/offsets.txt`, which another implementation made (`plugin/o365/src/zone/offsets.py`:
//! Python's zoneinfo with the IANA database, and the names from Unicode's table). That the simulator knows zones too does not matter: it
//! only decides in which window an event is looked for.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, TimeDelta};
use e2e::{Ended, Source};
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::case::Area;
use crate::setting::workplace;

const OFFSETS: &str = include_str!("../../../../plugin/o365/src/zone/offsets.txt");
const NAMES: &str = "Unicode CLDR windowsZones, IANA Time Zone Database";

pub(crate) fn area() -> Area {
    let mut area = Area::new("Zones");
    for year in 2024..=2028 {
        area = area.case(
            format!("an all-day event of every month of {year} is right in all 142 zones of Windows"),
            NAMES,
            move || every_month(year),
        );
    }
    area.case(
        "Greenwich Standard Time, which knows no summer, is not GMT Standard Time",
        "cli-microsoft365 (test data), python-o365",
        || {
            let found = days(
                [("Greenwich Standard Time", 7), ("GMT Standard Time", 7)]
                    .map(|(zone, month)| (zone.to_owned(), vec![date(2026, month)])),
                2026,
            );
            assert_eq!(
                found,
                [
                    "GMT Standard Time 2026-06-30T23:00:00Z/2026-07-01T23:00:00Z",
                    "Greenwich Standard Time 2026-07-01T00:00:00Z/2026-07-02T00:00:00Z",
                ]
            );
        },
    )
    .case(
        "a zone's name is known in any case",
        "python-o365 (windows_tz)",
        || {
            let found = days(
                [("w. europe STANDARD time".to_owned(), vec![date(2026, 7)])],
                2026,
            );
            assert_eq!(
                found,
                ["w. europe STANDARD time 2026-06-30T22:00:00Z/2026-07-01T22:00:00Z"]
            );
        },
    )
}

fn date(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap()
}

/// The first day of every month as an all-day event, a room for each zone.
fn every_month(year: i32) {
    let months: Vec<NaiveDate> = (1..=12).map(|month| date(year, month)).collect();
    let zones: Vec<Zone> = OFFSETS.lines().map(Zone::read).collect();
    assert_eq!(zones.len(), 142);
    let found = days(zones.iter().map(|zone| (zone.name.clone(), months.clone())), year);
    let mut expected: Vec<String> = zones
        .iter()
        .flat_map(|zone| months.iter().map(|day| zone.day(*day)))
        .collect();
    expected.sort();
    let wrong: Vec<(&String, &String)> = expected.iter().zip(&found).filter(|(a, b)| a != b).collect();
    assert!(
        wrong.is_empty() && expected.len() == found.len(),
        "{} expected, {} found; expected and found: {wrong:#?}",
        expected.len(),
        found.len()
    );
}

/// The instants of these days in these zones, as the collector has them, sorted: `ZONE START/END`.
fn days(zones: impl IntoIterator<Item = (String, Vec<NaiveDate>)>, year: i32) -> Vec<String> {
    let mut names = BTreeMap::new();
    let mut tenant = Tenant::new("contoso.com");
    for (number, (zone, days)) in zones.into_iter().enumerate() {
        let address = format!("room-{number:03}@contoso.com");
        // The simulator's own idea of the zone is left out: what is shown is the label.
        let events = days
            .iter()
            .map(|day| Event::all_day("Day", &day.to_string(), 1, "UTC").zone_label(&zone));
        tenant = tenant.room(Room::new(&address, &zone).events(events));
        names.insert(address, zone);
    }
    let simulator = Simulator::start(tenant).unwrap();
    let ended: Ended = workplace(&Source::contoso(&simulator))
        .collect_between(
            &format!("{}-12-30T00:00:00Z", year - 1),
            &format!("{}-01-02T00:00:00Z", year + 1),
            &[],
        )
        .unwrap();
    let meetings = ended.meetings(0).unwrap();
    assert_eq!(ended.said("cannot be resolved"), [""; 0], "a zone is not known");
    let mut found: Vec<String> = meetings
        .iter()
        .map(|meeting| {
            let text = |key: &str| meeting[key].as_str().unwrap();
            format!("{} {}/{}", names[text("room")], text("start"), text("end"))
        })
        .collect();
    found.sort();
    found
}

/// What a line of the table says of a zone.
struct Zone {
    name: String,
    /// The minutes from UTC at the beginning of 2024.
    first: i64,
    /// From when on there are others.
    changes: Vec<(NaiveDateTime, i64)>,
}

impl Zone {
    fn read(line: &str) -> Self {
        let (name, offsets) = line.split_once('\t').unwrap();
        let mut offsets = offsets.split(' ');
        let first = offsets.next().unwrap().parse().unwrap();
        let change = |text: &str| {
            let (at, minutes) = text.split_once('=').unwrap();
            let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M").unwrap();
            (at, minutes.parse().unwrap())
        };
        Self {
            name: name.to_owned(),
            first,
            changes: offsets.map(change).collect(),
        }
    }

    /// The instants of a day, in the form of [`days`].
    fn day(&self, day: NaiveDate) -> String {
        let end = day.succ_opt().unwrap();
        assert_eq!(end.day(), 2);
        format!("{} {}/{}", self.name, self.midnight(day), self.midnight(end))
    }

    /// The instant at which the clocks show this midnight. None of the days that are asked for begins in a gap.
    fn midnight(&self, day: NaiveDate) -> String {
        let local = day.and_time(chrono::NaiveTime::MIN);
        let offset_at = |at: NaiveDateTime| {
            let before = self.changes.iter().rev().find(|(from, _)| *from <= at);
            before.map_or(self.first, |(_, minutes)| *minutes)
        };
        let candidates = std::iter::once(self.first).chain(self.changes.iter().map(|(_, minutes)| *minutes));
        let instant = candidates
            .map(|minutes| (local - TimeDelta::minutes(minutes), minutes))
            .filter(|(at, minutes)| offset_at(*at) == *minutes)
            .map(|(at, _)| at)
            .min();
        let instant = instant.unwrap_or_else(|| panic!("{} has no midnight on {day}", self.name));
        DateTime::<chrono::Utc>::from_naive_utc_and_offset(instant, chrono::Utc)
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    }
}
