//! Why a post is refused, as the answer says it.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::PostError;
use crate::bodies::{BodyError, LARGEST};
use crate::fault::Fault;

/// When a sender may try again that found no room, in seconds.
const AGAIN: u64 = 10;

/// Why a post is refused. Nothing of its body is repeated.
pub(super) struct Refusal {
    status: StatusCode,
    fault: String,
    line: Option<u64>,
    column: Option<usize>,
    /// Seconds until the sender may try again.
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, fault: impl Into<String>) -> Self {
        Self {
            status,
            fault: fault.into(),
            line: None,
            column: None,
            retry_after: None,
        }
    }

    /// Adds the seconds until the sender may try again.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }
}

impl From<PostError> for Refusal {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Wrong { line, column, fault } => Self {
                line,
                column,
                ..Self::new(StatusCode::BAD_REQUEST, fault)
            },
            PostError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "another process writes into the store, such as an import; try again",
            )
            .retry_after(AGAIN),
            PostError::Failed => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the collector could not store the records; its log says why. Try again",
            ),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Large => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body has more than {LARGEST} bytes; send it in parts"),
            ),
            BodyError::NoRoom => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "others are sending more than can be taken at once; try again",
            )
            .retry_after(AGAIN),
            BodyError::Late => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not arrive in time; send it faster, or in smaller parts",
            ),
            // Nobody is left to read this.
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "the body broke off"),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(_: Fault) -> Self {
        Self::from(PostError::Failed)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"fault": self.fault, "line": self.line, "column": self.column});
        let mut response = answer(self.status, &body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer in JSON.
pub(super) fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, kind)], format!("{body}\n")).into_response()
}
