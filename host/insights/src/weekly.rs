//! The last week that is over, as people read it on a Monday: on a page, and as a summary that is posted. Both ask for the same reports and show the
//! same parts of them.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use serde::Serialize;

use crate::group::By;
use crate::rank::Rate;
use crate::report::{Bounds, DEFINITIONS, GroupReport, Times, Verdicts, ZombieReport};
use crate::selection::{Asked, SelectedRoom, Selection};

/// Most rooms, and most series, in a list.
pub const LISTED: usize = 10;
const DAYS: i64 = 7;

/// A week from Monday to Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(Date);

impl Week {
    /// The week that begins on a date; none if that is no Monday.
    pub fn of(monday: Date) -> Option<Self> {
        (monday.weekday() == Weekday::Monday).then_some(Self(monday))
    }

    /// The last week that is over on a date.
    pub fn before(date: Date) -> Self {
        let since = i64::from(date.weekday().to_monday_zero_offset());
        Self(later(date, -since - DAYS))
    }

    /// Its Monday.
    pub fn monday(self) -> Date {
        self.0
    }

    /// The Monday after it.
    pub fn next_monday(self) -> Date {
        later(self.0, DAYS)
    }

    /// As ISO 8601 writes it: `2026-W47`.
    pub fn iso(self) -> String {
        let week = self.0.iso_week_date();
        format!("{:04}-W{:02}", week.year(), week.week())
    }

    /// The reports that it is shown from.
    pub fn asked(self) -> Vec<Asked> {
        let ask = |from: Date, by| Asked::of(by, from, later(from, DAYS));
        vec![
            ask(self.0, By::All).with_zombies(),
            ask(later(self.0, -DAYS), By::All),
            ask(self.0, By::HourOfWeek),
            ask(self.0, By::Building),
            ask(self.0, By::Room),
        ]
    }
}

/// The nearest date of the calendar so many days later.
fn later(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
}

/// What is shown of a week.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<'a> {
    /// All of it.
    pub all: &'a GroupReport,
    /// The week before.
    pub before: Option<&'a GroupReport>,
    /// By hour of the week.
    pub hours: &'a [GroupReport],
    /// By building.
    pub buildings: &'a [GroupReport],
    /// The rooms that were booked longest for nobody, at most [`LISTED`].
    pub lost: Vec<(&'a GroupReport, Option<&'a SelectedRoom>)>,
    /// The series that hold most and that nobody attends any more, at most [`LISTED`].
    pub series: Vec<(&'a ZombieReport, Option<&'a SelectedRoom>)>,
}

impl<'a> Shown<'a> {
    /// Of the rooms and reports for which [`Week::asked`] asks. None without rooms.
    pub fn of(selection: &'a Selection) -> Option<Self> {
        let [all, before, hours, buildings, rooms] = selection.reports.as_slice() else {
            return None;
        };
        let by_address = selection.rooms.iter().map(|room| (room.address.as_str(), room));
        let named: HashMap<&str, &SelectedRoom> = by_address.collect();
        let mut lost: Vec<_> = rooms
            .groups
            .iter()
            .filter(|group| group.no_show_seconds > 0)
            .map(|group| (group, named.get(group.key.as_str()).copied()))
            .collect();
        lost.sort_by_key(|(group, _)| Reverse(group.no_show_seconds));
        lost.truncate(LISTED);
        let mut series = selection.zombies();
        series.truncate(LISTED);
        Some(Self {
            all: all.groups.first()?,
            before: before.groups.first(),
            hours: &hours.groups,
            buildings: &buildings.groups,
            lost,
            series,
        })
    }

    /// The summary as a JSON object, with the address of the page that shows the same, if that is known.
    ///
    /// # Errors
    /// Never in practice: all keys are texts.
    pub fn json(&self, week: Week, page: Option<&str>) -> serde_json::Result<String> {
        serde_json::to_string(&Summary {
            kind: "weekly-summary",
            week: week.iso(),
            from: week.monday().to_string(),
            to: week.next_monday().to_string(),
            definitions: DEFINITIONS,
            page,
            figures: Figures::of(self.all),
            week_before: self.before.map(Figures::of),
            buildings: self.buildings.iter().map(Keyed::of).collect(),
            hours: self.hours.iter().map(Hour::of).collect(),
            rooms_booked_for_nobody: self
                .lost
                .iter()
                .map(|(group, room)| LostRoom::of(group, *room))
                .collect(),
            series_to_cancel: self
                .series
                .iter()
                .map(|(zombie, room)| Series::of(zombie, *room))
                .collect(),
        })
    }
}

/// The summary as it is written.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    week: String,
    from: String,
    to: String,
    definitions: u32,
    page: Option<&'a str>,
    figures: Figures,
    week_before: Option<Figures>,
    buildings: Vec<Keyed<'a>>,
    hours: Vec<Hour<'a>>,
    rooms_booked_for_nobody: Vec<LostRoom<'a>>,
    series_to_cancel: Vec<Series<'a>>,
}

/// Figures by the names of reports, with how much of them is known. What nobody can tell is null.
#[derive(Serialize)]
struct Figures {
    rooms: Option<i64>,
    rooms_observed: Option<i64>,
    coverage: Option<Rate>,
    booked_rate: Option<Rate>,
    used_rate: Option<Bounds>,
    held_empty_rate: Option<Rate>,
    no_show_rate: Bounds,
    bookings: Verdicts,
    bookings_judged: i64,
    no_show_seconds: Option<i64>,
    given_back_seconds: Option<i64>,
    reused_seconds: Option<i64>,
    unbooked_sessions: Option<Times>,
}

impl Figures {
    fn of(group: &GroupReport) -> Self {
        let is_judged = group.no_show_rate.value.is_some();
        let is_read = group.booked_rate.is_some();
        let is_observed = group.rooms_observed.is_some_and(|rooms| rooms > 0);
        Self {
            rooms: group.rooms,
            rooms_observed: group.rooms_observed,
            coverage: group.coverage,
            booked_rate: group.booked_rate,
            used_rate: group.used_rate,
            held_empty_rate: group.held_empty_rate,
            no_show_rate: group.no_show_rate,
            bookings: group.bookings,
            bookings_judged: group.basis.judged,
            no_show_seconds: is_judged.then_some(group.no_show_seconds),
            given_back_seconds: is_read.then_some(group.given_back_seconds),
            reused_seconds: is_read.then_some(group.reused_seconds),
            unbooked_sessions: group.unbooked_sessions.filter(|_| is_observed),
        }
    }
}

#[derive(Serialize)]
struct Keyed<'a> {
    key: &'a str,
    #[serde(flatten)]
    figures: Figures,
}

impl<'a> Keyed<'a> {
    fn of(group: &'a GroupReport) -> Self {
        Self {
            key: &group.key,
            figures: Figures::of(group),
        }
    }
}

#[derive(Serialize)]
struct Hour<'a> {
    key: &'a str,
    rooms: Option<i64>,
    rooms_observed: Option<i64>,
    coverage: Option<Rate>,
    used_rate: Option<Bounds>,
}

impl<'a> Hour<'a> {
    fn of(group: &'a GroupReport) -> Self {
        Self {
            key: &group.key,
            rooms: group.rooms,
            rooms_observed: group.rooms_observed,
            coverage: group.coverage,
            used_rate: group.used_rate,
        }
    }
}

#[derive(Serialize)]
struct LostRoom<'a> {
    room: &'a str,
    name: Option<&'a str>,
    building: Option<&'a str>,
    coverage: Option<Rate>,
    no_show_rate: Bounds,
    bookings_judged: i64,
    no_show_seconds: i64,
}

impl<'a> LostRoom<'a> {
    fn of(group: &'a GroupReport, room: Option<&'a SelectedRoom>) -> Self {
        Self {
            room: &group.key,
            name: room.map(SelectedRoom::title),
            building: room.and_then(|room| room.building.as_deref()),
            coverage: group.coverage,
            no_show_rate: group.no_show_rate,
            bookings_judged: group.basis.judged,
            no_show_seconds: group.no_show_seconds,
        }
    }
}

#[derive(Serialize)]
struct Series<'a> {
    name: Option<&'a str>,
    #[serde(flatten)]
    zombie: &'a ZombieReport,
}

impl<'a> Series<'a> {
    fn of(zombie: &'a ZombieReport, room: Option<&'a SelectedRoom>) -> Self {
        Self {
            name: room.map(SelectedRoom::title),
            zombie,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::{Parameters, Report};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn report(by: By, groups: Vec<GroupReport>) -> Report {
        Report {
            from: String::new(),
            to: String::new(),
            by: by.as_str(),
            definitions: DEFINITIONS,
            parameters: Parameters {},
            groups,
        }
    }

    fn selection(of_rooms: Vec<GroupReport>) -> Selection {
        let unknown = GroupReport {
            key: "all".into(),
            rooms: Some(2),
            rooms_observed: Some(0),
            unbooked_sessions: Some(Times::default()),
            ..GroupReport::default()
        };
        let all = |by| report(by, vec![unknown.clone()]);
        Selection {
            rooms: Vec::new(),
            all_rooms: 2,
            buildings: Default::default(),
            tags: Default::default(),
            lists: Default::default(),
            has_zone: true,
            reports: vec![
                all(By::All),
                all(By::All),
                all(By::HourOfWeek),
                all(By::Building),
                report(By::Room, of_rooms),
            ],
        }
    }

    #[test]
    fn the_last_week_is_over_on_its_next_monday() {
        for (today, monday) in [
            ("2026-11-22", "2026-11-09"),
            ("2026-11-23", "2026-11-16"),
            ("2026-11-29", "2026-11-16"),
            ("2027-01-04", "2026-12-28"),
        ] {
            let week = Week::before(date(today));
            assert_eq!(week.monday(), date(monday), "{today}");
            assert_eq!(Week::of(week.monday()), Some(week));
        }
        assert_eq!(Week::of(date("2026-11-17")), None);
        assert_eq!(Week::before(date("2027-01-04")).iso(), "2026-W53");
    }

    #[test]
    fn what_nobody_can_tell_is_null_in_a_summary() {
        let selection = selection(Vec::new());
        let week = Week::before(date("2026-11-23"));
        let written = Shown::of(&selection).unwrap().json(week, None).unwrap();
        let summary: Value = serde_json::from_str(&written).unwrap();
        let figures = &summary["figures"];
        for key in [
            "coverage",
            "used_rate",
            "no_show_seconds",
            "given_back_seconds",
            "unbooked_sessions",
        ] {
            assert_eq!(figures[key], Value::Null, "{key}");
        }
        assert_eq!(figures["rooms"], json!(2));
        assert_eq!(summary["page"], Value::Null);
        assert_eq!(
            (&summary["from"], &summary["to"]),
            (&json!("2026-11-16"), &json!("2026-11-23"))
        );
    }

    #[test]
    fn the_rooms_that_lose_most_are_listed_first() {
        let lost = |key: usize| GroupReport {
            key: format!("{key}"),
            no_show_seconds: i64::try_from(key).unwrap(),
            ..GroupReport::default()
        };
        let selection = selection((0..30).map(lost).collect());
        let shown = Shown::of(&selection).unwrap();
        let keys: Vec<&str> = shown.lost.iter().map(|(group, _)| group.key.as_str()).collect();
        assert_eq!(keys, ["29", "28", "27", "26", "25", "24", "23", "22", "21", "20"]);
    }
}
