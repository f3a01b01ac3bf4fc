//! Time zones by their IANA names. They come from jiff, whose copy of the IANA database follows its releases, because countries change
//! their rules every year.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone as _};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Years that room calendars cover. Zones have no rules before 1970.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// A zone that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    pub(crate) const UTC: Self = Self(TimeZone::UTC);

    /// The zone of this name, ignoring case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        // The database has a zone for "unknown", which behaves like UTC.
        let zone = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())?;
        Some(Self(zone))
    }

    /// The names of all zones, sorted.
    #[cfg(test)]
    pub(crate) fn names() -> &'static [String] {
        static NAMES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
            let names = jiff::tz::db().available();
            let mut names: Vec<String> = names.map(|name| name.to_string()).collect();
            names.sort_unstable();
            names
        });
        &NAMES
    }

    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local time of an instant given in UTC seconds; `None` outside the years that the database covers.
    pub(crate) fn local(&self, at: i64) -> Option<DateTime<FixedOffset>> {
        let offset = self.0.to_offset(Timestamp::from_second(at).ok()?);
        let offset = FixedOffset::east_opt(offset.seconds())?;
        offset.timestamp_opt(at, 0).single()
    }

    /// The first instant of a date. If midnight occurs twice, the first counts; if the clock skips it, the instant of the change.
    pub(crate) fn first_instant(&self, date: NaiveDate) -> i64 {
        let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp();
        self.instant(midnight).unwrap_or(midnight)
    }

    /// The first instant at which the zone's clocks show `shown` (a local time, counted like UTC seconds), or skip it.
    fn instant(&self, shown: i64) -> Option<i64> {
        let clock = TimeZone::UTC.to_datetime(Timestamp::from_second(shown).ok()?);
        match self.0.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                Some(shown - i64::from(offset.seconds()))
            }
            AmbiguousOffset::Gap { after, .. } => {
                // With the offset from after the gap, this is an instant before it.
                let before = Timestamp::from_second(shown - i64::from(after.seconds())).ok()?;
                let change = self.0.following(before).next()?;
                Some(change.timestamp().as_second())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_the_names_of_the_database_in_any_case() {
        assert_eq!(Zone::named("europe/BERLIN").unwrap().name(), "Europe/Berlin");
        assert_eq!(Zone::named("UTC"), Some(Zone::UTC));
        for name in ["", "Etc/Unknown", "Mars/Base", "../etc/passwd"] {
            assert_eq!(Zone::named(name), None, "{name}");
        }
        let names = Zone::names();
        assert!(names.len() > 400, "{}", names.len());
        for name in names {
            assert_eq!(Zone::named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn rules_that_changed_in_2026_are_known() {
        // Morocco uses UTC from autumn 2026.
        let casablanca = Zone::named("Africa/Casablanca").unwrap();
        let clock = |at| casablanca.local(at).unwrap().to_string();
        assert_eq!(clock(1_767_261_600), "2026-01-01 11:00:00 +01:00");
        assert_eq!(clock(1_796_119_200), "2026-12-01 10:00:00 +00:00");
    }
}
