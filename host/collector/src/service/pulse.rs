//! Signs of progress of the schedule and the store. A process that answers but does nothing else is not healthy.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the pulse is checked.
pub(super) const BEAT: Duration = Duration::from_secs(5);
/// The time without a sign after which a part counts as stuck. A write may wait a minute for another process.
const STILL: Duration = Duration::from_secs(90);

/// When the schedule and the store last made progress.
#[derive(Debug)]
pub(super) struct Pulse {
    schedule: Mutex<Instant>,
    store: Mutex<Instant>,
}

impl Default for Pulse {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            schedule: Mutex::new(now),
            store: Mutex::new(now),
        }
    }
}

impl Pulse {
    pub(super) fn schedule_moved(&self) {
        moved(&self.schedule);
    }

    pub(super) fn store_moved(&self) {
        moved(&self.store);
    }

    /// The parts that make no progress, one line each.
    pub(super) fn still(&self) -> Vec<String> {
        [("the schedule", &self.schedule), ("the store", &self.store)]
            .into_iter()
            .filter_map(|(what, last)| {
                let still = last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
                (still > STILL)
                    .then(|| format!("{what} has made no progress for {} seconds", still.as_secs()))
            })
            .collect()
    }
}

fn moved(last: &Mutex<Instant>) {
    *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_moved_for_long_is_named() {
        let pulse = Pulse::default();
        assert!(pulse.still().is_empty());
        if let Some(long_ago) = Instant::now().checked_sub(STILL + BEAT) {
            *pulse.store.lock().unwrap() = long_ago;
            assert_eq!(pulse.still(), ["the store has made no progress for 95 seconds"]);
        }
        moved(&pulse.store);
        assert!(pulse.still().is_empty());
    }
}
