//! A local date of a room as it is drawn: its bookings over what is known about its use.

use jiff::civil::Date;

use crate::answer::Known;
use crate::base::Base;
use crate::booking::Booking;
use crate::clock::LocalDay;
use crate::day::day;
use crate::hours::Buildings;
use crate::report::VerdictLine;
use crate::spans::{Span, Spans};

/// A date of a room: what is drawn of it, and what became of its bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomDay {
    /// What is drawn.
    pub strip: Strip,
    /// What became of the bookings that start on it, by start and id.
    pub verdicts: Vec<VerdictLine>,
}

/// The local dates of a period, from its first to before its last, of a room of which this is known. `now` is UTC seconds.
pub fn days_of(known: &Known, buildings: &Buildings, (from, to): (Date, Date), now: i64) -> Vec<RoomDay> {
    let evidence = known.evidence(now);
    let base = known.base(&evidence, buildings, now);
    let dates = std::iter::successors(Some(from), |date| date.tomorrow().ok());
    let days = dates.take_while(|date| *date < to).filter_map(|date| {
        let local_day = LocalDay::of(base.hours, date);
        let judged = day(&base, &local_day).judged;
        Some(RoomDay {
            strip: Strip::of(&base, &local_day)?,
            verdicts: judged
                .iter()
                .map(|judged| VerdictLine::of(&known.room, judged))
                .collect(),
        })
    });
    days.collect()
}

/// A local date of a room. Seconds are those of the date; those that have not passed are in none of the parts but `open` and
/// `bookings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// The date.
    pub date: Date,
    /// Its seconds: 23 to 25 hours.
    pub span: Span,
    /// Open time.
    pub open: Spans,
    /// The bookings that count, also those that were not read again, by start; each as a whole, though it may begin before the date or end after it.
    pub bookings: Vec<Span>,
    /// Occupied for certain.
    pub occupied: Spans,
    /// Vacant for certain.
    pub vacant: Spans,
    /// Neither: nobody could tell.
    pub unknown: Spans,
    /// Of which the calendar was not read.
    pub unread: Spans,
    /// When a device or its cloud said that it could not see.
    pub blind: Spans,
    /// How many people there were, where it is known, in their order.
    pub people: Vec<(Span, u32)>,
}

impl Strip {
    /// A date of a room. None if its zone skipped the date.
    pub fn of(base: &Base<'_>, local_day: &LocalDay) -> Option<Self> {
        let span = local_day.hull()?;
        let counted = base.bookings.iter().filter_map(Booking::counted);
        let mut bookings: Vec<Span> = counted.filter(|booking| booking.and(span).is_some()).collect();
        bookings.sort_unstable();
        let passed = base.passed(&local_day.seconds);
        let (occupied, vacant) = (
            passed.and(base.evidence.occupied()),
            passed.and(base.evidence.vacant()),
        );
        Some(Self {
            date: local_day.date,
            span,
            open: local_day.open.clone(),
            bookings,
            unknown: passed.minus(&occupied).minus(&vacant),
            occupied,
            vacant,
            unread: passed.minus(base.read),
            blind: passed.and(base.evidence.blind()),
            people: base.evidence.people(span),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Evidence;
    use crate::hours::Settings;
    use crate::witness::Witnesses;

    #[test]
    fn a_date_without_records_is_unknown_until_now_and_never_vacant() {
        let buildings = Buildings::of(&Settings::default()).unwrap();
        let hours = buildings.hours(None);
        let (evidence, read) = (Evidence::of([], Witnesses::default(), 0), Spans::one(0, 3_600));
        let base = Base {
            hours,
            bookings: &[],
            read: &read,
            evidence: &evidence,
            now: 7_200,
        };
        let date = "1970-01-01".parse().unwrap();
        let strip = Strip::of(&base, &LocalDay::of(hours, date)).unwrap();
        assert_eq!(strip.unknown, Spans::one(0, 7_200));
        assert_eq!(strip.unread, Spans::one(3_600, 7_200));
        assert_eq!((strip.vacant.seconds(), strip.occupied.seconds()), (0, 0));
        assert_eq!(strip.span, Span::new(0, 86_400).unwrap());
    }
}
