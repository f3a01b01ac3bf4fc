//! What can go wrong on purpose, and the rules that say when: by probability from a seed, or by script.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use chrono::Utc;

use crate::answer::Answer;

/// The value of a `Retry-After` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header at all.
    Absent,
    /// Whole seconds.
    Seconds(u64),
    /// Whatever text: `2.128` is Microsoft's own sample.
    Text(String),
    /// An HTTP date so many seconds from now.
    Date(i64),
}

impl RetryAfter {
    /// The header's value.
    fn value(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Seconds(seconds) => Some(seconds.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Date(ahead) => {
                let at = Utc::now() + chrono::Duration::seconds(*ahead);
                Some(at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
        }
    }
}

/// One thing that goes wrong with one request.
///
/// Those that concern the connection (from `Truncated` on) happen to whole requests only, never inside a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 `TooManyRequests`.
    Throttled(RetryAfter),
    /// 503 with an empty body, which Exchange uses like throttling.
    Unavailable(RetryAfter),
    /// 502 with an empty body.
    BadGateway,
    /// 504 with an empty body.
    GatewayTimeout,
    /// An error in Graph's envelope: status, code, message.
    Error(u16, String, String),
    /// The token has expired: 401, and no request with this token succeeds again. Inside a batch: 401 once.
    ExpiredToken,
    /// The token is not accepted: 401, and no request with this token succeeds again. Inside a batch: 401 once.
    InvalidToken,
    /// A page without items, and with a nextLink to those that were due.
    EmptyPage,
    /// The last page has a nextLink to an empty page.
    TrailingEmptyPage,
    /// The nextLink leads to the page that it stands on.
    RepeatedNextLink,
    /// The page begins with the last item of the page before.
    RepeatedEvent,
    /// 200 with JSON in which `value` is no array.
    WrongTypes,
    /// 200 with a page of HTML. Inside a batch: as base64 text.
    Html,
    /// The answer begins after a while.
    SlowStart(Duration),
    /// The JSON ends in the middle, the answer is otherwise whole.
    Truncated,
    /// So many bytes of JSON.
    Huge(u64),
    /// The answer is compressed with gzip, asked for or not.
    Gzip,
    /// A few bytes of gzip that unpack to so many.
    GzipBomb(u64),
    /// The connection is cut before the answer.
    CutBefore,
    /// The connection is cut in the middle of the answer.
    CutInside,
    /// The body comes in fifty pieces with this much time before each.
    SlowBody(Duration),
}

impl Fault {
    /// The faults that the program knows by name, with usual parameters.
    pub const NAMES: [&'static str; 23] = [
        "throttled",
        "throttled-fraction",
        "throttled-date",
        "throttled-absent",
        "throttled-zero",
        "unavailable",
        "bad-gateway",
        "gateway-timeout",
        "expired-token",
        "invalid-token",
        "empty-page",
        "trailing-empty-page",
        "repeated-next-link",
        "repeated-event",
        "wrong-types",
        "html",
        "slow-start",
        "truncated",
        "gzip",
        "gzip-bomb",
        "cut-before",
        "cut-inside",
        "slow-body",
    ];

    /// The fault of one of [`Fault::NAMES`].
    ///
    /// # Errors
    /// When there is no such name; the error lists those that there are.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "throttled" => Self::Throttled(RetryAfter::Seconds(1)),
            "throttled-fraction" => Self::Throttled(RetryAfter::Text("1.128".to_owned())),
            "throttled-date" => Self::Throttled(RetryAfter::Date(2)),
            "throttled-absent" => Self::Throttled(RetryAfter::Absent),
            "throttled-zero" => Self::Throttled(RetryAfter::Seconds(0)),
            "unavailable" => Self::Unavailable(RetryAfter::Absent),
            "bad-gateway" => Self::BadGateway,
            "gateway-timeout" => Self::GatewayTimeout,
            "expired-token" => Self::ExpiredToken,
            "invalid-token" => Self::InvalidToken,
            "empty-page" => Self::EmptyPage,
            "trailing-empty-page" => Self::TrailingEmptyPage,
            "repeated-next-link" => Self::RepeatedNextLink,
            "repeated-event" => Self::RepeatedEvent,
            "wrong-types" => Self::WrongTypes,
            "html" => Self::Html,
            "slow-start" => Self::SlowStart(Duration::from_secs(2)),
            "truncated" => Self::Truncated,
            "gzip" => Self::Gzip,
            "gzip-bomb" => Self::GzipBomb(1 << 30),
            "cut-before" => Self::CutBefore,
            "cut-inside" => Self::CutInside,
            "slow-body" => Self::SlowBody(Duration::from_millis(100)),
            _ => bail!(
                "there is no fault {name:?}; there are: {}",
                Self::NAMES.join(", ")
            ),
        })
    }

    /// Happens to a connection, so never inside a batch.
    fn whole_requests_only(&self) -> bool {
        matches!(
            self,
            Self::Truncated
                | Self::Huge(_)
                | Self::Gzip
                | Self::GzipBomb(_)
                | Self::CutBefore
                | Self::CutInside
                | Self::SlowBody(_)
        )
    }

    /// Happens to pages of items only.
    pub(crate) fn of_pages(&self) -> bool {
        matches!(
            self,
            Self::EmptyPage | Self::TrailingEmptyPage | Self::RepeatedNextLink | Self::RepeatedEvent
        )
    }

    /// The answer that takes the place of the real one, for the faults that are one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let with = |answer: Answer, retry: &RetryAfter| match retry.value() {
            Some(value) => answer.header("retry-after", value),
            None => answer,
        };
        Some(match self {
            Self::Throttled(retry) => with(
                Answer::error(429, "TooManyRequests", "Please retry again later."),
                retry,
            ),
            Self::Unavailable(retry) => with(Answer::empty(503), retry),
            Self::BadGateway => Answer::empty(502),
            Self::GatewayTimeout => Answer::empty(504),
            Self::Error(status, code, message) => Answer::error(*status, code, message),
            Self::ExpiredToken => Answer::error(
                401,
                "InvalidAuthenticationToken",
                "Lifetime validation failed, the token is expired.",
            ),
            Self::InvalidToken => Answer::error(
                401,
                "InvalidAuthenticationToken",
                "Access token validation failure. Invalid audience.",
            ),
            Self::WrongTypes => Answer::new(
                200,
                crate::answer::JSON,
                r##"{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","value":{"0":{"id":17}}}"##,
            ),
            Self::Html => Answer::new(
                200,
                "text/html; charset=utf-8",
                "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>",
            ),
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Any,
    Outer,
    Inner,
}

#[derive(Clone, Copy, Debug)]
enum Times {
    Always,
    Nth(u64),
    First(u64),
    Chance(f64),
}

/// When a [`Fault`] happens. Made with [`when`].
#[derive(Clone, Debug)]
pub struct Rule {
    part: String,
    layer: Layer,
    times: Times,
    fault: Fault,
    seen: u64,
}

/// A rule for the requests whose decoded path or query contains `part`, in any case; `""` is every request.
/// Without more it fires at each of them.
///
/// ```
/// # use graph_sim::{when, Fault, RetryAfter};
/// when("conf-a@contoso.com/calendarView").inner().nth(2).then(Fault::Throttled(RetryAfter::Seconds(3)));
/// when("").chance(0.05).then(Fault::BadGateway);
/// ```
#[must_use]
pub fn when(part: &str) -> Rule {
    Rule {
        part: part.to_lowercase(),
        layer: Layer::Any,
        times: Times::Always,
        fault: Fault::BadGateway,
        seen: 0,
    }
}

impl Rule {
    /// Only requests inside a batch.
    #[must_use]
    pub fn inner(mut self) -> Self {
        self.layer = Layer::Inner;
        self
    }

    /// Only whole requests, a batch being one of them.
    #[must_use]
    pub fn outer(mut self) -> Self {
        self.layer = Layer::Outer;
        self
    }

    /// Only the n-th request that fits, counting from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.times = Times::Nth(n);
        self
    }

    /// Only the first n requests that fit.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.times = Times::First(n);
        self
    }

    /// With this probability, from the simulator's seed.
    #[must_use]
    pub fn chance(mut self, probability: f64) -> Self {
        self.times = Times::Chance(probability);
        self
    }

    /// What happens.
    #[must_use]
    pub fn then(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }
}

/// The rules in force and the dice.
#[derive(Debug)]
pub(crate) struct Faults {
    state: Mutex<(Vec<Rule>, fastrand::Rng)>,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new((Vec::new(), fastrand::Rng::with_seed(1))),
        }
    }

    pub(crate) fn add(&self, rule: Rule) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .push(rule);
    }

    pub(crate) fn clear(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clear();
    }

    pub(crate) fn seed(&self, seed: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = fastrand::Rng::with_seed(seed);
    }

    /// Puts the parts of a batch's answer into another order.
    pub(crate) fn shuffle<T>(&self, items: &mut [T]) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .shuffle(items);
    }

    /// What happens to this request: the first rule that fires.
    pub(crate) fn pick(&self, inner: bool, target: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (rules, dice) = &mut *state;
        if rules.is_empty() {
            return None;
        }
        let target = percent_encoding::percent_decode_str(target)
            .decode_utf8_lossy()
            .to_lowercase();
        let a_page = target.contains("calendarview") || target.contains("/places/");
        // Every rule counts every request that fits it, so that "the third" means the third whatever other rules do.
        let mut found = None;
        for rule in rules {
            let fits = match rule.layer {
                Layer::Any => !inner || !rule.fault.whole_requests_only(),
                Layer::Outer => !inner,
                Layer::Inner => inner && !rule.fault.whole_requests_only(),
            };
            if !fits || !target.contains(&rule.part) || (rule.fault.of_pages() && !a_page) {
                continue;
            }
            rule.seen += 1;
            let fires = match rule.times {
                Times::Always => true,
                Times::Nth(n) => rule.seen == n,
                Times::First(n) => rule.seen <= n,
                Times::Chance(probability) => dice.f64() < probability,
            };
            if fires && found.is_none() {
                found = Some(rule.fault.clone());
            }
        }
        found
    }
}
