//! The world `room-connector` in plain Rust: the types that connector and host exchange, and what the host offers.
//!
//! They mirror the package `vyopta:collector`, which says what each means; here stands only what this connector uses
//! and what Rust adds. Instants are whole seconds since 1970-01-01T00:00:00Z, addresses are lower-cased.

use std::future::Future;

/// What the connector may do to the outside. `component.rs` binds it to the sandbox; a test brings its own.
pub trait Host {
    /// Gets a URL, with the source's credential `feed` as its bearer when there is one. A status is data, not an error.
    fn get(
        &self,
        url: &str,
        headers: Vec<(String, String)>,
    ) -> impl Future<Output = Result<Response, FetchError>>;
    /// Hands over a meeting of a room of this call.
    fn emit(&self, meeting: Meeting) -> Result<(), EmitError>;
    /// Writes one line for the operator. Never a subject, never a credential, never a feed's address.
    fn log(&self, level: Level, message: &str);
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something should be looked at.
    Warn,
    /// What happens, in detail.
    Debug,
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
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer; the words of `http.fetch-error`, sorted by what is to be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The collector refuses the request: the text says what to change.
    #[error("{0}")]
    Refused(String),
    /// The answer is larger, or slower, than the collector takes.
    #[error("{0}")]
    TooMuch(String),
    /// There was no connection, or it broke.
    #[error("{0}")]
    Broken(String),
    /// The bearer cannot be had.
    #[error("the credential \"feed\": {0}")]
    Bearer(String),
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
    /// The other side's own code for it.
    pub code: Option<String>,
}

/// The subject of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// What it says.
    Text(String),
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

/// One occurrence in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The UID of its event, and which occurrence of it when it recurs.
    pub id: String,
    /// The address of the room.
    pub room: String,
    /// The UID, when it recurs.
    pub series: Option<String>,
    /// Its subject, if it may be shown.
    pub subject: Subject,
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
    /// Its address again: the settings tell the rest.
    pub key: String,
    /// Its display name.
    pub name: String,
    /// The building it is in.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
}

/// A room to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRequest {
    /// Its address, in lower case.
    pub address: String,
    /// The `key` of its [`Room`].
    pub key: String,
    /// The cursor of its last reading; none when it had none, or one that this version does not know.
    pub cursor: Option<Cursor>,
}

/// What is remembered of a feed from pass to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// It held events.
    Full,
    /// It held none.
    Emptied,
}

impl Cursor {
    /// Every one, with the text that the collector keeps.
    const ALL: [(Self, &'static str); 2] = [(Self::Full, "full"), (Self::Emptied, "empty")];

    /// The cursor of a text.
    pub fn read(text: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == text);
        found.map(|(cursor, _)| cursor)
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(cursor, _)| *cursor == self);
        found.map_or("", |(_, text)| text)
    }
}

/// What became of a room; see `connector.outcome`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Complete(Cursor),
    Changes(Cursor),
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

/// Why nothing at all could be done: of the reasons of `connector.collect-error`, the one that no room can have for
/// itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CollectError {
    /// The settings cannot be used.
    Settings(Vec<SettingsProblem>),
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CheckStatus {
    Passed,
    Warning,
    Limited,
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
