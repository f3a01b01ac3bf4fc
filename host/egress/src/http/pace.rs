//! How many attempts a source may have in flight: the configured number, or fewer while the service throttles. Halved when it throttles,
//! one more after some rounds of normal answers: additive increase, multiplicative decrease, as in TCP. Pure.
//!
//! No crate does this: existing ones reject the surplus or guess from round trips. Here every request may wait, and the service itself
//! tells when it is too much.

use std::time::Duration;

use tokio::time::Instant;

/// How many normal answers for each attempt that may be in flight add one more: few attempts wait for few answers, so a limit of one does
/// not last where answers are slow.
const ROUNDS: usize = 4;
/// Refusals within this time count as one: requests that were in flight together are refused together.
const ROUND_TRIP: Duration = Duration::from_secs(1);

/// The moving limit.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    limit: usize,
    untroubled: usize,
    lowered: Option<Instant>,
}

impl Pace {
    /// Starts at the most.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            limit: most,
            untroubled: 0,
            lowered: None,
        }
    }

    /// How many attempts may be in flight now.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Notes that the service answered normally.
    pub(super) fn untroubled(&mut self) {
        self.untroubled += 1;
        if self.untroubled >= ROUNDS * self.limit {
            self.untroubled = 0;
            self.limit = (self.limit + 1).min(self.most);
        }
    }

    /// Notes that the service asked to slow down.
    pub(super) fn troubled(&mut self, now: Instant) {
        self.untroubled = 0;
        if self
            .lowered
            .is_some_and(|lowered| now.saturating_duration_since(lowered) < ROUND_TRIP)
        {
            return;
        }
        self.lowered = Some(now);
        self.limit = (self.limit / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_when_the_service_throttles_and_creeps_back_to_what_was_configured() {
        let now = Instant::now();
        let mut pace = Pace::new(8);
        pace.troubled(now);
        pace.troubled(now + ROUND_TRIP);
        assert_eq!(pace.limit(), 2);
        let mut limits = Vec::new();
        for _ in 0..8 {
            (0..ROUNDS * pace.limit()).for_each(|_| pace.untroubled());
            limits.push(pace.limit());
        }
        assert_eq!(limits, [3, 4, 5, 6, 7, 8, 8, 8]);
    }

    #[test]
    fn refusals_of_one_moment_count_once() {
        let now = Instant::now();
        let mut pace = Pace::new(16);
        for milliseconds in [0, 1, 500, 999] {
            pace.troubled(now + Duration::from_millis(milliseconds));
        }
        assert_eq!(pace.limit(), 8);
        pace.troubled(now + ROUND_TRIP);
        assert_eq!(pace.limit(), 4);
    }

    #[test]
    fn one_may_always_be_under_way() {
        let now = Instant::now();
        let mut pace = Pace::new(4);
        for second in 0..10 {
            pace.troubled(now + ROUND_TRIP * second);
        }
        assert_eq!(pace.limit(), 1);
        assert_eq!(Pace::new(0).limit(), 1);
    }

    #[test]
    fn a_refusal_begins_the_row_of_untroubled_answers_anew() {
        let now = Instant::now();
        let mut pace = Pace::new(4);
        pace.troubled(now);
        (1..ROUNDS * 2).for_each(|_| pace.untroubled());
        pace.troubled(now);
        (1..ROUNDS * 2).for_each(|_| pace.untroubled());
        assert_eq!(pace.limit(), 2);
        pace.untroubled();
        assert_eq!(pace.limit(), 3);
    }
}
