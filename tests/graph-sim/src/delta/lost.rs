//! The ways in which Graph says that a delta link is no longer valid.

use chrono::{DateTime, Utc};

use crate::answer::{Answer, GraphAnswer as _};

/// The answer to a forgotten delta link. All forms have been seen, or are in clients' code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LostDelta {
    /// 410 `SyncStateNotFound`.
    #[default]
    NotFound,
    /// 410 with an empty body and a `Location` whose `$deltatoken` is empty.
    Location,
    /// `ResyncRequired` with this status: 400, 404 or 410.
    ResyncRequired(u16),
    /// `SyncStateInvalid` with this status: 400, 404 or 410.
    Invalid(u16),
    /// 400 with a meaningless code and the message "Parameter 'DeltaToken' not supported for this request."
    NotSupported,
    /// Another status, code and message, such as `syncStateNotFound` in lower case.
    Error(u16, String, String),
}

impl LostDelta {
    /// The answer. `address` is the request without its query, `window` that of the lost round, if known.
    pub(crate) fn answer(&self, address: &str, window: Option<(DateTime<Utc>, DateTime<Utc>)>) -> Answer {
        match self {
            Self::NotFound => Answer::error(
                410,
                "SyncStateNotFound",
                "The sync state was not found. Start again without it.",
            ),
            Self::Location => {
                let shown = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
                let window = window.map_or_else(String::new, |(from, to)| {
                    format!("startDateTime={}&endDateTime={}&", shown(from), shown(to))
                });
                Answer::empty(410).header("location", format!("{address}?{window}$deltatoken="))
            }
            Self::ResyncRequired(status) => Answer::error(
                *status,
                "ResyncRequired",
                "The sync state is too old. A full synchronization is required.",
            ),
            Self::Invalid(status) => {
                Answer::error(*status, "SyncStateInvalid", "The sync state is not valid.")
            }
            Self::NotSupported => Answer::error(
                400,
                "ErrorInvalidUrlQuery",
                "Parameter 'DeltaToken' not supported for this request.",
            ),
            Self::Error(status, code, message) => Answer::error(*status, code, message),
        }
    }
}
