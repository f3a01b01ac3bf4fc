//! The trait of a connector: the functions that the collector calls, and the types of their results.

use crate::host::Host;
use crate::meeting::Window;
use crate::reason::{Reason, SettingsProblem};
use std::future::Future;

/// The functions that every connector exports; see the interface `connector`. `settings` is a JSON object that the collector has checked against
/// the schema of [`describe`](Self::describe). Each call runs in an instance of its own.
pub trait Connector {
    /// Describes what the connector is and asks for; the same at every call. The call can reach nothing outside.
    fn describe() -> Manifest;

    /// How the collector gets the token for these settings; none for a fixed token, or if no token is needed.
    ///
    /// # Errors
    /// Problems with the settings that the schema cannot express.
    fn authorization(_settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        Ok(None)
    }

    /// Checks everything that a pass needs, and returns for each thing whether it works.
    fn validate(host: &impl Host, settings: &str) -> impl Future<Output = Vec<Check>>;

    /// The rooms of the source, each once. None, unless the connector reads calendars.
    fn list_rooms(
        _host: &impl Host,
        _settings: &str,
    ) -> impl Future<Output = Result<Expansion, CollectError>> {
        std::future::ready(Ok(Expansion::default()))
    }

    /// Reads the calendars of these rooms, emits the meetings that overlap the window, and returns the outcome of each room. A connector
    /// that lists rooms has this function too: without it, they fail.
    fn collect(
        _host: &impl Host,
        _settings: &str,
        _rooms: &[RoomRequest],
        _window: Window,
    ) -> impl Future<Output = Collected> {
        // A room without an outcome has failed.
        std::future::ready(Ok(Vec::new()))
    }
}

/// The outcome of each room, or why nothing at all could be done.
pub type Collected = Result<Vec<RoomOutcome>, CollectError>;

/// The further exports of a connector of the world `administered-connector`; see the interface `administration`.
pub trait Administration {
    /// Guides for limiting what the application with this client id may read to what the settings name, best first.
    ///
    /// # Errors
    /// What is wrong with the settings.
    fn limits(settings: &str, client_id: Option<&str>) -> Result<Vec<Guide>, Vec<SettingsProblem>>;

    /// Explains why the consent page came back with this `error` and `error_description`; none if there is nothing to add.
    fn explain_refusal(error: &str, description: &str) -> Option<Reason>;
}

/// The description of a connector: what it is and asks for; see `connector.manifest`.
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
    /// A credential whose value the connector never sees.
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

/// A permission that the administrator is asked for, with its purpose.
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
    /// The connector's own key for the room, which comes back in [`RoomRequest`].
    pub key: String,
    /// Its display name.
    pub name: String,
    /// Its building.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// The room lists of the settings that contain it.
    pub lists: Vec<String>,
}

impl Room {
    /// A room of which only the address is known. Its key is the address as written.
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
    /// Why it could not be expanded.
    pub reason: Reason,
}

/// The rooms of a source, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The rooms.
    pub rooms: Vec<Room>,
    /// The room lists that could not be expanded.
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
    /// The outcome of this room, from a reading that may end early with the outcome as its error.
    #[must_use]
    pub fn became(&self, read: Result<Outcome, Outcome>) -> RoomOutcome {
        RoomOutcome {
            address: self.address.clone(),
            outcome: read.unwrap_or_else(|outcome| outcome),
        }
    }
}

/// The result of reading a room; see `connector.outcome`. The texts of the first two are cursors.
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
    /// The outcome.
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

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CheckStatus {
    Passed,
    Warning,
    Limited,
    Pending,
    Failed,
}

/// A check of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The thing that was checked.
    pub name: String,
    /// Whether it works.
    pub status: CheckStatus,
    /// What was found, and what to do about it.
    pub reason: Reason,
}

impl Check {
    /// The check of a thing that either works or fails.
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
    /// Its title.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a [`Guide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do, and what to pay attention to.
    pub text: String,
    /// The commands to run, ready to copy.
    pub commands: Option<String>,
}

impl Step {
    /// A step to do by hand.
    #[must_use]
    pub fn say(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            commands: None,
        }
    }

    /// A step to do with these commands.
    #[must_use]
    pub fn run(text: &str, commands: String) -> Self {
        Self {
            text: text.to_owned(),
            commands: Some(commands),
        }
    }
}
