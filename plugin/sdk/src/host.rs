//! The functions that the collector offers to a connector, and the types of their results.

use crate::address;
use crate::meeting::Meeting;
use crate::reason::Reason;
use crate::retry;
use crate::usage::{CoverageRecord, UsageError, UsageRecord};
use std::future::Future;

/// Everything outside that a connector can use. [`export!`](crate::export) binds it to the sandbox; natively, a test or a benchmark brings its
/// own.
pub trait Host {
    /// The handle of a credential, which does not show its value.
    type Secret;

    /// The credential of this name: the token that `authorization` describes, or a fixed secret of the source. The host renews a token as long as
    /// it is used, so asking once per call is enough.
    fn secret(&self, name: &str) -> impl Future<Output = Result<Self::Secret, SecretError>>;

    /// The unverified claims of a token, as JSON, if it is a JWT; for diagnosis only.
    fn claims(&self, secret: &Self::Secret) -> Option<String>;

    /// The value of a credential.
    ///
    /// # Errors
    /// The administrator did not grant `reveal`.
    fn reveal(&self, secret: &Self::Secret) -> Result<String, SecretError>;

    /// Sends one request, with a credential as its bearer if given. A status is data, not an error.
    fn fetch(&self, request: Request, bearer: Option<&Self::Secret>) -> impl Future<Output = Fetched>;

    /// Hands over a meeting of a room of this call.
    ///
    /// # Errors
    /// The collector refused the meeting. Its room fails in this pass.
    fn emit(&self, meeting: &Meeting<'_>) -> Result<(), EmitError>;

    /// Hands over a usage record of a space of this call.
    ///
    /// # Errors
    /// The collector refused the record. Its space fails in this pass. A host for calendars alone knows no space.
    fn emit_usage(&self, _record: &UsageRecord<'_>) -> Result<(), UsageError> {
        Err(UsageError::UnknownSpace)
    }

    /// Hands over a coverage record of a space of this call.
    ///
    /// # Errors
    /// See [`Host::emit_usage`].
    fn emit_coverage(&self, _record: &CoverageRecord<'_>) -> Result<(), UsageError> {
        Err(UsageError::UnknownSpace)
    }

    /// Writes one line for the operator. Never a subject, never a credential.
    fn log(&self, level: Level, message: &str);
}

/// The level of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something did not work.
    Error,
    /// Something should be looked at.
    Warn,
    /// An event.
    Info,
    /// A detail.
    Debug,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

/// One request; see `http.request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL, whose origin was granted.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Vec<u8>>,
    /// Whether the request only reads, so that the host may send it again.
    pub repeatable: bool,
}

impl Request {
    /// A GET without headers of its own.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            repeatable: true,
        }
    }
}

/// The answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The seconds to wait before the next try, according to the answer; see [`retry::seconds`].
    #[must_use]
    pub fn retry_after(&self) -> u32 {
        retry::seconds(self.header("retry-after"), self.header("date"))
    }
}

/// An answer, or why there is none.
pub type Fetched = Result<Response, FetchError>;

/// Why there is no answer; see `http.fetch-error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum FetchError {
    #[error("the request is invalid: {0}")]
    RequestInvalid(String),
    #[error("the request is not allowed: {0}")]
    RequestDenied(String),
    #[error("the destination is not allowed: {0}")]
    DestinationProhibited(String),
    #[error("the name does not resolve: {0}")]
    Dns(String),
    #[error("the connection was refused: {0}")]
    ConnectionRefused(String),
    #[error("the connection timed out: {0}")]
    ConnectionTimeout(String),
    #[error("the connection ended before the answer did: {0}")]
    ConnectionTerminated(String),
    #[error("TLS failed: {0}")]
    Tls(String),
    #[error("the answer took too long: {0}")]
    ResponseTimeout(String),
    #[error("the header of the answer is too large: {0}")]
    HeaderSize(String),
    #[error("the body of the answer is too large: {0}")]
    BodySize(String),
    #[error("the answer is not HTTP: {0}")]
    Protocol(String),
    #[error("the time for this pass is used up: {0}")]
    BudgetExhausted(String),
    #[error("{0}")]
    Bearer(SecretError),
}

impl FetchError {
    /// The collector's own text, without the kind of error.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::RequestInvalid(text)
            | Self::RequestDenied(text)
            | Self::DestinationProhibited(text)
            | Self::Dns(text)
            | Self::ConnectionRefused(text)
            | Self::ConnectionTimeout(text)
            | Self::ConnectionTerminated(text)
            | Self::Tls(text)
            | Self::ResponseTimeout(text)
            | Self::HeaderSize(text)
            | Self::BodySize(text)
            | Self::Protocol(text)
            | Self::BudgetExhausted(text) => text,
            Self::Bearer(error) => error.text(),
        }
    }

    /// Why the request for `what` has no answer, and what to do about it. The API is at `base`, an address that [`address::base`] accepted;
    /// `setting` is the setting that names another one.
    #[must_use]
    pub fn reason(&self, what: &str, base: &str, setting: &str) -> Reason {
        let at = address::origin(base);
        let advice = match self {
            Self::RequestDenied(_) | Self::DestinationProhibited(_) => {
                Some(format!("Grant {at} to the source, or correct {setting}."))
            }
            // The host's words say what to check.
            Self::Dns(_) | Self::ConnectionRefused(_) | Self::ConnectionTimeout(_) => None,
            Self::ConnectionTerminated(_) => Some(format!(
                "Check that this machine reaches {at}: name service, firewall, proxy."
            )),
            Self::Tls(_) => Some(format!(
                "Check that nothing intercepts {at}, and that this machine's clock is right."
            )),
            Self::ResponseTimeout(_) | Self::BudgetExhausted(_) => Some(
                "Collect again; if the problem stays, give the pass more time or a shorter window."
                    .to_owned(),
            ),
            Self::BodySize(_) | Self::HeaderSize(_) => Some("Collect a shorter window.".to_owned()),
            Self::RequestInvalid(_) | Self::Protocol(_) | Self::Bearer(_) => {
                Some(format!("Look for a proxy in front of {at}."))
            }
        };
        Reason {
            message: format!("{what}: no answer from {at}: {self}"),
            advice,
            code: None,
        }
    }
}

/// A token endpoint's refusal (RFC 6749, section 5.2); see `secrets.authorization-failure`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationFailure {
    /// The HTTP status of the answer.
    pub status: u16,
    /// `error` of the answer, or empty.
    pub error: String,
    /// `error_description` of the answer.
    pub description: String,
    /// `error_codes` of the answer (Microsoft's AADSTS numbers).
    pub codes: Vec<u32>,
}

/// Why a credential is not available; see `secrets.secret-error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The source has no such credential.
    #[error("there is no credential: {0}")]
    NotFound(String),
    /// The administrator did not grant it.
    #[error("the credential was not granted: {0}")]
    Denied(String),
    /// The token endpoint answered and refused.
    #[error("the token was refused with {}: {}", .0.error, .0.description)]
    Authorization(AuthorizationFailure),
    /// The token endpoint or the secret's store could not be reached.
    #[error("cannot get the token: {0}")]
    Unavailable(String),
}

impl SecretError {
    /// The text of the collector, or of the token endpoint.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::NotFound(text) | Self::Denied(text) | Self::Unavailable(text) => text,
            Self::Authorization(failure) => &failure.description,
        }
    }
}

/// A reason without advice.
impl From<SecretError> for Reason {
    fn from(error: SecretError) -> Self {
        error.to_string().into()
    }
}

/// Why the collector refused a meeting; see `meetings.emit-error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmitError {
    /// The room is not one of this call.
    #[error("its room is not one of this call")]
    UnknownRoom,
    /// It does not overlap the window of this call.
    #[error("it is outside the window")]
    OutsideWindow,
    /// The text says what is wrong with it.
    #[error("it is invalid: {0}")]
    Invalid(String),
}
