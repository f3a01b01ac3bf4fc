//! The requests to a simulator, for tests to check afterwards.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One request, outer or inside a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query as sent; those of inner requests begin after the version.
    pub target: String,
    /// The headers without the token and other credentials; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Whether it was part of a batch.
    pub inner: bool,
    /// The status of its answer; 0 if the connection was cut before.
    pub status: u16,
    /// Bytes of its answer's body: of the inner body in a batch, otherwise as sent, compressed or cut off. Headers do not
    /// count.
    pub bytes: u64,
}

impl Recorded {
    /// The first header of this (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Path and query, percent-decoded.
    #[must_use]
    pub fn decoded(&self) -> String {
        percent_encoding::percent_decode_str(&self.target)
            .decode_utf8_lossy()
            .into_owned()
    }
}

/// The requests so far, and how many are under way.
#[derive(Debug, Default)]
pub struct Record {
    off: AtomicBool,
    all: Mutex<Vec<Recorded>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Record {
    /// Records nothing from now on.
    pub fn turn_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }

    /// Adds a request and its answer; `inner` is whether it was part of a batch.
    pub fn add(
        &self,
        inner: bool,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        status: u16,
        bytes: u64,
    ) {
        if self.off.load(Ordering::Relaxed) {
            return;
        }
        let secret = ["authorization", "cookie", "proxy-authorization"];
        let headers = headers
            .iter()
            .filter(|(name, _)| !secret.contains(&name.as_str()))
            .cloned()
            .collect();
        let (method, target) = (method.to_owned(), target.to_owned());
        self.lock().push(Recorded {
            method,
            target,
            headers,
            inner,
            status,
            bytes,
        });
    }

    /// All so far, in the order in which they were answered.
    #[must_use]
    pub fn all(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    /// Forgets them.
    pub fn forget(&self) {
        self.lock().clear();
        self.most_in_flight
            .store(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Number of whole requests under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// The highest number of them at one time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::Relaxed)
    }

    /// Counts a request as under way for as long as the guard lives.
    #[must_use]
    pub fn enter(self: Arc<Self>) -> InFlight {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlight(self)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Recorded>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request as in flight until its answer is sent.
#[derive(Debug)]
pub struct InFlight(Arc<Record>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
