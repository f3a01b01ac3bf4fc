//! The interface between the portal and the program around it, which implements [`Backend`]. The portal knows accounts, sessions and
//! pages; the program knows what a connector is, where the configuration is and how a source is collected.
//!
//! All texts that come from a service or a connector (names, subjects, reasons) are foreign: pages escape them.
//! Instants are UTC seconds. Every method that changes or shows something protected takes `who`, the requesting account, so that the
//! program can write the audit log.

mod access;
mod answers;
mod checks;
mod connectors;
mod drafts;
mod figures;
mod sign_in;
mod sinks;
mod spaces;
mod usage;
mod views;

use async_trait::async_trait;
use jiff::civil::Date;

pub use self::access::AccessBackend;
pub use self::answers::{AnswerError, Answered, ApiToken, Asked, Parameter, Parameters, Resource, Scope};
pub use self::checks::{
    Authorization, Check, CheckStatus, ConsentAnswer, ConsentState, Mailbox, Permission, Validation,
};
pub use self::connectors::{ConnectorChoice, ConnectorView, Event, Guide, SecretNeed, Step, Waiting};
pub use self::drafts::{
    DraftOrigin, DraftSummary, DraftView, Field, FieldKind, Form, Input, Problem, REFRESH_TOKEN, Row, Target,
    Typed, cell_key, cell_of, rows, text_of,
};
pub use self::figures::{FiguresError, FileForm, Posting};
pub use self::sign_in::{SignInAnswer, SignInProblem, Visitor};
pub use self::sinks::{SetAside, SinkBackend, SinkDraftView, Tried};
pub use self::spaces::{
    Agreement, JoinedBy, RoomName, Rows, SpaceChoice, SpaceId, SpacePart, SpaceQuery, SpaceRecord, SpaceRow,
    Spaces,
};
pub use self::usage::{Admission, Parcel, PostError, Received};
pub use self::views::{
    MeetingView, Overview, PassRecord, Purge, ReceiverSummary, RoomCounts, RoomQuery, RoomRow, Rooms,
    SinkState, SinkSummary, SourceSummary, SubjectView, Timeline, TimelineQuery, TimelineRoom,
};
pub use collector_insights::closed::{ClosedMonth, FigureChange};
pub use collector_insights::selection::{Asked as AskedReport, RoomFilter, SelectedRoom, Selection};
pub use collector_insights::strip::RoomDay;
pub use collector_store::{Account, AuditEntry, AuditSearch, Deed, Role};

/// What a backend answers.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Why the backend did not do something.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// It does not exist, or no longer: 404.
    #[error("{0}")]
    NotFound(String),
    /// It is not possible as requested; the text says why and what would be: 422.
    #[error("{0}")]
    Refused(String),
    /// Something went wrong: 500. The text is for both the log and the page.
    #[error("{0}")]
    Failed(String),
}

/// What the program does for the portal.
#[async_trait]
pub trait Backend: AccessBackend + SinkBackend + Send + Sync + 'static {
    /// Writes an entry to the audit log.
    async fn audit(&self, deed: Deed) -> Result<()>;
    /// The entries of the audit log that match, newest first.
    async fn audit_log(&self, search: &AuditSearch) -> Result<Vec<AuditEntry>>;

    /// Everything at a glance.
    async fn overview(&self) -> Result<Overview>;
    /// One source.
    async fn source(&self, name: &str) -> Result<SourceSummary>;
    /// Rooms with their outcomes.
    async fn rooms(&self, query: &RoomQuery) -> Result<Rooms>;
    /// Spaces, and the rooms that they belong to.
    async fn spaces(&self, query: &SpaceQuery) -> Result<Spaces>;
    /// A space with the rooms to choose from.
    async fn space(&self, space: &SpaceId) -> Result<SpaceChoice>;
    /// Writes into the configuration that a room names a space, and applies it. Refused if one of them is not known.
    async fn join(&self, who: &str, room: &str, space: &SpaceId) -> Result<()>;
    /// Takes a space out of those that a room names in the configuration, and applies that.
    async fn separate(&self, who: &str, room: &str, space: &SpaceId) -> Result<()>;
    /// The timeline, with the subjects that a role may see. The program writes to the audit log which subjects it shows.
    async fn timeline(&self, who: &str, role: Role, query: &TimelineQuery) -> Result<Timeline>;
    /// The connectors.
    async fn connectors(&self) -> Result<Vec<ConnectorView>>;
    /// Approves the additional permissions of the held version with this SHA-256, the one that `who` saw. Refused if another version waits
    /// by now; NotFound if none does.
    async fn approve(&self, who: &str, connector: &str, digest: &str) -> Result<()>;

    /// The connectors that a new source may use.
    async fn choices(&self) -> Result<Vec<ConnectorChoice>>;
    /// The form for a source of a connector. Refused if there is no such connector.
    async fn source_form(&self, connector: &str) -> Result<Form>;
    /// Begins a draft and returns its id.
    async fn new_draft(&self, who: &str, origin: DraftOrigin) -> Result<String>;
    /// A draft.
    async fn draft(&self, id: &str) -> Result<DraftView>;
    /// The problems of an input, which is not kept.
    async fn check_draft(&self, id: &str, input: &Input) -> Result<Vec<Problem>>;
    /// Keeps an input, even one with problems. Stores the typed secrets immediately (keyring or encrypted file); others stay as they were.
    async fn change_draft(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()>;
    /// Discards a draft, with the secrets that only it uses.
    async fn discard_draft(&self, who: &str, id: &str) -> Result<()>;
    /// Writes a draft into the configuration, applies it, ends the draft, and returns the source's name.
    async fn save_draft(&self, who: &str, id: &str) -> Result<String>;

    /// The address of the consent page, with a fresh single-use state that only this session may return with.
    async fn begin_authorization(&self, who: &str, session: &str, target: &Target) -> Result<String>;
    /// Checks the answer of the consent page and returns its target, whose [`Authorization`] has the result.
    /// Refused if the state is unknown, used, expired or another session's: then the whole answer is ignored.
    async fn end_authorization(&self, who: &str, session: &str, answer: ConsentAnswer) -> Result<Target>;
    /// The authorization of a configured source; `None` if its connector needs none.
    async fn authorization(&self, source: &str) -> Result<Option<Authorization>>;

    /// Starts the validation, or repeats it immediately. It continues when no page shows it.
    async fn validate(&self, who: &str, target: &Target) -> Result<()>;
    /// The checks; `None` if they were never requested.
    async fn validation(&self, target: &Target) -> Result<Option<Validation>>;
    /// How to limit which mailboxes the application can read; empty if the connector has no guide.
    async fn guides(&self, source: &str) -> Result<Vec<Guide>>;

    /// Makes a source's next pass due now. Refused while it is paused or being collected.
    async fn collect(&self, who: &str, source: &str) -> Result<()>;
    /// Pauses a source until it is resumed.
    async fn pause(&self, who: &str, source: &str) -> Result<()>;
    /// Resumes a source.
    async fn resume(&self, who: &str, source: &str) -> Result<()>;
    /// Removes a source from the configuration, with its stored secrets; with `purge` also everything that it collected.
    async fn remove(&self, who: &str, source: &str, purge: bool) -> Result<()>;
    /// Sets whether subjects of a source are shown and delivered.
    async fn set_viewing(&self, who: &str, source: &str, viewing: bool) -> Result<()>;
    /// Deletes collected data from the store and returns how many meetings were changed or deleted.
    async fn purge(&self, who: &str, source: &str, what: Purge) -> Result<u64>;

    /// Whether a token opens a source, compared in constant time. The source is none if the sender did not name it.
    async fn admit(&self, source: Option<&str>, token: &str) -> Admission;
    /// Stores what was posted to a source that receives: all records or none.
    async fn receive(&self, source: &str, parcel: Parcel) -> std::result::Result<Received, PostError>;

    /// The rooms that a filter leaves, with reports about them, as of one moment.
    async fn select(
        &self,
        filter: RoomFilter,
        asked: Vec<AskedReport>,
    ) -> std::result::Result<Selection, FiguresError>;
    /// The closed months with the moments at which they were closed (UTC seconds), newest first.
    async fn closed_months(&self) -> Result<Vec<(String, i64)>>;
    /// A closed month, `2026-10`, with what changed since. None if it is not closed.
    async fn closed_month(&self, month: &str) -> std::result::Result<Option<ClosedMonth>, FiguresError>;
    /// The same as a file: as CSV what changed since, as JSON all of it. None if it is not closed, or not saved in this form.
    async fn month_file(
        &self,
        month: &str,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError>;
    /// Where the summary of the week that begins on this date is posted, and how that went; none if summaries are not posted.
    async fn weekly_posting(&self, monday: Date) -> Result<Option<Posting>>;
    /// Whether this program writes files of Parquet.
    fn has_parquet(&self) -> bool;
    /// A report about the rooms that a filter leaves, as a file; none if it leaves no room.
    async fn report_file(
        &self,
        filter: RoomFilter,
        asked: AskedReport,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError>;
    /// The local dates of two periods of a room of a source, each from its first to before its last, oldest first. None if there is no such room.
    async fn room_days(
        &self,
        source: &str,
        address: &str,
        periods: [(Date, Date); 2],
    ) -> std::result::Result<Option<[Vec<RoomDay>; 2]>, FiguresError>;

    /// Answers a question of a program.
    async fn answer(&self, asked: Asked) -> std::result::Result<Answered, AnswerError>;
}
