//! Requests to granted origins: one pooled client a source, with limits, retries and bearers.
//!
//! The order of the checks: the URL, its origin against the grants, a literal address, the headers; then a name is resolved and
//! addresses that were not granted are dropped, and the connection goes to exactly those that are left. What comes back is an
//! answer, whatever its status, or one of a few closed reasons why there is none.

mod address;
mod attempt;
mod error;
mod headers;
mod resolve;
mod retry;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
pub use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

pub use self::error::FetchError;
use self::resolve::{Lookup, Resolver, SystemLookup};
use self::retry::{Next, Retries};
use crate::grant::{Grants, Origin};
use crate::secret::SecretError;

/// What requests may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in flight. Outlook serves four at a time for one application and mailbox (Graph's throttling limits).
    pub in_flight: usize,
    /// Time to connect, TLS included.
    pub connect: Duration,
    /// Time for one attempt, from the request to the last byte of the answer.
    pub response: Duration,
    /// Bytes of an answer's body, decompressed. A batch of 20 full pages has about five million.
    pub body: usize,
    /// Bytes of an answer's headers.
    pub headers: usize,
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The longest wait before a request is sent again. When a service asks for more, its answer is handed over instead.
    pub longest_wait: Duration,
    /// How long a service that cannot be connected to is tried.
    pub unreachable: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 4,
            connect: Duration::from_secs(10),
            response: Duration::from_secs(60),
            body: 32 << 20,
            headers: 64 << 10,
            attempts: 5,
            longest_wait: Duration::from_secs(30),
            unreachable: Duration::from_secs(15),
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<Vec<u8>>,
    /// Whether it only reads, so that it may be sent again. GET and HEAD always may.
    pub repeatable: bool,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// What puts a credential into a request.
pub trait Bearer: Send + Sync {
    /// The present value.
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>>;

    /// A value other than the rejected one; one request for many waiters.
    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>>;

    /// The origins that it may be sent to.
    fn audience(&self) -> &[Origin];
}

/// What went over the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were sent, repeats included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Bytes of bodies that came in, decompressed.
    pub bytes: u64,
    /// Time that requests waited before they were sent again.
    pub throttled: Duration,
}

/// The client cannot be made: the platform's certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made: {0}; check the certificates of this machine (SSL_CERT_FILE)")]
pub struct ClientError(#[from] reqwest::Error);

/// The HTTP client of a source. Cheap to clone; clones share connections, limits and counts.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    grants: Grants,
    limits: Limits,
    places: Semaphore,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    throttled_ms: AtomicU64,
}

impl Client {
    /// A client that reaches what is granted.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn new(grants: Grants, limits: Limits) -> Result<Self, ClientError> {
        Self::with_lookup(grants, limits, Arc::new(SystemLookup))
    }

    fn with_lookup(grants: Grants, limits: Limits, lookup: Arc<dyn Lookup>) -> Result<Self, ClientError> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("collector/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::custom(same_origin))
            .dns_resolver(Arc::new(Resolver::new(lookup)))
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(limits.in_flight)
            .http2_max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
            // Pages of calendars are larger than HTTP/2's first windows of 64 KiB.
            .http2_adaptive_window(true)
            .tcp_nodelay(true)
            .build()?;
        let places = Semaphore::new(limits.in_flight.max(1));
        Ok(Self { inner: Arc::new(Inner { client, grants, limits, places, counts: Counts::default() }) })
    }

    /// Sends a request, again where that may help, and reads its answer.
    ///
    /// # Errors
    /// See [`FetchError`]; an HTTP status is none.
    pub async fn fetch(
        &self,
        request: Request,
        bearer: Option<&dyn Bearer>,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let prepared = self.prepare(request, bearer)?;
        let within = |result: Result<Result<_, SecretError>, _>| match result {
            Ok(token) => token.map(Some).map_err(FetchError::Bearer),
            Err(_) => Err(budget_exhausted(&prepared.origin)),
        };
        let mut token = match bearer {
            Some(bearer) => within(timeout_at(deadline, bearer.token()).await)?,
            None => None,
        };
        let mut renewed = false;
        let mut retries = Retries::new(&self.inner.limits, prepared.repeatable, deadline);
        loop {
            let result = match timeout_at(deadline, self.attempt(&prepared, token.as_ref())).await {
                Ok(result) => result,
                Err(_) => return Err(budget_exhausted(&prepared.origin)),
            };
            if let (Ok(Response { status: 401, .. }), Some(bearer), Some(rejected), false) =
                (&result, bearer, &token, renewed)
            {
                token = within(timeout_at(deadline, bearer.renew(rejected)).await)?;
                renewed = true;
                self.inner.counts.retries.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match retries.next(&result) {
                Next::Enough => return result,
                Next::Wait(wait) => {
                    tracing::debug!(origin = %prepared.origin, wait_ms = %wait.as_millis(), "request will be sent again");
                    let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    self.inner.counts.throttled_ms.fetch_add(milliseconds, Ordering::Relaxed);
                    self.inner.counts.retries.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> Traffic {
        let counts = &self.inner.counts;
        Traffic {
            requests: counts.requests.load(Ordering::Relaxed),
            retries: counts.retries.load(Ordering::Relaxed),
            bytes: counts.bytes.load(Ordering::Relaxed),
            throttled: Duration::from_millis(counts.throttled_ms.load(Ordering::Relaxed)),
        }
    }

    /// Everything about a request that can be refused before it is sent.
    fn prepare(&self, request: Request, bearer: Option<&dyn Bearer>) -> Result<Prepared, FetchError> {
        let url = parse(&request.url)?;
        let origin = self.inner.grants.check(&url).map_err(|denied| FetchError::RequestDenied(denied.to_string()))?;
        // A literal address that is granted was granted as such; the resolver sees only names.
        if let Some(bearer) = bearer
            && !bearer.audience().contains(origin)
        {
            return Err(FetchError::RequestDenied(format!(
                "the credential may not be sent to {origin}: it is not in the audience that the connector named for it"
            )));
        }
        let repeatable = request.repeatable || matches!(request.method, Method::GET | Method::HEAD);
        Ok(Prepared {
            origin: origin.clone(),
            headers: headers::checked(&request.headers)?,
            method: request.method,
            body: request.body.map(Bytes::from),
            url,
            repeatable,
        })
    }
}

/// A request that may be sent.
struct Prepared {
    method: Method,
    url: Url,
    origin: Origin,
    headers: HeaderMap,
    body: Option<Bytes>,
    repeatable: bool,
}

fn parse(text: &str) -> Result<Url, FetchError> {
    let invalid = |why: &str| FetchError::RequestInvalid(format!("the URL {why}"));
    let url: Url = text.parse().map_err(|error| invalid(&format!("is none: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("carries credentials"));
    }
    if url.fragment().is_some() {
        return Err(invalid("has a fragment"));
    }
    Ok(url)
}

/// Follows a redirect within an origin; any other is handed over as the answer that it is.
fn same_origin(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    const MOST: usize = 5;
    let from = attempt.previous().last().and_then(Origin::of);
    if attempt.previous().len() <= MOST && from.is_some() && from == Origin::of(attempt.url()) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn budget_exhausted(origin: &Origin) -> FetchError {
    FetchError::BudgetExhausted(format!("the time of the pass was used up before {origin} had answered"))
}

#[cfg(test)]
mod tests;
