//! Local days, hours and quarter hours of a zone, as sets of seconds. A second belongs to the date, hour and quarter that the clock on the
//! wall shows at it (contract, section 3.5): a day that does not exist has no second, and an hour that comes twice has 7,200 in two spans.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::hours::OpenHours;
use crate::spans::{Span, Spans};

const DAY: i64 = 86_400;
/// Seconds of the slots in which rooms in use are counted.
pub(crate) const SLOT: i64 = 900;
/// How far clocks may be from UTC, with room to spare: farther than any zone ever was.
const FARTHEST: i64 = 36 * 3_600;

/// What the clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// The date.
    pub date: Date,
    /// The hour, 0 to 23.
    pub hour: u8,
}

/// The date in UTC at an instant (UTC seconds); the first one of the calendar outside of it.
pub fn date_in_utc(at: i64) -> Date {
    local(&TimeZone::UTC, at).map_or(Date::MIN, |local| local.date)
}

/// What the clock of a zone shows at an instant. None for an instant that jiff cannot tell a date for.
pub fn local(zone: &TimeZone, at: i64) -> Option<Local> {
    let instant = Timestamp::from_second(at).ok()?;
    let shown = zone.to_datetime(instant);
    Some(Local {
        date: shown.date(),
        hour: u8::try_from(shown.hour()).ok()?,
    })
}

/// The span of UTC seconds outside of which no zone shows a date of `[from, to)`.
pub fn around(from: Date, to: Date) -> Option<Span> {
    let start = midnight(from).saturating_sub(FARTHEST);
    Span::new(start, midnight(to).saturating_add(FARTHEST))
}

/// The end of the last second before which a zone shows dates earlier than `to`: where a period up to that date ends.
pub fn end_of_period(zone: &TimeZone, to: Date) -> Option<i64> {
    let before = std::iter::successors(to.yesterday().ok(), |date| date.yesterday().ok());
    // No zone ever skipped more than one date.
    let last = before
        .take(3)
        .find_map(|date| Wall::of(zone, date).seconds(0, DAY).hull());
    last.map(Span::end)
}

/// One local date of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDay {
    /// The date.
    pub date: Date,
    /// Its seconds: none if the zone skipped the date.
    pub seconds: Spans,
    /// Its open seconds.
    pub open: Spans,
    /// Its hours that exist, with their seconds.
    pub hours: Vec<(u8, Spans)>,
    /// Its quarter hours that exist, from 0 to 95, with their seconds. Like an hour, a quarter hour that comes twice is one.
    pub quarters: Vec<(u8, Spans)>,
}

impl LocalDay {
    /// A local date of rooms with these hours.
    pub fn of(hours: &OpenHours, date: Date) -> Self {
        let wall = Wall::of(hours.zone(), date);
        let parts = |number: u8, length: i64| {
            (0..number)
                .map(|part| {
                    let start = i64::from(part) * length;
                    (part, wall.seconds(start, start + length))
                })
                .filter(|(_, seconds)| !seconds.is_empty())
                .collect()
        };
        Self {
            date,
            seconds: wall.seconds(0, DAY),
            open: wall.open(hours),
            hours: parts(24, 3_600),
            quarters: parts(96, SLOT),
        }
    }

    /// The smallest span that holds the date.
    pub fn hull(&self) -> Option<Span> {
        self.seconds.hull()
    }

    /// The quarter hours that are open throughout and over at `now` (contract, section 5, `in_use`): number and seconds.
    pub fn slots(&self, now: i64) -> impl Iterator<Item = (u8, &Spans)> + '_ {
        let slots = self.quarters.iter().filter(move |(_, seconds)| {
            let is_over = seconds.hull().is_some_and(|hull| hull.end() <= now);
            is_over && self.open.covers(seconds)
        });
        slots.map(|(quarter, seconds)| (*quarter, seconds))
    }
}

/// The open seconds of a span of time.
pub fn open_seconds(hours: &OpenHours, span: Span) -> Spans {
    let Some((first, last)) = local(hours.zone(), span.start()).zip(local(hours.zone(), span.end())) else {
        return Spans::NONE;
    };
    // Clocks that go back over midnight show the day before once more.
    let mut date = first.date.yesterday().unwrap_or(first.date);
    let end = last.date.tomorrow().unwrap_or(last.date);
    let mut open = Spans::NONE;
    while date <= end {
        open = open.or(&Wall::of(hours.zone(), date).open(hours).clip(span));
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    open
}

/// The clock on the wall around one date.
struct Wall {
    date: Date,
    /// UTC seconds of the date's midnight if the zone were UTC.
    midnight: i64,
    /// Spans with one offset from UTC each.
    offsets: Vec<(Span, i64)>,
}

impl Wall {
    fn of(zone: &TimeZone, date: Date) -> Self {
        let midnight = midnight(date);
        let (first, last) = (midnight - FARTHEST, midnight + DAY + FARTHEST);
        let mut offsets = Vec::new();
        if let Ok(instant) = Timestamp::from_second(first) {
            let (mut start, mut offset) = (first, zone.to_offset(instant));
            for change in zone.following(instant) {
                let at = change.timestamp().as_second();
                if at >= last {
                    break;
                }
                offsets.extend(Span::new(start, at).map(|span| (span, i64::from(offset.seconds()))));
                (start, offset) = (at, change.offset());
            }
            offsets.extend(Span::new(start, last).map(|span| (span, i64::from(offset.seconds()))));
        }
        Self {
            date,
            midnight,
            offsets,
        }
    }

    /// The seconds at which the clock shows this date and a time of `[from, to)`, in seconds of the day.
    fn seconds(&self, from: i64, to: i64) -> Spans {
        let midnight = self.midnight;
        self.offsets
            .iter()
            .filter_map(|(span, offset)| {
                Span::new(midnight + from - offset, midnight + to - offset)?.and(*span)
            })
            .collect()
    }

    fn open(&self, hours: &OpenHours) -> Spans {
        match hours.on(self.date) {
            Some((opens, closes)) => self.seconds(opens, closes),
            None => Spans::NONE,
        }
    }
}

/// UTC seconds at which a date begins in UTC.
fn midnight(of: Date) -> i64 {
    let epoch = date(1970, 1, 1);
    let days = (of - epoch).get_days();
    i64::from(days) * DAY
}

#[cfg(test)]
mod tests;
