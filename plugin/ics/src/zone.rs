//! Time zones: conversion between instants and local time, and zones by name.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use connector_sdk::windows_zone::{self, of_database};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::rc::Rc;

/// A time zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Zone {
    Named(TimeZone),
    Defined(Rc<Definition>),
}

impl Zone {
    pub(crate) const UTC: Self = Self::Named(TimeZone::UTC);

    /// The instant, in seconds, of this local date and time. By RFC 5545 (section 3.3.5), a time that occurs twice is the earlier of the two, and
    /// a time that is skipped is read with the offset from before the gap.
    pub(crate) fn instant(&self, local: NaiveDateTime) -> i64 {
        let seconds = local.and_utc().timestamp();
        match self {
            Self::Named(zone) => seconds - offset_before(zone, seconds).unwrap_or_default(),
            Self::Defined(definition) => definition.instant(seconds),
        }
    }

    /// The local time at this instant.
    pub(crate) fn local(&self, instant: i64) -> Option<NaiveDateTime> {
        let at = DateTime::from_timestamp(instant, 0)?;
        let offset = match self {
            Self::Named(zone) => {
                let offset = zone.to_offset(Timestamp::from_second(instant).ok()?);
                i64::from(offset.seconds())
            }
            Self::Defined(definition) => definition.offset_at(instant),
        };
        at.naive_utc().checked_add_signed(TimeDelta::seconds(offset))
    }
}

/// A zone that a feed defines itself, expanded up to a horizon.
#[derive(Debug, PartialEq)]
pub(crate) struct Definition {
    /// Seconds east of UTC before the first shift.
    pub(crate) before: i64,
    /// In order of time.
    pub(crate) shifts: Vec<Shift>,
}

/// The instant at which one offset replaces another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shift {
    /// In seconds.
    pub(crate) at: i64,
    /// Seconds east of UTC from then on.
    pub(crate) to: i64,
    /// Seconds east of UTC until then.
    pub(crate) from: i64,
}

impl Definition {
    /// Seconds east of UTC at this instant.
    pub(crate) fn offset_at(&self, instant: i64) -> i64 {
        let next = self.shifts.partition_point(|shift| shift.at <= instant);
        let last = next.checked_sub(1).and_then(|last| self.shifts.get(last));
        last.map_or(self.before, |shift| shift.to)
    }

    /// The instant of this local time, given in seconds as if it were UTC; see [`Zone::instant`].
    pub(crate) fn instant(&self, local: i64) -> i64 {
        const DAY: i64 = 86_400;
        // The offsets in force around then. Two changes within two days do not happen.
        let (before, after) = (self.offset_at(local - DAY), self.offset_at(local + DAY));
        let fits = |offset: &i64| self.offset_at(local - offset) == *offset;
        let found = [before, after]
            .into_iter()
            .filter(fits)
            .map(|offset| local - offset)
            .min();
        found.unwrap_or(local - before)
    }
}

/// The offset at the local time `shown`, in seconds as if it were UTC: the earlier one if there are two, that from before the gap if there is
/// none. None outside the years for which zones are known.
fn offset_before(zone: &TimeZone, shown: i64) -> Option<i64> {
    let clock = TimeZone::UTC.to_datetime(Timestamp::from_second(shown).ok()?);
    let offset = match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } | AmbiguousOffset::Gap { before, .. } => before,
    };
    Some(i64::from(offset.seconds()))
}

/// The zone of this name, in any case.
pub(crate) fn named(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if ["UTC", "Z", "tzone://Microsoft/Utc"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
    {
        return Some(TimeZone::UTC);
    }
    if let Some(iana) = windows_zone::iana(name) {
        return of_database(iana);
    }
    if let Some(zone) = of_database(name) {
        return Some(zone);
    }
    // A globally unique id (RFC 5545, section 3.2.19): `/mozilla.org/20050126_1/Europe/Berlin`.
    let mut rest = name.strip_prefix('/')?;
    while let Some((_, inner)) = rest.split_once('/') {
        if let Some(zone) = of_database(inner) {
            return Some(zone);
        }
        rest = inner;
    }
    None
}

/// The areas of the IANA database that contain cities.
const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// The zone of a city by its bare name, `Zurich`, if the database has exactly one city of that name.
pub(crate) fn of_city(name: &str) -> Option<TimeZone> {
    let city = name.trim().replace(' ', "_");
    let mut found = jiff::tz::db().available().filter(|known| {
        let mut parts = known.as_str().split('/');
        let area = parts.next().unwrap_or_default();
        let last = parts.next_back().unwrap_or_default();
        AREAS.contains(&area) && last.eq_ignore_ascii_case(&city)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => of_database(only.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Zone, named, of_city};
    use chrono::NaiveDate;

    #[test]
    fn names_of_all_three_kinds_are_known() {
        for (name, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("w. europe standard time", "Europe/Berlin"),
            ("GMT Standard Time", "Europe/London"),
            ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
            (
                "/freeassociation.sourceforge.net/America/Argentina/Salta",
                "America/Argentina/Salta",
            ),
            ("tzone://Microsoft/Utc", "UTC"),
            ("Etc/UTC", "Etc/UTC"),
        ] {
            let found = named(name).unwrap();
            assert_eq!(found.iana_name(), Some(zone), "{name}");
        }
        for name in [
            "",
            "/",
            "Berlin",
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "/a/b/c",
            "(UTC+01:00) Berlin",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn a_city_is_known_by_its_name_alone_when_there_is_one_of_that_name() {
        for (name, zone) in [
            ("Zurich", "Europe/Zurich"),
            ("new york", "America/New_York"),
            ("Vienna", "Europe/Vienna"),
        ] {
            assert_eq!(of_city(name).unwrap().iana_name(), Some(zone), "{name}");
        }
        for name in [
            "",
            "Eastern",
            "Central",
            "UTC",
            "GMT",
            "Atlantis",
            "America",
            "Louisville",
            "Europe/Zurich",
            "EST",
        ] {
            assert_eq!(of_city(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_skipped_is_read_with_the_offset_before_and_what_comes_twice_is_the_first() {
        let at = |y, m, d, h, min| {
            NaiveDate::from_ymd_opt(y, m, d)
                .unwrap()
                .and_hms_opt(h, min, 0)
                .unwrap()
        };
        let instant = |zone, local| Zone::Named(named(zone).unwrap()).instant(local);
        let utc = |local: chrono::NaiveDateTime| local.and_utc().timestamp();
        assert_eq!(
            instant("Europe/Berlin", at(2026, 3, 29, 2, 30)),
            utc(at(2026, 3, 29, 1, 30))
        );
        assert_eq!(
            instant("Europe/Berlin", at(2026, 10, 25, 2, 30)),
            utc(at(2026, 10, 25, 0, 30))
        );
        assert_eq!(
            instant("America/Los_Angeles", at(2026, 3, 8, 2, 30)),
            utc(at(2026, 3, 8, 10, 30))
        );
        // Samoa skipped 30 December 2011.
        assert_eq!(
            instant("Pacific/Apia", at(2011, 12, 30, 12, 0)),
            utc(at(2011, 12, 30, 22, 0))
        );
    }

    #[test]
    fn rules_that_changed_in_2026_are_known() {
        // Morocco is on UTC from autumn 2026 on.
        let casablanca = Zone::Named(named("Africa/Casablanca").unwrap());
        let clock = |instant| casablanca.local(instant).unwrap().to_string();
        assert_eq!(clock(1_767_261_600), "2026-01-01 11:00:00");
        assert_eq!(clock(1_796_119_200), "2026-12-01 10:00:00");
    }
}
