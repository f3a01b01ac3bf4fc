//! The world `administered-connector` in plain Rust: the types that connector and host exchange, and what the host offers.
//!
//! They mirror the package `vyopta:collector`, which says what each means; here stands only what Rust adds. Instants
//! are whole seconds since 1970-01-01T00:00:00Z, addresses are lower-cased.

use std::future::Future;

/// What the connector may do to the outside. `component.rs` binds it to the sandbox; natively, a benchmark or a test
/// brings its own.
pub trait Host {
    /// Sends one request with the token of the source as its bearer. A status is data, not an error.
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, FetchError>>;
    /// Hands over a meeting of a room of this call.
    fn emit(&self, meeting: Meeting<'_>) -> Result<(), EmitError>;
    /// Writes one line for the operator. Never a subject, never a credential.
    fn log(&self, level: Level, message: &str);
    /// The unverified claims of the token, as JSON, when it is a JWT; for diagnosis only.
    fn token_claims(&self) -> impl Future<Output = Result<Option<String>, SecretError>>;
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something did not work.
    Error,
    /// Something should be looked at.
    Warn,
    /// What happens.
    Info,
    /// What happens, in detail.
    Debug,
}

/// The method of a request: the two that reading Graph takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// One request; see `http.request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Vec<u8>>,
    /// Whether it only reads, so that the host may send it again.
    pub repeatable: bool,
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

/// Why a credential cannot be had; see `secrets.secret-error`.
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
    #[error("no token can be had: {0}")]
    Unavailable(String),
}

/// The half-open span of time that is collected; see `types.window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first second that belongs to it.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
}

/// Why something was not possible, for the people who run the collector; see `types.reason`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// What happened, naming the thing.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// Microsoft's own code for it.
    pub code: Option<String>,
}

/// The subject of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// What it says.
    Text(&'a str),
    /// There is one, or may be one, and it is not to be shown.
    Withheld,
    /// There is none.
    None,
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Confirmed,
    /// Perhaps.
    Tentative,
    /// It does not.
    Cancelled,
}

/// One occurrence in one room. It borrows from the page that it was read from: nothing is copied before the host
/// takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting<'a> {
    /// Graph's immutable id of the event.
    pub id: &'a str,
    /// The address of the room.
    pub room: &'a str,
    /// The id of its series master.
    pub series: Option<&'a str>,
    /// Its subject, if it may be shown.
    pub subject: Subject<'a>,
    /// In seconds.
    pub start: i64,
    /// In seconds, never before `start`.
    pub end: i64,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Whether it takes place.
    pub status: Status,
}

/// Why a meeting was not taken; see `meetings.emit-error`.
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

/// What the connector is and asks for; see `connector.manifest`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub title: String,
    pub description: String,
    pub settings_schema: String,
    pub hosts: Vec<String>,
    pub secrets: Vec<SecretNeed>,
    pub slice_size: u32,
}

/// A credential that the connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SecretNeed {
    pub name: String,
    pub purpose: String,
    pub reveal: bool,
}

/// How the host gets the token; see `connector.oauth`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Oauth {
    pub secret: String,
    pub token_endpoint: String,
    pub scope: String,
    pub audience: Vec<String>,
    pub consent_page: Option<String>,
    pub permissions: Vec<Permission>,
}

/// A permission that the administrator is asked for, and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Permission {
    pub name: String,
    pub purpose: String,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The setting's key, or empty when it is about several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// A bookable room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its SMTP address, in lower case.
    pub address: String,
    /// The object id of its mailbox's account, or its address where that is not known.
    pub key: String,
    /// Its display name.
    pub name: String,
    /// The building it is in.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// The room lists of the settings that it was found in.
    pub lists: Vec<String>,
}

/// A room list that could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProblem {
    /// Its address, in lower case.
    pub room_list: String,
    /// Why.
    pub reason: Reason,
}

/// The rooms of a source, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// In the order of the lists, and of Graph within each.
    pub rooms: Vec<Room>,
    /// The lists that gave none.
    pub problems: Vec<ListProblem>,
}

/// A room to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRequest {
    /// Its address, in lower case.
    pub address: String,
    /// The `key` of its [`Room`].
    pub key: String,
    /// What was known of it after the pass before.
    pub cursor: Option<String>,
}

/// What became of a room; see `connector.outcome`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Complete(Option<String>),
    Changes(Option<String>),
    RetryAfter(u32),
    Denied(Reason),
    Missing(Reason),
    Failed(Reason),
}

/// The outcome of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomOutcome {
    /// The room's address, as it was requested.
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why nothing at all could be done; see `connector.collect-error`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CollectError {
    Settings(Vec<SettingsProblem>),
    Denied(Reason),
    Unreachable(Reason),
    RetryAfter(u32),
    Failed(Reason),
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CheckStatus {
    Passed,
    Warning,
    Limited,
    Pending,
    Failed,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub name: String,
    /// Whether it works.
    pub status: CheckStatus,
    /// What was found, and what to do about it.
    pub reason: Reason,
}

/// A way to limit what the application may read; see `administration.guide`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What it is called.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// In the order in which they are taken.
    pub steps: Vec<Step>,
}

/// One step of a [`Guide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done, and what to see to.
    pub text: String,
    /// What is run, ready to be copied.
    pub commands: Option<String>,
}

impl Step {
    /// A step that is taken by hand.
    pub(crate) fn say(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            commands: None,
        }
    }

    /// A step that is taken by running these commands.
    pub(crate) fn run(text: &str, commands: String) -> Self {
        Self {
            text: text.to_owned(),
            commands: Some(commands),
        }
    }
}
