//! When a source is collected next. Passes of one source never overlap: the next one starts only after the one before has ended.

use std::time::Duration;

use tokio::time::Instant;

/// The first passes after a start are spread over a part of the interval, at most this long.
const SPREAD: Duration = Duration::from_secs(30);

/// The schedule of one source.
#[derive(Debug)]
pub(super) struct Schedule {
    every: Duration,
    due: Instant,
}

impl Schedule {
    /// A schedule whose first pass comes soon, with a delay that spreads sources that start together. `jitter` is a number in [0, 1).
    pub(super) fn new(every: Duration, now: Instant, jitter: f64) -> Self {
        Self {
            every,
            due: now + (every / 20).min(SPREAD).mul_f64(jitter),
        }
    }

    /// When the next pass is due.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Makes a changed source due at once, and from then on at this interval.
    pub(super) fn change(&mut self, every: Duration, now: Instant) {
        self.every = every;
        self.due = now;
    }

    /// Sets when the next pass is due, after one has ended: an interval after the last due time, give or take a twentieth, or at once if
    /// that is past.
    pub(super) fn ended(&mut self, now: Instant, jitter: f64) {
        let interval = self.every.mul_f64(0.95 + jitter / 10.0);
        self.due = (self.due + interval).max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    proptest! {
        #[test]
        fn a_pass_comes_an_interval_after_the_one_before_give_or_take_a_twentieth(first in 0.0..1.0f64, second in 0.0..1.0f64) {
            let now = Instant::now();
            let mut schedule = Schedule::new(EVERY, now, first);
            let due = schedule.due();
            prop_assert!(due >= now && due <= now + Duration::from_secs(15));
            schedule.ended(due + Duration::from_secs(20), second);
            let pause = schedule.due() - due;
            prop_assert!(pause >= EVERY.mul_f64(0.949) && pause <= EVERY.mul_f64(1.051), "{pause:?}");
        }
    }

    #[test]
    fn a_pass_that_took_longer_than_the_interval_is_followed_at_once_by_one_and_not_by_those_that_were_missed()
     {
        let now = Instant::now();
        let mut schedule = Schedule::new(EVERY, now, 0.0);
        let ended = now + 10 * EVERY;
        schedule.ended(ended, 0.5);
        assert_eq!(schedule.due(), ended);
        schedule.ended(ended, 0.5);
        assert_eq!(schedule.due(), ended + EVERY);
    }

    #[test]
    fn a_change_is_followed_at_once() {
        let now = Instant::now();
        let mut schedule = Schedule::new(EVERY, now, 0.9);
        schedule.ended(now, 0.0);
        schedule.change(Duration::from_secs(60), now);
        assert_eq!(schedule.due(), now);
    }
}
