//! What a connector is: the functions that the collector calls, and the types of their results.

use crate::host::Host;
use crate::meeting::Window;
use crate::reason::{Reason, SettingsProblem};
use std::future::Future;

/// A connector: what every one exports; see the interface `connector`. `settings` is a JSON object that the collector has checked
/// against the schema of [`describe`](Self::describe). Each call runs in an instance of its own.
pub trait Connector {
    /// What the connector is and asks for. The same at every call; it can reach nothing.
    fn describe() -> Manifest;

    /// How the collector gets the token for these settings; none for a fixed token, or where none is needed.
    ///
    /// # Errors
    /// What is wrong with the settings that the schema cannot say.
    fn authorization(_settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        Ok(None)
    }

    /// Tries everything that a pass needs, and says for each thing whether it works.
    fn validate(host: &impl Host, settings: &str) -> impl Future<Output = Vec<Check>>;

    /// The rooms of the source, each once.
    fn list_rooms(host: &impl Host, settings: &str) -> impl Future<Output = Result<Expansion, CollectError>>;

    /// Reads the calendars of these rooms, emits the meetings that overlap the window, and says what became of each room.
    fn collect(
        host: &impl Host,
        settings: &str,
        rooms: &[RoomRequest],
        window: Window,
    ) -> impl Future<Output = Collected>;
}

/// What became of each room, or why nothing at all could be done.
pub type Collected = Result<Vec<RoomOutcome>, CollectError>;

/// What a connector of the world `administered-connector` exports besides; see the interface `administration`.
pub trait Administration {
    /// The ways to limit what the application with this client id may read to what the settings name, best first.
    ///
    /// # Errors
    /// What is wrong with the settings.
    fn limits(settings: &str, client_id: Option<&str>) -> Result<Vec<Guide>, Vec<SettingsProblem>>;

    /// What it means that the consent page came back with this `error` and `error_description`; none when there is nothing to
    /// say beyond these words.
    fn explain_refusal(error: &str, description: &str) -> Option<Reason>;
}

/// What a connector is and asks for; see `connector.manifest`.
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

/// A credential that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SecretNeed {
    pub name: String,
    pub purpose: String,
    pub reveal: bool,
}

impl SecretNeed {
    /// A credential that is used without being seen.
    pub fn new(name: &str, purpose: &str) -> Self {
        Self {
            name: name.to_owned(),
            purpose: purpose.to_owned(),
            reveal: false,
        }
    }
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

/// A bookable room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    /// Its SMTP address, in lower case.
    pub address: String,
    /// The connector's own key for it, which comes back in [`RoomRequest`].
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

impl Room {
    /// The room of this address, of which nothing else is known. Its key is the address as it is written here.
    pub fn at(address: impl AsRef<str>) -> Self {
        let address = address.as_ref();
        Self {
            address: address.to_lowercase(),
            key: address.to_owned(),
            name: address.to_owned(),
            ..Self::default()
        }
    }
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
    /// The rooms.
    pub rooms: Vec<Room>,
    /// The room lists that gave none.
    pub problems: Vec<ListProblem>,
}

impl FromIterator<Room> for Expansion {
    fn from_iter<T: IntoIterator<Item = Room>>(rooms: T) -> Self {
        Self {
            rooms: rooms.into_iter().collect(),
            problems: Vec::new(),
        }
    }
}

/// A room to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRequest {
    /// Its address, in lower case.
    pub address: String,
    /// The `key` of its [`Room`].
    pub key: String,
    /// The cursor of its last outcome, if it had one.
    pub cursor: Option<String>,
}

impl RoomRequest {
    /// The outcome of this room, where reading it ends early with the outcome as its error.
    #[must_use]
    pub fn became(&self, read: Result<Outcome, Outcome>) -> RoomOutcome {
        RoomOutcome {
            address: self.address.clone(),
            outcome: read.unwrap_or_else(|outcome| outcome),
        }
    }
}

/// What became of a room; see `connector.outcome`. The texts of the first two are cursors.
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

impl From<Vec<SettingsProblem>> for CollectError {
    fn from(problems: Vec<SettingsProblem>) -> Self {
        Self::Settings(problems)
    }
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

impl Check {
    /// The check of something that either works or does not.
    pub fn tried<T>(name: &str, result: Result<T, impl Into<Reason>>) -> Self {
        let (status, reason) = match result {
            Ok(_) => (CheckStatus::Passed, "it works".into()),
            Err(error) => (CheckStatus::Failed, error.into()),
        };
        Self {
            name: name.to_owned(),
            status,
            reason,
        }
    }
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
    #[must_use]
    pub fn say(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            commands: None,
        }
    }

    /// A step that is taken by running these commands.
    #[must_use]
    pub fn run(text: &str, commands: String) -> Self {
        Self {
            text: text.to_owned(),
            commands: Some(commands),
        }
    }
}
