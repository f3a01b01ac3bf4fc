//! Local days and their instants.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::model::Span;

/// The local days of a room.
pub(crate) struct Calendar {
    pub(crate) zone: TimeZone,
    pub(crate) days: Vec<Date>,
}

impl Calendar {
    /// So many days of this zone, from the one that has the date of `first` in UTC.
    pub(crate) fn new(zone: &str, first: i64, days: u32) -> Self {
        let first = Timestamp::from_second(first).unwrap_or_default();
        let first = TimeZone::UTC.to_datetime(first).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).zip(0..days);
        Self {
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            days: days.map(|(day, _)| day).collect(),
        }
    }

    /// The instant of this minute of a local day.
    pub(crate) fn at(&self, day: Date, minute: u32) -> i64 {
        let part = |number: u32| i8::try_from(number).unwrap_or_default();
        let local = day.at(part(minute / 60 % 24), part(minute % 60), 0, 0);
        let at = self.zone.to_ambiguous_timestamp(local).compatible();
        at.map_or(0, Timestamp::as_second)
    }

    /// A whole local day.
    pub(crate) fn day(&self, day: Date) -> Span {
        Span::new(self.at(day, 0), self.at(day.tomorrow().unwrap_or(day), 0))
    }
}

/// Whether people work on this day.
pub(crate) fn works(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
