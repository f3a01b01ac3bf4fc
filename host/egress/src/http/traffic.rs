//! The traffic of a source's requests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collector_model::http::FetchError;

/// Traffic on the network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// All attempts, first ones and repeated ones.
    pub requests: u64,
    /// Attempts after a wait, because of passing trouble.
    pub retries: u64,
    /// Bytes of decompressed bodies.
    pub bytes: u64,
    /// The waits that servers asked for (429, 502, 503, 504), added up over requests that waited side by side.
    pub throttled: Duration,
    /// Answered attempts, by status.
    pub answered: BTreeMap<u16, u64>,
    /// Unanswered attempts, by cause: one of a few words, such as `timeout` or `dns`.
    pub unanswered: BTreeMap<&'static str, u64>,
}

impl Traffic {
    /// The traffic since `before`, an earlier reading of the same client.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(before.requests),
            retries: self.retries.saturating_sub(before.retries),
            bytes: self.bytes.saturating_sub(before.bytes),
            throttled: self.throttled.saturating_sub(before.throttled),
            answered: counted_since(&self.answered, &before.answered),
            unanswered: counted_since(&self.unanswered, &before.unanswered),
        }
    }
}

fn counted_since<K: Ord + Copy>(now: &BTreeMap<K, u64>, before: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
    now.iter()
        .map(|(key, count)| (*key, count - before.get(key).copied().unwrap_or(0).min(*count)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The word for an attempt that is abandoned: the pass's time is up, or nothing waits for it any more.
const ABANDONED: &str = "abandoned";

/// Counts while requests run side by side.
#[derive(Default)]
pub(crate) struct Counter(Mutex<Traffic>);

impl Counter {
    pub(super) fn read(&self) -> Traffic {
        self.change(|traffic| traffic.clone())
    }

    /// Counts the start of an attempt.
    pub(super) fn requested(&self) -> Attempt<'_> {
        self.change(|traffic| traffic.requests += 1);
        Attempt {
            counter: self,
            ended: false,
        }
    }

    pub(super) fn retried(&self, throttled: Duration) {
        self.change(|traffic| {
            traffic.retries += 1;
            traffic.throttled += throttled;
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Traffic) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An attempt in flight. However it ends, it is counted once.
pub(crate) struct Attempt<'a> {
    counter: &'a Counter,
    ended: bool,
}

impl Attempt<'_> {
    pub(super) fn answered(mut self, status: u16, bytes: usize) {
        self.ended = true;
        self.counter.change(|traffic| {
            traffic.bytes += bytes as u64;
            *traffic.answered.entry(status).or_default() += 1;
        });
    }

    pub(super) fn failed(mut self, error: &FetchError) {
        self.ended = true;
        self.unanswered(error.class());
    }

    fn unanswered(&self, class: &'static str) {
        self.counter
            .change(|traffic| *traffic.unanswered.entry(class).or_default() += 1);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.unanswered(ABANDONED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_is_counted_once_however_it_ends() {
        let counter = Counter::default();
        counter.requested().answered(200, 1_000);
        let before = counter.read();
        counter.requested().answered(200, 10);
        counter.requested().answered(429, 1);
        counter.requested().failed(&FetchError::Dns(String::new()));
        drop(counter.requested());
        counter.retried(Duration::from_secs(3));
        assert_eq!(
            counter.read().since(&before),
            Traffic {
                requests: 4,
                retries: 1,
                bytes: 11,
                throttled: Duration::from_secs(3),
                answered: [(200, 1), (429, 1)].into(),
                unanswered: [("abandoned", 1), ("dns", 1)].into(),
            }
        );
    }
}
