//! Requests of one source: a pooled HTTP/2 client that reaches only granted origins, and keeps to limits.
//!
//! A request passes, in this order: its URL and headers are checked; its origin must be granted; a literal address must be
//! one that can be; its bearer must be meant for the origin; a free place among the attempts at once, which are fewer while
//! the service throttles; the name is resolved and addresses that are not public are dropped, or the proxy that is configured is asked for
//! a tunnel and resolves the name itself; TLS with the platform's trusted roots and those that are configured. A status is data: only what passes by itself (429, 502, 503, 504, a failed connection) is tried again, and only when
//! the request may be repeated. Redirects are followed within the same origin only. No proxy of the environment, no cookies. A
//! client for a managed identity is one of its own: it reaches link-local addresses directly, and follows nothing. Tokens are [`crate::token`]'s.

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

/// What `COLLECTOR_LOG` calls these lines.
const LOG: &str = "collector::http";
/// How many redirects within an origin are followed.
const REDIRECTS: usize = 5;
/// An HTTP/2 connection that is silent for so long is asked whether it still lives, so that one that a firewall dropped is
/// found out before the next request waits for its whole time.
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

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTP client cannot be made: {0}; if no trusted certificates were found, install the package ca-certificates or name their file in SSL_CERT_FILE"
)]
pub struct ClientError(String);

impl Client {
    /// A client that reaches the granted origins directly.
    ///
    /// # Errors
    /// When the platform's trusted certificates cannot be read. They are read only when an `https` origin is granted.
    pub fn new(grants: Grants, limits: Limits) -> Result<Self, ClientError> {
        let gate = Arc::new(Gate::new(limits.in_flight));
        Self::behind(gate, grants, Network::default(), limits)
    }

    /// A client that reaches them in this way, behind a gate that other clients share.
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
            // Above our own limit, which has the better error.
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

    /// Sends a request and waits for the whole answer, not beyond `deadline`. A bearer's token is renewed once when the
    /// answer is 401, and the request repeated, whatever its method.
    ///
    /// # Errors
    /// See [`FetchError`]. A status is none.
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
                "the time for this work was used up before {} had answered; what is left is done in the next pass",
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

    /// How many requests may be in flight now: as many as configured, fewer while the service throttles.
    pub fn in_flight(&self) -> usize {
        self.0.gate.limit()
    }

    /// The service throttles, as a connector read in an answer that looked well from outside.
    pub fn throttled(&self) {
        self.0.gate.troubled();
    }

    /// What went over the network so far.
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
            // In the service's own words to the request that it refused: whoever asked hands its rooms back.
            Err(resting) => return Ok(Response::too_many_requests(resting.left)),
        };
        let begun = Instant::now();
        let counted = self.traffic.requested();
        let span = trace::request(&request.method, &request.origin, number);
        let way = Way::new(&self.network, &request.origin);
        let sent = exchange(&self.http, way, request, token, &self.limits).instrument(span.clone());
        let outcome = timeout(self.limits.response, sent).await.unwrap_or_else(|_| {
            Err(FetchError::ResponseTimeout(format!(
                "{} has not answered in full within {}; ask for less at once, or try later",
                request.origin,
                humantime::format_duration(self.limits.response)
            )))
        });
        self.learn(&request.origin, &outcome);
        let milliseconds = begun.elapsed().as_millis();
        // Not the path: it names rooms, and the address of a published calendar is a secret.
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
                tracing::debug!(target: LOG, %method, %origin, milliseconds, attempt = number, "failed: {error}");
            }
        }
        outcome
    }

    fn is_passing(&self, status: u16) -> bool {
        retry::is_passing(status) || (self.grants.is_identity() && retry::is_passing_at_identity(status))
    }

    /// What an answer says about how much the service takes.
    fn learn(&self, origin: &Origin, outcome: &Result<Response, FetchError>) {
        let Ok(answer) = outcome else { return };
        match answer.status {
            // Exchange throttles with 503 too, without meaning the whole application.
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

    /// How long to wait for another attempt; none when there is to be none. `unanswered` is since when there was no answer.
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

/// What an answer asks to wait.
fn asked_wait(answer: &Response) -> Option<Duration> {
    let text = answer.header("retry-after")?;
    retry::asked_wait(text, answer.header("date"), SystemTime::now())
}

/// Follows a redirect only where the request itself may have gone: to the same origin, so to the same address checks and the
/// same audience.
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

fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
