//! What a source's requests came to.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What went over the network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Attempts, the first and every other.
    pub requests: u64,
    /// Attempts after a wait, because of a passing trouble.
    pub retries: u64,
    /// Bytes of decompressed bodies.
    pub bytes: u64,
    /// The waits that servers asked for (429, 502, 503, 504), added up over requests that waited side by side.
    pub throttled: Duration,
}

/// Counts while requests run side by side.
#[derive(Default)]
pub(crate) struct Counter(Mutex<Traffic>);

impl Counter {
    pub(crate) fn read(&self) -> Traffic {
        self.change(|traffic| traffic.clone())
    }

    pub(crate) fn requested(&self) {
        self.change(|traffic| traffic.requests += 1);
    }

    pub(crate) fn retried(&self, throttled: Duration) {
        self.change(|traffic| {
            traffic.retries += 1;
            traffic.throttled += throttled;
        });
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.change(|traffic| traffic.bytes += bytes as u64);
    }

    fn change<T>(&self, change: impl FnOnce(&mut Traffic) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
