//! The trait of a connector that reads what devices report, and the types of its results.

use crate::connector::{CollectError, Connector, Outcome};
use crate::host::{FetchError, Host};
use crate::meeting::Window;
use crate::reason::Reason;
use crate::usage::{Kind, UsageError};
use std::future::Future;

/// The further exports of a connector of the world `endpoint-connector`; see the interface `spaces`.
pub trait Endpoint: Connector {
    /// The spaces of the source, each once.
    fn list_spaces(host: &impl Host, settings: &str) -> impl Future<Output = Result<Listing, CollectError>>;

    /// Reads what was reported about these spaces in the window, emits it, and returns the outcome of each space.
    fn collect_usage(
        host: &impl Host,
        settings: &str,
        spaces: &[SpaceRequest],
        window: Window,
    ) -> impl Future<Output = Result<Vec<SpaceResult>, CollectError>>;
}

/// A room as the other side knows it; see `spaces.space`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Space {
    /// The other side's key, the same in every pass.
    pub key: String,
    /// Its display name.
    pub name: String,
    /// The address of its calendar, in lower case.
    pub address: Option<String>,
    /// Its building.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// Its time zone, as IANA names it.
    pub time_zone: Option<String>,
    /// What is reported about it, as it is equipped and configured now.
    pub kinds: Vec<Kind>,
    /// The connector's own notes, which come back in [`SpaceRequest`].
    pub notes: String,
}

/// The spaces of a source, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The spaces.
    pub spaces: Vec<Space>,
    /// Why some spaces, or some facts about them, could not be listed.
    pub problems: Vec<Reason>,
}

/// A space to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRequest {
    /// Its key.
    pub key: String,
    /// The notes of its [`Space`].
    pub notes: String,
    /// The cursor of its last outcome, if it had one.
    pub cursor: Option<String>,
}

impl SpaceRequest {
    /// The result of this space, from a reading that may end early with the outcome as its error.
    #[must_use]
    pub fn became(&self, read: Result<SpaceOutcome, SpaceOutcome>) -> SpaceResult {
        SpaceResult {
            key: self.key.clone(),
            outcome: read.unwrap_or_else(|outcome| outcome),
        }
    }
}

/// The result of reading a space; see `spaces.space-outcome`. The text of the first is a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SpaceOutcome {
    Collected(Option<String>),
    RetryAfter(u32),
    Denied(Reason),
    Missing(Reason),
    Failed(Reason),
}

/// What became of one space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceResult {
    /// The space's key, as it was requested.
    pub key: String,
    /// The outcome.
    pub outcome: SpaceOutcome,
}

/// What an answer means for a room, it means for a space.
impl From<Outcome> for SpaceOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete(cursor) | Outcome::Changes(cursor) => Self::Collected(cursor),
            Outcome::RetryAfter(seconds) => Self::RetryAfter(seconds),
            Outcome::Denied(why) => Self::Denied(why),
            Outcome::Missing(why) => Self::Missing(why),
            Outcome::Failed(why) => Self::Failed(why),
        }
    }
}

/// An answer that fails a room fails the source, if the source cannot be listed without it.
impl From<Outcome> for CollectError {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::RetryAfter(seconds) => Self::RetryAfter(seconds),
            Outcome::Denied(why) => Self::Denied(why),
            Outcome::Missing(why) | Outcome::Failed(why) => Self::Failed(why),
            Outcome::Complete(_) | Outcome::Changes(_) => Self::Failed("the source was not read".into()),
        }
    }
}

/// Without an answer nothing can be listed.
impl From<FetchError> for CollectError {
    fn from(error: FetchError) -> Self {
        Self::Unreachable(error.to_string().into())
    }
}

/// Without an answer the space has failed. If a grant is missing, the message contains the configuration line that would add it.
impl From<FetchError> for SpaceOutcome {
    fn from(error: FetchError) -> Self {
        Self::Failed(error.to_string().into())
    }
}

/// A refused record fails its space: the collector keeps no part of one.
impl From<UsageError> for SpaceOutcome {
    fn from(error: UsageError) -> Self {
        Self::Failed(format!("the collector refused a record: {error}").into())
    }
}
