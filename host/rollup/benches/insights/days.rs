//! Local dates of the zones in which rooms are: computed once and shared by all rooms of a zone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::size::{AHEAD, BACK, DAY, HOUR, NOW, Size};

/// A local date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    /// 0: Monday.
    pub(crate) weekday: i8,
    /// The instant, in UTC seconds, that is eight hours before eight o'clock. On the two dates on which clocks change it is not midnight.
    pub(crate) zero: i64,
}

impl Day {
    /// Whether people work on it.
    pub(crate) fn is_of_work(self) -> bool {
        self.weekday < 5
    }
}

/// The dates of each zone that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Zones(HashMap<&'static str, Vec<Day>>);

impl Zones {
    /// The dates of a zone, from the first that a pass reads to the last that one will have read after another day.
    pub(crate) fn days(&mut self, size: &Size, zone: &'static str) -> anyhow::Result<&[Day]> {
        match self.0.entry(zone) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(days(size, zone)?)),
        }
    }
}

fn days(size: &Size, zone: &str) -> anyhow::Result<Vec<Day>> {
    let zone = TimeZoneDatabase::bundled().get(zone)?;
    let last = date(NOW + DAY + AHEAD, &zone)?;
    let first = date(size.begin() - BACK, &zone)?;
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take_while(|date| *date <= last)
        .map(|date| {
            let eight = zone.to_timestamp(date.at(8, 0, 0, 0))?;
            Ok(Day {
                weekday: date.weekday().to_monday_zero_offset(),
                zero: eight.as_second() - 8 * HOUR,
            })
        })
        .collect()
}

fn date(at: i64, zone: &TimeZone) -> anyhow::Result<Date> {
    Ok(zone.to_datetime(jiff::Timestamp::from_second(at)?).date())
}
