//! The handle of tests on a running simulator: its address, its requests, and the levers that all simulators have.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::record::{Record, Recorded};
use crate::rule::{Faults, Rule};
use crate::server::{Options, Server};

/// The state that every simulator has.
#[derive(Debug)]
pub struct Core<F> {
    /// The clock, which tests advance.
    pub clock: Arc<Clock>,
    /// The rules for faults.
    pub faults: Faults<F>,
    /// The requests so far.
    pub record: Arc<Record>,
}

impl<F: Fault> Default for Core<F> {
    fn default() -> Self {
        Self {
            clock: Arc::default(),
            faults: Faults::new(),
            record: Arc::default(),
        }
    }
}

/// A running simulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Running<F> {
    core: Arc<Core<F>>,
    server: Server,
}

impl<F: Fault> Running<F> {
    /// Starts a simulator with this name: `make` makes its service for an origin such as `http://127.0.0.1:4100`, and
    /// `routes` the routes to it.
    ///
    /// # Errors
    /// The port is not free.
    pub fn start<S>(
        name: &str,
        options: &Options,
        make: impl FnOnce(&str, Arc<Core<F>>) -> S,
        routes: fn(Arc<S>) -> Router,
    ) -> Result<(Arc<S>, Self)> {
        let core = Arc::new(Core::default());
        let (service, server) = Server::start(name, options, |origin| {
            let service = Arc::new(make(origin, Arc::clone(&core)));
            (Arc::clone(&service), routes(service))
        })?;
        Ok((service, Self { core, server }))
    }

    /// `http://127.0.0.1:PORT` (`https://localhost:PORT` with TLS): where the simulator begins.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.origin()
    }

    /// The certificate of the authority that a client must trust, PEM; only with TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.server.ca_pem()
    }

    /// Adds a rule for faults. Rules are checked in the order in which they were added.
    pub fn inject(&self, rule: Rule<F>) {
        self.core.faults.add(rule);
    }

    /// Forgets all rules.
    pub fn no_more_faults(&self) {
        self.core.faults.clear();
    }

    /// Seeds the dice for probabilities and for whatever else is random.
    pub fn seed(&self, seed: u64) {
        self.core.faults.seed(seed);
    }

    /// Advances the simulator's clock, which otherwise follows the real one: tokens age, and what waits for its time comes.
    pub fn advance(&self, by: Duration) {
        self.core.clock.advance(by);
    }

    /// All requests so far, in the order in which they were answered; those inside a batch precede it.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.core.record.all()
    }

    /// The requests whose decoded path or query contains `part`, in any case.
    #[must_use]
    pub fn requests_to(&self, part: &str) -> Vec<Recorded> {
        let part = part.to_lowercase();
        self.requests()
            .into_iter()
            .filter(|request| request.decoded().to_lowercase().contains(&part))
            .collect()
    }

    /// Bytes of bodies that the simulator sent. A batch counts as a whole.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        let whole = self.requests().into_iter().filter(|request| !request.inner);
        whole.map(|request| request.bytes).sum()
    }

    /// The highest number of whole requests under way at one time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.core.record.most_in_flight()
    }

    /// Forgets the recorded requests, for example before a second pass.
    pub fn forget_requests(&self) {
        self.core.record.forget();
    }

    /// Records nothing from now on, for benchmarks.
    pub fn record_nothing(&self) {
        self.core.record.turn_off();
    }
}
