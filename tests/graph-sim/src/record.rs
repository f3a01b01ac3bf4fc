//! The requests to the simulator, for tests to check afterwards.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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

#[derive(Default)]
pub(crate) struct Record {
    off: AtomicBool,
    all: Mutex<Vec<Recorded>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Record {
    pub(crate) fn turn_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }

    pub(crate) fn add(
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

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    pub(crate) fn forget(&self) {
        self.lock().clear();
        self.most_in_flight
            .store(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn enter(&self) {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Recorded>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
