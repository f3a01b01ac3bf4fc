//! How long an event takes: where each of its occurrences ends.

use crate::moment::Moment;
use crate::zone::Zone;
use chrono::{NaiveDateTime, TimeDelta};

/// The length of an occurrence: first what the clocks show, then what passes.
///
/// A DTEND in the zone of the start counts by the clocks: a meeting from 22:00 to 06:00 ends at 06:00 in the night of the
/// change too, as Exchange and Google have it. (RFC 5545, section 3.8.5.3, would let it end an hour off.)
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

    /// As a DURATION says it.
    pub(crate) fn lasting((clocks, seconds): (TimeDelta, i64)) -> Self {
        Self { clocks, seconds }
    }

    /// From the start to the end. None when the end is before the start.
    pub(crate) fn between(start: &Moment, end: &Moment) -> Option<Self> {
        if end.instant() < start.instant() {
            return None;
        }
        if start.is_day && end.local == start.local {
            // The end of a day is the next one; who writes the same means that day.
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

    /// Where an occurrence ends that starts here, in seconds.
    pub(crate) fn end(self, local: NaiveDateTime, instant: i64, zone: &Zone) -> i64 {
        let passed = instant + self.clocks.num_seconds();
        let end = match local.checked_add_signed(self.clocks) {
            Some(end) if !self.clocks.is_zero() => zone.instant(end),
            _ => passed,
        };
        // Within an hour that the clocks show twice, the end by the clocks may be before the start.
        let end = if end < instant { passed } else { end };
        end.saturating_add(self.seconds)
    }

    /// No occurrence is longer than this, in seconds: the clocks are never put by more than a day.
    pub(crate) fn at_most(self) -> i64 {
        self.clocks
            .num_seconds()
            .saturating_add(self.seconds)
            .saturating_add(86_400)
    }

    /// Whether it is made of whole days by the clocks.
    pub(crate) fn is_days(self) -> bool {
        self.seconds == 0 && !self.clocks.is_zero() && self.clocks.num_seconds() % 86_400 == 0
    }
}
