//! Why there is no answer, as RFC 9457 writes it: `application/problem+json` with a word for programs (`code`) and a sentence for people.

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::{AnswerError, BackendError, Scope};
use crate::fault::Fault;

/// When a program may try again that asks too much at once, in seconds.
const AGAIN: u64 = 1;

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            headers: Vec::new(),
        }
    }

    pub(super) fn bad(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(super) fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "the header `Authorization: Bearer TOKEN` is missing; tokens are made in the portal, under API access",
        )
        .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    pub(super) fn wrong_token(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong-token", detail).with(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"invalid_token\""),
        )
    }

    pub(super) fn guesses(seconds: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-wrong-tokens",
            format!("too many wrong tokens came from this network; try again in {seconds} seconds"),
        )
        .with(RETRY_AFTER, seconds.into())
    }

    pub(super) fn not_allowed(scope: Scope) -> Self {
        let challenge = match scope {
            Scope::Figures => "Bearer error=\"insufficient_scope\", scope=\"figures\"",
            Scope::Records => "Bearer error=\"insufficient_scope\", scope=\"records\"",
        };
        Self::new(
            StatusCode::FORBIDDEN,
            "not-allowed",
            format!(
                "the token may not read {}; make one that may, in the portal, under API access",
                scope.as_str()
            ),
        )
        .with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    pub(super) fn no_role(owner: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "owner-not-allowed",
            format!(
                "the token belongs to {owner:?}, who may have no tokens now: viewers have none, and whoever a provider signs in has to sign \
                 in to the portal once in three months"
            ),
        )
        .with(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"insufficient_scope\""),
        )
    }

    pub(super) fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-at-once",
            "this token is asking too much at once; wait for an answer before you ask again",
        )
        .with(RETRY_AFTER, AGAIN.into())
    }

    pub(super) fn nothing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-resource",
            "the API has nothing at this address; /api/v1/openapi.json describes what it has",
        )
    }

    pub(super) fn wrong_method(allowed: &'static str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong-method",
            format!("this address answers {allowed} only"),
        )
        .with(ALLOW, HeaderValue::from_static(allowed))
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Wrong { code, detail } => Self::bad(code, detail),
            // To ask again would take as long again.
            AnswerError::Slow(detail) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too-slow", detail),
            AnswerError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "other questions are being answered; try again",
            )
            .with(RETRY_AFTER, AGAIN.into()),
            AnswerError::Failed => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                "the collector could not answer; its log says why",
            ),
        }
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        Fault::from(error).into()
    }
}

/// The log has the reason.
impl From<Fault> for Problem {
    fn from(_: Fault) -> Self {
        AnswerError::Failed.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(CONTENT_TYPE, kind)], format!("{body}\n")).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
