//! The figures of a group's bookings, added up booking by booking (contract, section 5). All of a booking is in the group of its start.

use crate::basis::Scheduled;
use crate::rank::Rate;
use crate::report::{Bounds, Release, Times, Verdicts};
use crate::verdict::{Counts, Verdict};

/// Minutes after which an empty room could be released.
pub(crate) const RELEASES: [i64; 5] = [5, 10, 15, 20, 30];
/// Seconds from which on a start is late.
pub(crate) const LATE_START: i64 = 600;
/// Shortest vacant run at its end that makes a meeting end early, in seconds.
pub(crate) const EARLY_END: i64 = 900;

/// The sums over the bookings of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) verdicts: Verdicts,
    /// Attended, and at least 90 % known.
    attended_observed: i64,
    pub(crate) no_show_seconds: i64,
    pub(crate) given_back: i64,
    pub(crate) reused: i64,
    pub(crate) late_start: Times,
    pub(crate) early_end: Times,
    /// Freed seconds and those thrown out, for each of [`RELEASES`].
    releases: [(i64, i64); RELEASES.len()],
    pub(crate) scheduled: Scheduled,
}

impl Tally {
    /// Adds a booking.
    pub(crate) fn add(&mut self, counts: &Counts) {
        *self.verdicts.of(counts.verdict) += 1;
        self.no_show_seconds += counts.no_show_seconds;
        self.given_back += counts.given_back;
        self.reused += counts.reused;
        self.scheduled.add(counts);
        if !counts.is_observed() {
            return;
        }
        let is_attended = counts.verdict == Verdict::Attended;
        self.attended_observed += i64::from(is_attended);
        if counts.is_partial {
            return;
        }
        if is_attended {
            let late = counts.first_occupied.unwrap_or_default();
            add_time(&mut self.late_start, late > LATE_START, late);
            add_time(
                &mut self.early_end,
                counts.vacant_tail >= EARLY_END,
                counts.vacant_tail,
            );
        }
        if matches!(
            counts.verdict,
            Verdict::Attended | Verdict::Brief | Verdict::NoShow
        ) {
            self.release(counts, is_attended);
        }
    }

    /// All of its numbers, in an order that stays as it is within a version of what is stored.
    pub(crate) fn numbers_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        let of_bookings = [
            &mut self.attended_observed,
            &mut self.no_show_seconds,
            &mut self.given_back,
            &mut self.reused,
            &mut self.late_start.count,
            &mut self.late_start.seconds,
            &mut self.early_end.count,
            &mut self.early_end.seconds,
            &mut self.scheduled.meetings,
            &mut self.scheduled.length,
            &mut self.scheduled.attended,
            &mut self.scheduled.occupied,
            &mut self.scheduled.known,
        ];
        let releases = self
            .releases
            .iter_mut()
            .flat_map(|(freed, thrown_out)| [freed, thrown_out]);
        self.verdicts
            .numbers_mut()
            .into_iter()
            .chain(of_bookings)
            .chain(releases)
    }

    fn release(&mut self, counts: &Counts, is_attended: bool) {
        for (minutes, (freed, thrown_out)) in RELEASES.iter().zip(&mut self.releases) {
            let after = minutes * 60;
            let is_empty = counts.first_occupied.is_none_or(|first| first >= after);
            if counts.length <= after || !is_empty {
                continue;
            }
            if is_attended {
                *thrown_out += 1;
            } else {
                *freed += counts.length - after;
            }
        }
    }

    /// N + B + A90: those of which enough is known.
    pub(crate) fn judged(&self) -> i64 {
        let verdicts = &self.verdicts;
        verdicts.no_show + verdicts.released_empty + verdicts.brief + self.attended_observed
    }

    /// N / (N + B + A90), and what it is at least and at most, of all that were eligible.
    pub(crate) fn no_show_rate(&self) -> Bounds {
        let verdicts = &self.verdicts;
        let no_shows = verdicts.no_show + verdicts.released_empty;
        let eligible = verdicts.eligible();
        Bounds {
            value: Rate::of(no_shows, self.judged()),
            lower: Rate::of(no_shows, eligible),
            upper: Rate::of(no_shows + verdicts.unknown, eligible),
        }
    }

    pub(crate) fn release_curve(&self) -> Vec<Release> {
        let all = RELEASES.iter().zip(&self.releases);
        all.map(|(minutes, (freed_seconds, thrown_out))| Release {
            minutes: *minutes,
            freed_seconds: *freed_seconds,
            thrown_out: *thrown_out,
        })
        .collect()
    }
}

fn add_time(times: &mut Times, applies: bool, seconds: i64) {
    if applies {
        times.count += 1;
        times.seconds += seconds;
    }
}
