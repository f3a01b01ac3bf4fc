//! The length of an event: where each of its occurrences ends.

use crate::moment::Moment;
use crate::zone::Zone;
use chrono::{NaiveDateTime, TimeDelta};

/// The length of an occurrence: first a difference in local time, then elapsed time.
///
/// A DTEND in the zone of the start counts in local time: a meeting from 22:00 to 06:00 ends at 06:00 even in the night when clocks change, as
/// in Exchange and Google. (RFC 5545, section 3.8.5.3, would let it end an hour off.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Length {
    clocks: TimeDelta,
    seconds: i64,
}

impl Length {
    pub(crate) const NOTHING: Self = Self {
        clocks: TimeDelta::zero(),
        seconds: 0,
    };
    pub(crate) const DAY: Self = Self {
        clocks: TimeDelta::days(1),
        seconds: 0,
    };

    /// The length in a DURATION.
    pub(crate) fn lasting((clocks, seconds): (TimeDelta, i64)) -> Self {
        Self { clocks, seconds }
    }

    /// The length from start to end. None if the end is before the start.
    pub(crate) fn between(start: &Moment, end: &Moment) -> Option<Self> {
        if end.instant() < start.instant() {
            return None;
        }
        if start.is_day && end.local == start.local {
            // A day ends where the next begins; an end equal to the start means that day.
            return Some(Self::DAY);
        }
        let clocks = end.local - start.local;
        if start.zone == end.zone && clocks >= TimeDelta::zero() {
            return Some(Self { clocks, seconds: 0 });
        }
        Some(Self {
            clocks: TimeDelta::zero(),
            seconds: end.instant() - start.instant(),
        })
    }

    /// The end of an occurrence that starts here, in seconds.
    pub(crate) fn end(self, local: NaiveDateTime, instant: i64, zone: &Zone) -> i64 {
        let passed = instant + self.clocks.num_seconds();
        let end = match local.checked_add_signed(self.clocks) {
            Some(end) if !self.clocks.is_zero() => zone.instant(end),
            _ => passed,
        };
        // In an hour that the clocks show twice, the end in local time may be before the start.
        let end = if end < instant { passed } else { end };
        end.saturating_add(self.seconds)
    }

    /// The most seconds that an occurrence may take: clocks never change by more than a day.
    pub(crate) fn at_most(self) -> i64 {
        self.clocks
            .num_seconds()
            .saturating_add(self.seconds)
            .saturating_add(86_400)
    }

    /// Whether it consists of whole days in local time.
    pub(crate) fn is_days(self) -> bool {
        self.seconds == 0 && !self.clocks.is_zero() && self.clocks.num_seconds() % 86_400 == 0
    }
}
