//! What the portal shows and asks for: the program that it is a part of implements [`Backend`]. The portal knows accounts, sessions and
//! pages; what a connector is, where the configuration stands and how a source is collected is the program's.
//!
//! All texts that come from a service or a connector (names, subjects, reasons) are foreign: pages escape them.
//! Instants are UTC seconds. Every method that changes or shows something protected takes `who`, the account that asks: the program
//! writes the audit log.

mod accounts;
mod checks;
mod connectors;
mod drafts;
mod views;

use async_trait::async_trait;

pub use self::accounts::{Account, AuditEntry, Deed};
pub use self::checks::{
    Authorization, AuthorizationState, Check, CheckStatus, ConsentAnswer, Mailbox, Permission, Validation,
};
pub use self::connectors::{
    ConnectorChoice, ConnectorEvent, ConnectorView, Guide, SecretNeed, Step, Waiting,
};
pub use self::drafts::{DraftOrigin, DraftView, Field, FieldKind, Form, Input, Problem, Target};
pub use self::views::{
    MeetingView, Overview, Pass, Purge, RoomCounts, RoomQuery, RoomView, Rooms, SinkSummary, SourceSummary,
    SubjectView, Timeline, TimelineQuery, TimelineRoom,
};

/// What a backend answers.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// There is no such thing (any more): 404.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done as asked; the text says why and what would be right: 422.
    #[error("{0}")]
    Refused(String),
    /// Something broke: 500. The text is for the log as well as for the page.
    #[error("{0}")]
    Failed(String),
}

/// What the program can do for the portal.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Who may sign in.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Makes an account. Refused when one of the name is there.
    async fn add_account(&self, account: Account) -> Result<()>;
    /// Takes an account away. Refused for the last one, without which nobody could sign in any more; of two that are taken away at the
    /// same time one is left.
    async fn remove_account(&self, name: &str) -> Result<()>;
    /// Replaces the hash of an account's password.
    async fn set_password(&self, name: &str, password_hash: &str) -> Result<()>;
    /// Writes a line into the audit log.
    async fn audit(&self, deed: Deed) -> Result<()>;
    /// The audit log, newest first: at most `limit` lines with numbers below `before`.
    async fn audit_log(&self, before: Option<i64>, limit: u64) -> Result<Vec<AuditEntry>>;

    /// All at a glance.
    async fn overview(&self) -> Result<Overview>;
    /// One source.
    async fn source(&self, name: &str) -> Result<SourceSummary>;
    /// Rooms with their outcomes.
    async fn rooms(&self, query: &RoomQuery) -> Result<Rooms>;
    /// The timeline. What it shows of subjects is written into the audit log.
    async fn timeline(&self, who: &str, query: &TimelineQuery) -> Result<Timeline>;
    /// The connectors.
    async fn connectors(&self) -> Result<Vec<ConnectorView>>;
    /// Lets the held version with that SHA-256 have what it wants more: the one that was shown to `who`. Refused when another one waits by
    /// now, NotFound when none does.
    async fn approve(&self, who: &str, connector: &str, digest: &str) -> Result<()>;

    /// The connectors that a new source may use.
    async fn choices(&self) -> Result<Vec<ConnectorChoice>>;
    /// Begins a draft; its id.
    async fn new_draft(&self, who: &str, origin: DraftOrigin) -> Result<String>;
    /// A draft as it stands.
    async fn draft(&self, id: &str) -> Result<DraftView>;
    /// What would be wrong with an input, without keeping it; secrets are not looked at.
    async fn check_draft(&self, id: &str, input: &Input) -> Result<Vec<Problem>>;
    /// Keeps an input, also one with problems. Secrets in it are stored at once (keyring or encrypted file).
    async fn change_draft(&self, who: &str, id: &str, input: Input) -> Result<()>;
    /// Throws a draft away, with the secrets that only it uses.
    async fn discard_draft(&self, who: &str, id: &str) -> Result<()>;
    /// Writes a draft into the configuration, applies it, and ends the draft; the source's name.
    async fn save_draft(&self, who: &str, id: &str) -> Result<String>;

    /// The address of the consent page to go to, with a fresh single-use state that only this session may come back with.
    async fn begin_authorization(&self, who: &str, session: &str, target: &Target) -> Result<String>;
    /// Checks what came back; what the answer was for. How it went stands in the target's [`Authorization`].
    /// Refused when the state is unknown, used, too old or another session's: then nothing at all of the answer is believed.
    async fn end_authorization(&self, who: &str, session: &str, answer: ConsentAnswer) -> Result<Target>;
    /// The authorization of a configured source; none when its connector needs none.
    async fn authorization(&self, source: &str) -> Result<Option<Authorization>>;

    /// Begins to validate, or does so again at once. Goes on when nobody looks.
    async fn validate(&self, who: &str, target: &Target) -> Result<()>;
    /// The checks; none when they were never asked for.
    async fn validation(&self, target: &Target) -> Result<Option<Validation>>;
    /// How to limit which mailboxes the application can read; empty when the connector has nothing to say about it.
    async fn guides(&self, source: &str) -> Result<Vec<Guide>>;

    /// Stops the collection of a source until it is resumed.
    async fn pause(&self, who: &str, source: &str) -> Result<()>;
    /// Collects it again.
    async fn resume(&self, who: &str, source: &str) -> Result<()>;
    /// Takes a source out of the configuration, with its stored secrets; with `purge` also all that it collected.
    async fn remove(&self, who: &str, source: &str, purge: bool) -> Result<()>;
    /// Whether subjects of a source may be looked at and are delivered.
    async fn set_viewing(&self, who: &str, source: &str, viewing: bool) -> Result<()>;
    /// Takes what was collected out of the store; how many meetings were changed or forgotten.
    async fn purge(&self, who: &str, source: &str, what: Purge) -> Result<u64>;
}
