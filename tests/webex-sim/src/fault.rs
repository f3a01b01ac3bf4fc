//! What can go wrong on purpose. Rules decide when.

use std::time::Duration;

use serde_json::{Value, json};
use sim::{Answer, RetryAfter, Wire};

use crate::answer::{found, refused};

/// Decides when a [`Fault`] happens. Made with [`when`](crate::when).
pub type Rule = sim::Rule<Fault>;

/// One thing that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429.
    Throttled(RetryAfter),
    /// 423, which also asks to wait.
    Locked(RetryAfter),
    /// An error in Webex's form: status, message.
    Error(u16, String),
    /// 504 for a page of more than this many items, by `max` or by default; it says to ask with a smaller `max`.
    MaxOver(usize),
    /// 401, and no request with this token succeeds again.
    DeadToken,
    /// A page without items, with a link to those that were due.
    EmptyPage,
    /// The last page has a link to an empty page.
    TrailingEmptyPage,
    /// The link leads to its own page.
    RepeatedNextLink,
    /// The link leads on forever, from the last page to the first, always by another URL.
    EndlessChain,
    /// The link has forgotten all parameters of the first call, such as filters and `max`.
    ForgetfulNextLink,
    /// 200 with JSON that has no `items`.
    NoItems,
    /// 200 with JSON in which `items` is an object.
    WrongTypes,
    /// Durations of the other measurement than requested.
    WrongMeasurement,
    /// 200 with a page of HTML.
    Html,
    /// The answer begins after a delay.
    SlowStart(Duration),
    /// Something goes wrong with the connection or the body.
    Wire(Wire),
}

impl Fault {
    /// The faults with their names for the command line. Each has usual parameters.
    #[must_use]
    pub fn named() -> [(&'static str, Self); 18] {
        [
            ("throttled", Self::Throttled(RetryAfter::Seconds(1))),
            ("throttled-absent", Self::Throttled(RetryAfter::Absent)),
            ("locked", Self::Locked(RetryAfter::Seconds(1))),
            ("unavailable", Self::Error(503, "Service unavailable.".to_owned())),
            ("bad-gateway", Self::Error(502, "Bad gateway.".to_owned())),
            ("max-over", Self::MaxOver(100)),
            ("dead-token", Self::DeadToken),
            ("empty-page", Self::EmptyPage),
            ("trailing-empty-page", Self::TrailingEmptyPage),
            ("repeated-next-link", Self::RepeatedNextLink),
            ("endless-chain", Self::EndlessChain),
            ("forgetful-next-link", Self::ForgetfulNextLink),
            ("no-items", Self::NoItems),
            ("wrong-types", Self::WrongTypes),
            ("wrong-measurement", Self::WrongMeasurement),
            ("html", Self::Html),
            ("slow-start", Self::SlowStart(Duration::from_secs(2))),
            ("truncated", Self::Wire(Wire::Truncated)),
        ]
    }

    /// The answer in place of the real one, if the fault has one.
    pub(crate) fn instead(&self) -> Option<Answer> {
        Some(match self {
            Self::Throttled(retry) => {
                refused(429, "Too many requests have been sent in a given amount of time.").retry_after(retry)
            }
            Self::Locked(retry) => {
                refused(423, "The requested resource is temporarily unavailable.").retry_after(retry)
            }
            Self::Error(status, message) => refused(*status, message),
            Self::DeadToken => crate::token::dead(),
            Self::Html => Answer::sign_in_page(),
            _ => return None,
        })
    }

    /// The real answer, spoiled.
    pub(crate) fn spoil(&self, real: Answer) -> Answer {
        let with = |change: fn(&mut serde_json::Map<String, Value>)| match serde_json::from_slice(&real.body)
        {
            Ok(Value::Object(mut fields)) if real.status == 200 => {
                change(&mut fields);
                found(&Value::Object(fields))
            }
            _ => real.clone(),
        };
        match self {
            Self::NoItems => with(|fields| drop(fields.remove("items"))),
            Self::WrongTypes => with(|fields| drop(fields.insert("items".to_owned(), json!({"0": 17})))),
            Self::SlowStart(delay) => real.after(*delay),
            _ => real,
        }
    }
}

impl sim::Fault for Fault {
    /// Faults of pages happen only to lists.
    fn concerns(&self, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        let a_list = ["/workspaces", "/devices", "/locations", "/floors"]
            .iter()
            .any(|name| path.ends_with(name));
        match self {
            Self::MaxOver(_)
            | Self::EmptyPage
            | Self::TrailingEmptyPage
            | Self::RepeatedNextLink
            | Self::EndlessChain
            | Self::ForgetfulNextLink => a_list,
            Self::NoItems | Self::WrongTypes => a_list || path.ends_with("metrics"),
            Self::WrongMeasurement => path.ends_with("/workspacedurationmetrics"),
            Self::DeadToken => !path.ends_with("/access_token"),
            _ => true,
        }
    }

    fn on_wire(&self) -> Option<Wire> {
        match self {
            Self::Wire(wire) => Some(*wire),
            _ => None,
        }
    }
}
