//! Requests of one source: a pooled HTTP/2 client that reaches only granted origins and keeps limits.
//!
//! A request passes these steps, in this order: its URL and headers are checked; its origin must be granted; a literal address must be one
//! that can be granted; its bearer must be meant for the origin; it waits for a place among the attempts in flight, which are fewer while
//! the service throttles; the name is resolved and addresses that are not public are dropped, or the configured proxy is asked for a tunnel
//! and resolves the name itself; TLS uses the platform's trusted roots and the configured ones. A status is data: only trouble that passes
//! by itself (429, 502, 503, 504, a failed connection) causes another attempt, and only if the request may be repeated. Redirects are
//! followed within the same origin only. There are no proxies from the environment and no cookies. The client for a managed identity is
//! separate: it reaches link-local addresses directly, and follows no redirect. Tokens are [`crate::token`]'s business.

mod address;
mod attempt;
mod bearer;
mod error;
mod gate;
mod limits;
mod nat64;
mod network;
mod pace;
mod proxy;
mod request;
mod resolver;
mod retry;
mod traffic;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::ExponentialBackoff;
use collector_model::error::deepest;
use collector_model::http::{FetchError, Request, Response};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::Instrument as _;

pub use self::bearer::Bearer;
pub use self::gate::Gate;
pub use self::limits::Limits;
pub use self::nat64::{Prefix, PrefixError};
pub use self::network::{Authorities, AuthoritiesError, Network};
pub use self::proxy::{Bypass, BypassError, Proxy, ProxyAddress, ProxyAddressError};
pub use self::traffic::Traffic;

use self::attempt::exchange;
use self::network::Way;
use self::request::Checked;
use self::resolver::{Guarded, Lookup, System};
use self::traffic::Counter;
use crate::grant::{Grants, Origin};
use crate::trace;

/// The target of these lines in `COLLECTOR_LOG`.
const LOG: &str = "collector::http";
/// The most redirects followed within an origin.
const REDIRECTS: usize = 5;
/// How long an HTTP/2 connection may be silent before it is probed: this finds a connection that a firewall dropped before the next request
/// spends its whole time on it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The client of one source. Clones share its connections and limits.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    grants: Grants,
    network: Network,
    limits: Limits,
    gate: Arc<Gate>,
    traffic: Counter,
}

/// Why the client cannot be created.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot create the HTTP client: {0}; if no trusted certificates were found, install the package ca-certificates or name their file in SSL_CERT_FILE"
)]
pub struct ClientError(String);

impl Client {
    /// A client that reaches the granted origins directly.
    ///
    /// # Errors
    /// The platform's trusted certificates cannot be read. They are read only if an `https` origin is granted.
    pub fn new(grants: Grants, limits: Limits) -> Result<Self, ClientError> {
        let gate = Arc::new(Gate::new(limits.in_flight));
        Self::behind(gate, grants, Network::default(), limits)
    }

    /// A client that reaches the origins in this way, behind a gate that other clients may share.
    ///
    /// # Errors
    /// See [`Client::new`].
    pub fn behind(
        gate: Arc<Gate>,
        grants: Grants,
        network: Network,
        limits: Limits,
    ) -> Result<Self, ClientError> {
        Self::build(gate, grants, network, limits, Arc::new(System))
    }

    fn build(
        gate: Arc<Gate>,
        grants: Grants,
        network: Network,
        limits: Limits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, ClientError> {
        let mut builder = network
            .apply(reqwest::Client::builder())
            .referer(false)
            .redirect(if grants.is_identity() {
                Policy::none()
            } else {
                Policy::custom(within_origin)
            })
            .dns_resolver(Guarded::new(lookup, grants.clone(), &network))
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(limits.in_flight)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(limits.connect)
            // Above our own limit, whose error is better.
            .http2_max_header_list_size(u32::try_from(limits.headers.saturating_mul(2)).unwrap_or(u32::MAX));
        if !grants.iter().any(Origin::is_secure) {
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| ClientError(deepest(&error)))?;
        Ok(Self(Arc::new(Inner {
            http,
            grants,
            network,
            limits,
            gate,
            traffic: Counter::default(),
        })))
    }

    /// Sends a request and waits for the whole answer, until `deadline` at the latest. If the answer is 401, renews the bearer's token once
    /// and repeats the request, whatever its method.
    ///
    /// # Errors
    /// See [`FetchError`]. A status is not an error.
    pub async fn fetch(
        &self,
        request: Request,
        bearer: Option<&dyn Bearer>,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let request = request::check(
            request,
            &self.0.grants,
            bearer,
            self.0.limits.headers,
            &self.0.network.nat64,
        )?;
        let exhausted = || {
            FetchError::BudgetExhausted(format!(
                "the time ran out before {} answered; the next pass does the rest",
                request.origin
            ))
        };
        if Instant::now() >= deadline {
            return Err(exhausted());
        }
        timeout_at(deadline, self.0.deliver(&request, bearer, deadline))
            .await
            .unwrap_or_else(|_| Err(exhausted()))
    }

    /// How many requests may be in flight now: the configured number, or fewer while the service throttles.
    pub fn in_flight(&self) -> usize {
        self.0.gate.limit()
    }

    /// Notes that the service throttles: a connector read this in an answer whose status looked normal.
    pub fn throttled(&self) {
        self.0.gate.troubled();
    }

    /// The traffic so far.
    pub fn traffic(&self) -> Traffic {
        self.0.traffic.read()
    }
}

impl Inner {
    async fn deliver(
        &self,
        request: &Checked,
        bearer: Option<&dyn Bearer>,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let mut token = match bearer {
            Some(bearer) => Some(bearer.token().await?),
            None => None,
        };
        let mut renewed = false;
        let mut unanswered = Instant::now();
        let mut backoff = retry::backoff(&self.limits);
        let mut number = 1;
        loop {
            let outcome = self.attempt(request, token.as_ref(), number, deadline).await;
            if let (Ok(Response { status: 401, .. }), Some(bearer), Some(rejected), false) =
                (&outcome, bearer, &token, renewed)
            {
                renewed = true;
                let fresh = bearer.renew(rejected).await?;
                if fresh.expose_secret() != rejected.expose_secret() {
                    token = Some(fresh);
                    continue;
                }
            }
            let Some(wait) = self.wait(request, &outcome, number, unanswered, &mut backoff) else {
                return outcome;
            };
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return outcome;
            }
            let throttled = outcome.is_ok();
            drop(outcome);
            sleep(wait).await;
            self.traffic
                .retried(if throttled { wait } else { Duration::ZERO });
            if throttled {
                unanswered = Instant::now();
            }
            number += 1;
        }
    }

    async fn attempt(
        &self,
        request: &Checked,
        token: Option<&SecretString>,
        number: u32,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let patience = deadline.min(Instant::now() + self.limits.longest_wait);
        let _place = match self.gate.enter(&request.origin, patience).await {
            Ok(place) => place,
            // Answered in the service's own words for a refused request: the connector then hands its rooms back.
            Err(resting) => return Ok(Response::too_many_requests(resting.left)),
        };
        let begun = Instant::now();
        let counted = self.traffic.requested();
        let span = trace::request(&request.method, &request.origin, number);
        let way = Way::new(&self.network, &request.origin);
        let sent = exchange(&self.http, way, request, token, &self.limits).instrument(span.clone());
        let outcome = timeout(self.limits.response, sent).await.unwrap_or_else(|_| {
            Err(FetchError::ResponseTimeout(format!(
                "{} did not answer completely within {}; ask for less at once, or try later",
                request.origin,
                humantime::format_duration(self.limits.response)
            )))
        });
        self.learn(&request.origin, &outcome);
        let milliseconds = begun.elapsed().as_millis();
        // Not the path: it contains rooms, and the address of a published calendar is a secret.
        let (method, origin) = (&request.method, &request.origin);
        match &outcome {
            Ok(answer) => {
                counted.answered(answer.status, answer.body.len());
                trace::answered(&span, answer.status);
                tracing::debug!(target: LOG, %method, %origin, status = answer.status, milliseconds, attempt = number, "answered");
            }
            Err(error) => {
                counted.failed(error);
                trace::failed(&span, error.class());
                tracing::debug!(target: LOG, %method, %origin, milliseconds, attempt = number, "attempt failed: {error}");
            }
        }
        outcome
    }

    fn is_passing(&self, status: u16) -> bool {
        retry::is_passing(status) || (self.grants.is_identity() && retry::is_passing_at_identity(status))
    }

    /// Learns from an answer how much the service accepts.
    fn learn(&self, origin: &Origin, outcome: &Result<Response, FetchError>) {
        let Ok(answer) = outcome else { return };
        match answer.status {
            // Exchange throttles with 503 too, without throttling the whole application.
            503 => self.gate.troubled(),
            429 => {
                self.gate.troubled();
                if let Some(wait) = asked_wait(answer) {
                    self.gate.rest(origin, wait);
                }
            }
            status if retry::is_passing(status) => {}
            _ => self.gate.untroubled(),
        }
    }

    /// The wait before another attempt; none if there is to be none. `unanswered`: since when there was no answer.
    fn wait(
        &self,
        request: &Checked,
        outcome: &Result<Response, FetchError>,
        number: u32,
        unanswered: Instant,
        backoff: &mut ExponentialBackoff,
    ) -> Option<Duration> {
        if !request.repeatable || number >= self.limits.attempts {
            return None;
        }
        let wait = match outcome {
            Ok(answer) if self.is_passing(answer.status) => asked_wait(answer).or_else(|| backoff.next())?,
            Ok(answer) if answer.status == retry::LOCKED => asked_wait(answer)?,
            Err(FetchError::ConnectionTerminated(_)) => backoff.next()?,
            Err(error) if error.is_unreachable() => {
                let wait = backoff.next()?;
                (unanswered.elapsed() + wait <= retry::CONNECT_PATIENCE).then_some(wait)?
            }
            _ => return None,
        };
        (wait <= self.limits.longest_wait).then_some(wait)
    }
}

/// The wait that an answer asks for.
fn asked_wait(answer: &Response) -> Option<Duration> {
    let text = answer.header("retry-after")?;
    collector_model::retry::asked_wait(text, answer.header("date"), SystemTime::now())
}

/// Follows a redirect only to where the request itself may go: to the same origin, and so to the same address checks and the same audience.
fn within_origin(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let same = attempt
        .previous()
        .last()
        .is_some_and(|last| Origin::of(last) == Origin::of(attempt.url()));
    if same && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}
