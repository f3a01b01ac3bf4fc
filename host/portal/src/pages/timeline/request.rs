//! What to show on a timeline: which rooms, which days, in which time zone. Days are those of the zone, so one may have 23 or 25 hours.

use std::str::FromStr as _;

use chrono::{Datelike as _, Days, NaiveDate};
use url::form_urlencoded;

use crate::api::TimelineQuery;
use crate::pages::elements::{link, short};
use crate::zone::{YEARS, Zone};

/// The value that requests rooms without a building; an empty text requests all rooms.
pub(super) const WITHOUT_BUILDING: &str = "-";

/// How much is shown at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
}

impl Span {
    /// Rooms on one page: more than anyone compares side by side. A week of a room is as long as some days of several.
    pub(super) fn rooms(self) -> u64 {
        match self {
            Self::Day => 50,
            Self::Week => 20,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

/// A day of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    /// Its date.
    pub(crate) date: NaiveDate,
    /// Its first instant, in UTC seconds.
    pub(crate) start: i64,
    /// The first instant of the next day.
    pub(crate) end: i64,
}

/// What the address of the timeline asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimelineRequest {
    /// Only this source; `None` for all.
    pub(crate) source: Option<String>,
    /// Only this building; empty for rooms without one; `None` for all.
    pub(crate) building: Option<String>,
    /// Only rooms whose address, name or building contains this text.
    pub(crate) text: Option<String>,
    /// How many rooms to skip.
    pub(crate) skip: u64,
    /// The day, or a day of the week.
    pub(crate) date: NaiveDate,
    /// Whether to show a day or a week.
    pub(crate) span: Span,
    /// The zone that defines the days.
    pub(crate) zone: Zone,
    /// Whether the address names the zone, so that whoever follows it sees the same days.
    pub(crate) is_zone_asked: bool,
    /// A zone name that was requested and does not exist.
    pub(crate) unknown_zone: Option<String>,
    /// What was requested as a date and is none that room calendars cover.
    pub(crate) unknown_date: Option<String>,
    /// Now, in UTC seconds.
    pub(crate) now: i64,
}

impl TimelineRequest {
    /// Reads the query of an address. Defaults to today, the view of a day, and the zone of whoever reads it.
    pub(crate) fn from_query(raw_query: &str, own_zone: Zone, now: i64) -> Self {
        let mut request = Self {
            source: None,
            building: None,
            text: None,
            skip: 0,
            date: NaiveDate::default(),
            span: Span::Day,
            zone: own_zone,
            is_zone_asked: false,
            unknown_zone: None,
            unknown_date: None,
            now,
        };
        let mut date = None;
        for (key, value) in form_urlencoded::parse(raw_query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match key.as_ref() {
                "source" => request.source = Some(value.to_owned()),
                "text" => request.text = Some(short(value)),
                "skip" => request.skip = value.parse().unwrap_or(0),
                "building" if value == WITHOUT_BUILDING => request.building = Some(String::new()),
                "building" => request.building = Some(value.to_owned()),
                "date" => {
                    date = NaiveDate::from_str(value)
                        .ok()
                        .filter(|date| YEARS.contains(&date.year()));
                    request.unknown_date = date.is_none().then(|| short(value));
                }
                "view" if value == Span::Week.word() => request.span = Span::Week,
                "zone" => match Zone::named(value) {
                    Some(zone) => {
                        request.zone = zone;
                        request.is_zone_asked = true;
                    }
                    None => request.unknown_zone = Some(value.to_owned()),
                },
                _ => {}
            }
        }
        request.date = date.unwrap_or_else(|| request.today());
        // A zone that moved across the date line skipped a day.
        if request.day(request.date).start == request.day(request.date).end {
            request.date = after(request.date, 1);
        }
        request
    }

    /// The query for the backend.
    pub(crate) fn query(&self) -> TimelineQuery {
        let (first, last) = self.dates();
        TimelineQuery {
            source: self.source.clone(),
            building: self.building.clone(),
            text: self.text.clone(),
            start: self.day(first).start,
            end: self.day(last).end,
            skip: self.skip,
            limit: self.span.rooms(),
        }
    }

    /// The days shown, in order.
    pub(crate) fn days(&self) -> Vec<Day> {
        let (first, last) = self.dates();
        first
            .iter_days()
            .take_while(|date| *date <= last)
            .map(|date| self.day(date))
            .collect()
    }

    /// The first and the last date.
    pub(crate) fn dates(&self) -> (NaiveDate, NaiveDate) {
        match self.span {
            Span::Day => (self.date, self.date),
            Span::Week => {
                let week = self.date.week(chrono::Weekday::Mon);
                let first = week.checked_first_day().unwrap_or(self.date);
                (first, after(first, 6))
            }
        }
    }

    /// Today's date in the zone.
    pub(crate) fn today(&self) -> NaiveDate {
        self.zone
            .local(self.now)
            .map_or_else(NaiveDate::default, |now| now.date_naive())
    }

    /// The same request moved by a number of days or weeks, back if negative.
    pub(crate) fn moved(&self, by: i64) -> Self {
        let by = if self.span == Span::Week { by * 7 } else { by };
        Self {
            date: after(self.date, by),
            ..self.clone()
        }
    }

    /// The same request for another date and span, on the page that has the first of its rooms.
    pub(crate) fn of(&self, date: NaiveDate, span: Span) -> Self {
        Self {
            date,
            span,
            skip: self.skip / span.rooms() * span.rooms(),
            ..self.clone()
        }
    }

    /// The same request for another page of rooms.
    pub(crate) fn at(&self, skip: u64) -> Self {
        Self { skip, ..self.clone() }
    }

    /// The same request in the zone of whoever reads it.
    pub(crate) fn in_own_zone(&self) -> Self {
        Self {
            is_zone_asked: false,
            ..self.clone()
        }
    }

    /// The address of this request.
    pub(crate) fn link(&self) -> String {
        let skip = self.skip.to_string();
        link(
            "/timeline",
            &[
                ("building", self.building_value()),
                ("source", self.source.as_deref().unwrap_or_default()),
                ("text", self.text.as_deref().unwrap_or_default()),
                ("date", &self.date.to_string()),
                ("view", self.span.word()),
                ("zone", if self.is_zone_asked { self.zone.name() } else { "" }),
                ("skip", if self.skip == 0 { "" } else { &skip }),
            ],
        )
    }

    /// The building as the form and the address name it.
    pub(crate) fn building_value(&self) -> &str {
        match self.building.as_deref() {
            None => "",
            Some("") => WITHOUT_BUILDING,
            Some(building) => building,
        }
    }

    fn day(&self, date: NaiveDate) -> Day {
        Day {
            date,
            start: self.zone.first_instant(date),
            end: self.zone.first_instant(after(date, 1)),
        }
    }
}

/// The date a number of days later, or earlier if negative; unchanged at the end of the calendar.
fn after(date: NaiveDate, days: i64) -> NaiveDate {
    let moved = if days < 0 {
        date.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        date.checked_add_days(Days::new(days.unsigned_abs()))
    };
    moved.unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tuesday 2026-03-10, 10:05 UTC.
    const NOW: i64 = 1_773_137_100;

    fn request(query: &str) -> TimelineRequest {
        TimelineRequest::from_query(query, Zone::UTC, NOW)
    }

    fn hours(query: &str) -> Vec<i64> {
        request(query)
            .days()
            .iter()
            .map(|day| (day.end - day.start) / 1_800)
            .map(|halves| halves * 5)
            .collect()
    }

    #[test]
    fn nothing_asked_is_today_of_all_rooms_in_utc() {
        let asked = request("");
        assert_eq!(
            (asked.date.to_string().as_str(), asked.span, &asked.zone),
            ("2026-03-10", Span::Day, &Zone::UTC)
        );
        let start = 1_773_100_800;
        assert_eq!(
            asked.query(),
            TimelineQuery {
                source: None,
                building: None,
                text: None,
                start,
                end: start + 86_400,
                skip: 0,
                limit: 50
            }
        );
    }

    #[test]
    fn the_zone_is_that_of_the_address_or_of_whoever_reads_it() {
        let berlin = || Zone::named("Europe/Berlin").unwrap();
        let zone = |query| {
            let asked = TimelineRequest::from_query(query, berlin(), NOW);
            (asked.zone.name().to_owned(), asked.is_zone_asked)
        };
        assert_eq!(zone("zone=Asia%2FTokyo"), ("Asia/Tokyo".to_owned(), true));
        assert_eq!(zone("zone="), ("Europe/Berlin".to_owned(), false));
        let unknown = TimelineRequest::from_query("zone=Mars%2FBase", berlin(), NOW);
        assert_eq!(
            (unknown.zone.name(), unknown.unknown_zone.as_deref()),
            ("Europe/Berlin", Some("Mars/Base"))
        );
    }

    #[test]
    fn a_date_that_is_none_is_kept_to_be_told() {
        let unknown = |query| request(query).unknown_date;
        assert_eq!(unknown("date=2026-02-30").as_deref(), Some("2026-02-30"));
        assert_eq!(unknown("date=0001-01-01").as_deref(), Some("0001-01-01"));
        assert_eq!((unknown("date=2026-03-10"), unknown("date=")), (None, None));
    }

    #[test]
    fn today_is_the_date_of_the_zone() {
        // 10:05 UTC is 00:05 of the next day on Kiritimati (+14), and 23:05 of the day before on Niue (-11).
        assert_eq!(request("zone=Pacific/Kiritimati").date.to_string(), "2026-03-11");
        assert_eq!(request("zone=Pacific/Niue").date.to_string(), "2026-03-09");
    }

    #[test]
    fn a_week_is_monday_to_sunday_around_the_date() {
        let dates = |query: &str| {
            request(query)
                .days()
                .iter()
                .map(|day| day.date.to_string())
                .collect::<Vec<_>>()
        };
        let week = dates("view=week&date=2026-03-15");
        assert_eq!(
            (week.len(), week[0].as_str(), week[6].as_str()),
            (7, "2026-03-09", "2026-03-15")
        );
        assert_eq!(week, dates("view=week&date=2026-03-09"));
    }

    #[test]
    fn a_day_is_as_long_as_its_clock_makes_it() {
        // In tenths of hours.
        for (query, length) in [
            ("zone=Europe/Berlin&date=2026-03-28", 240),
            ("zone=Europe/Berlin&date=2026-03-29", 230),
            ("zone=Europe/Berlin&date=2026-10-25", 250),
            ("zone=Australia/Lord_Howe&date=2026-04-05", 245),
            // The clock skips midnight.
            ("zone=Africa/Cairo&date=2026-04-24", 230),
            // Midnight occurs twice.
            ("zone=America/Havana&date=2025-11-02", 250),
        ] {
            assert_eq!(hours(query), [length], "{query}");
        }
        assert_eq!(
            hours("zone=Europe/Berlin&view=week&date=2026-03-29"),
            [240, 240, 240, 240, 240, 240, 230]
        );
    }

    #[test]
    fn a_day_that_a_zone_left_out_leads_to_the_next() {
        assert_eq!(
            request("zone=Pacific/Apia&date=2011-12-30").date.to_string(),
            "2011-12-31"
        );
    }

    #[test]
    fn previous_and_next_go_by_days_or_weeks() {
        assert_eq!(
            request("date=2026-03-01").moved(-1).date.to_string(),
            "2026-02-28"
        );
        assert_eq!(
            request("date=2026-03-01&view=week").moved(1).date.to_string(),
            "2026-03-08"
        );
    }

    #[test]
    fn from_a_week_to_a_day_the_same_rooms_stay() {
        let week = request("view=week&skip=140");
        assert_eq!(week.query().limit, 20);
        let day = week.of(week.date, Span::Day);
        assert_eq!((day.skip, day.query().limit), (100, 50));
    }

    #[test]
    fn rooms_without_a_building_are_not_all_rooms() {
        assert_eq!(request("building=").building, None);
        assert_eq!(request("building=-").building.as_deref(), Some(""));
        assert_eq!(request("building=HQ+North").building.as_deref(), Some("HQ North"));
    }

    #[test]
    fn a_link_asks_for_the_same_again() {
        for query in [
            "",
            "building=-&view=week",
            "building=A%26B&source=x%3Dy&text=%C3%A4+b&date=2026-10-25&zone=Europe/Berlin&skip=50",
        ] {
            let asked = request(query);
            let link = asked.link();
            assert_eq!(request(link.split_once('?').unwrap().1), asked, "{link}");
        }
    }

    proptest! {
        #[test]
        fn garbage_falls_back_to_a_valid_day(raw in ".{0,80}", key in "date|view|zone|building|skip", now in any::<i64>()) {
            let asked = TimelineRequest::from_query(&format!("{key}={raw}"), Zone::UTC, now);
            let query = asked.query();
            prop_assert!(query.start < query.end);
            prop_assert!(!asked.moved(-1).link().is_empty() && !asked.moved(1).days().is_empty());
        }

        #[test]
        fn days_follow_each_other_without_a_gap(zone in prop::sample::select(Zone::names()), day in 0_u64..84_000) {
            let date = NaiveDate::default() + Days::new(day);
            let asked = request(&format!("view=week&date={date}&zone={zone}"));
            let days = asked.days();
            prop_assert_eq!(days.len(), 7);
            for pair in days.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for day in days {
                let first = asked.zone.local(day.start).unwrap();
                let length = day.end - day.start;
                prop_assert!(length == 0 || first.date_naive() == day.date, "{} {}", day.date, first);
                prop_assert!((0..=26 * 3_600).contains(&length), "{} is {} s", day.date, length);
            }
        }
    }
}
