//! When passes read a room, and so what was read of it. Most rooms are read from the first moment on without a gap; some were added later, and
//! a few were not readable for so long that a part of their time was never read.

use crate::size::{AHEAD, BACK, DAY, HOUR, NOW, Size};
use crate::words::happens;

/// Seconds from one pass to the next.
const EVERY: i64 = HOUR / 4;
/// Seconds after the quarter of an hour at which the room is read.
const AFTER: i64 = 2 * 60;

/// Spans of UTC seconds, in order: the first and the last pass of each time in which the room was readable.
#[derive(Debug, Clone)]
pub(crate) struct Passes(Vec<(i64, i64)>);

impl Passes {
    /// The passes over a room, until a day after [`NOW`].
    pub(crate) fn of(size: &Size, random: &mut fastrand::Rng) -> Self {
        let mut first = size.begin();
        if happens(random, 100) {
            first += random.i64(0..=size.days * 3 / 4) * DAY;
        }
        let mut spans = Vec::new();
        let gap = random.i64(20..60) * DAY;
        let left = NOW - gap - first;
        if happens(random, 30) && left > DAY {
            let last = first + random.i64(0..left);
            spans.push((on_time(first), on_time(last)));
            first = last + gap;
        }
        spans.push((on_time(first), on_time(NOW + DAY)));
        Self(spans)
    }

    /// The first pass at an instant or later.
    pub(crate) fn first_from(&self, at: i64) -> Option<i64> {
        let span = self.0.iter().find(|(_, last)| on_time(at) <= *last);
        span.map(|(first, _)| on_time(at).max(*first))
    }

    /// Whether a pass reads the time of a booking.
    pub(crate) fn sees(pass: i64, start: i64, end: i64) -> bool {
        start < pass + AHEAD && pass - BACK < end
    }

    /// What has been read at an instant.
    pub(crate) fn read(&self, at: i64) -> Vec<(i64, i64)> {
        let begun = self.0.iter().filter(|(first, _)| *first <= at);
        begun
            .map(|(first, last)| (first - BACK, last_until(at).min(*last) + AHEAD))
            .collect()
    }

    /// What was read, before a pass, of the time from that pass on.
    pub(crate) fn read_before(&self, pass: i64) -> Vec<(i64, i64)> {
        let read = self.read(pass - 1).into_iter();
        read.map(|(from, to)| (from.max(pass), to))
            .filter(|(from, to)| from < to)
            .collect()
    }

    /// The first pass of all.
    pub(crate) fn begin(&self) -> i64 {
        self.0.first().map_or(0, |(first, _)| *first)
    }
}

/// The first time for a pass at an instant or later.
fn on_time(at: i64) -> i64 {
    let passed = (at - AFTER).rem_euclid(EVERY);
    if passed == 0 { at } else { at - passed + EVERY }
}

/// The last time for a pass at an instant or before.
pub(crate) fn last_until(at: i64) -> i64 {
    at - (at - AFTER).rem_euclid(EVERY)
}
