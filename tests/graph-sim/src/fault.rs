//! What can go wrong on purpose. Rules decide when.

use std::time::Duration;

use anyhow::{Result, bail};
use sim::{RetryAfter, Wire};

use crate::answer::{Answer, GraphAnswer as _};
use crate::refusal::Refused;

/// Decides when a [`Fault`] happens. Made with [`when`](crate::when).
pub type Rule = sim::Rule<Fault>;

/// One thing that goes wrong with one request.
///
/// Faults of the connection (from `Truncated` on) happen only to whole requests, never inside a batch.
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
    /// 504 after this time, the gateway's patience, for an answer that takes longer. A batch takes as long as its parts.
    Impatience(Duration),
    /// An error in Graph's envelope: status, code, message.
    Error(u16, String, String),
    /// An error of Entra, in the form of the token endpoint: status, error, AADSTS number, text.
    SignIn(u16, &'static str, u32, String),
    /// The token has expired: 401, and no request with this token succeeds again. Inside a batch: 401 once.
    ExpiredToken,
    /// The token is not accepted: 401, and no request with this token succeeds again. Inside a batch: 401 once.
    InvalidToken,
    /// A page without items, with a nextLink to those that were due.
    EmptyPage,
    /// The same for first pages only, such as that of each round of a delta. Later pages are unaffected and do not count.
    EmptyFirstPage,
    /// The last page has a nextLink to an empty page.
    TrailingEmptyPage,
    /// The nextLink leads to its own page.
    RepeatedNextLink,
    /// The nextLink of a later page leads back to the page before: two pages in a cycle, for as long as the fault fires.
    AlternatingNextLink,
    /// The page begins with the last item of the page before (in a delta, with its last event or series).
    RepeatedEvent,
    /// Every item occurs twice on the page.
    ReplayedItems,
    /// A delta also reports an unknown item as removed.
    UnknownRemoved,
    /// 503 with an empty body for a page that would have more than this many items, if more were requested.
    /// A rule that always fires hides the rules added after it.
    PagesOver(usize),
    /// 400 for a request for pages of more than this many items, by `$top` or `odata.maxpagesize`.
    PageSizeOver(usize),
    /// 200 with JSON in which `value` is not an array.
    WrongTypes,
    /// 200 with a page of HTML. Inside a batch: as base64 text.
    Html,
    /// The answer begins after a delay.
    SlowStart(Duration),
    /// The JSON ends in the middle, but the answer is otherwise whole.
    Truncated,
    /// This many bytes of JSON.
    Huge(u64),
    /// The answer is compressed with gzip, requested or not.
    Gzip,
    /// A few bytes of gzip that unpack to this many.
    GzipBomb(u64),
    /// The connection is cut before the answer.
    CutBefore,
    /// The connection is cut in the middle of the answer.
    CutInside,
    /// The body comes in fifty pieces with this much time before each.
    SlowBody(Duration),
}

impl Fault {
    /// The names of faults for the command line. Each has usual parameters.
    pub const NAMES: [&'static str; 30] = [
        "throttled",
        "throttled-fraction",
        "throttled-date",
        "throttled-absent",
        "throttled-zero",
        "unavailable",
        "bad-gateway",
        "gateway-timeout",
        "impatience",
        "expired-token",
        "invalid-token",
        "empty-page",
        "empty-first-page",
        "trailing-empty-page",
        "repeated-next-link",
        "alternating-next-link",
        "repeated-event",
        "replayed-items",
        "unknown-removed",
        "pages-over",
        "page-size-over",
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

    /// The fault with one of the [`Fault::NAMES`].
    ///
    /// # Errors
    /// There is no such name; the error lists the known ones.
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
            "impatience" => Self::Impatience(Duration::from_secs(1)),
            "expired-token" => Self::ExpiredToken,
            "invalid-token" => Self::InvalidToken,
            "empty-page" => Self::EmptyPage,
            "empty-first-page" => Self::EmptyFirstPage,
            "trailing-empty-page" => Self::TrailingEmptyPage,
            "repeated-next-link" => Self::RepeatedNextLink,
            "alternating-next-link" => Self::AlternatingNextLink,
            "repeated-event" => Self::RepeatedEvent,
            "replayed-items" => Self::ReplayedItems,
            "unknown-removed" => Self::UnknownRemoved,
            "pages-over" => Self::PagesOver(100),
            "page-size-over" => Self::PageSizeOver(100),
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
                "unknown fault {name:?}; choose one of: {}",
                Self::NAMES.join(", ")
            ),
        })
    }

    /// The refusal of a page of this many items, if the fault refuses it. The client requested `asked`, or by default gets `size`.
    pub(crate) fn refuses_page(&self, asked: Option<usize>, size: usize, items: usize) -> Option<Answer> {
        match self {
            Self::PageSizeOver(most) => {
                let asked = asked.filter(|asked| asked > most)?;
                Some(Answer::top_exceeded(*most, asked))
            }
            Self::PagesOver(most) if items > *most && size > *most => Some(Answer::empty(503)),
            _ => None,
        }
    }

    /// The answer that replaces the real one, if the fault has one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        Some(match self {
            Self::Throttled(retry) => {
                Answer::error(429, "TooManyRequests", "Please retry again later.").retry_after(retry)
            }
            Self::Unavailable(retry) => Answer::empty(503).retry_after(retry),
            Self::BadGateway => Answer::empty(502),
            Self::GatewayTimeout => Answer::empty(504),
            Self::Error(status, code, message) => Answer::error(*status, code, message),
            Self::SignIn(status, error, code, text) => Refused {
                status: *status,
                error,
                code: *code,
                text: text.clone(),
            }
            .answer(),
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
            Self::Html => Answer::sign_in_page(),
            _ => return None,
        })
    }
}

impl sim::Fault for Fault {
    /// Faults of pages happen only to pages of items.
    fn concerns(&self, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        let a_page =
            path.contains("calendarview") || path.contains("/places/") || path.contains("/callrecords");
        match self {
            Self::EmptyFirstPage => a_page && !target.contains("$skip"),
            Self::EmptyPage
            | Self::TrailingEmptyPage
            | Self::RepeatedNextLink
            | Self::AlternatingNextLink
            | Self::RepeatedEvent
            | Self::ReplayedItems
            | Self::PagesOver(_)
            | Self::PageSizeOver(_) => a_page,
            Self::UnknownRemoved => path.contains("calendarview/") && path.contains("delta"),
            _ => true,
        }
    }

    fn on_wire(&self) -> Option<Wire> {
        Some(match self {
            Self::Truncated => Wire::Truncated,
            Self::Huge(size) => Wire::Huge(*size),
            Self::Gzip => Wire::Gzip,
            Self::GzipBomb(size) => Wire::GzipBomb(*size),
            Self::CutBefore => Wire::CutBefore,
            Self::CutInside => Wire::CutInside,
            Self::SlowBody(pause) => Wire::SlowBody(*pause),
            _ => return None,
        })
    }
}
