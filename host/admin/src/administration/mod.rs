//! An administrator's actions on sources, sinks, stored meetings, secrets and connectors. The command line and the portal call the same functions,
//! which also write the line of the audit log.
//!
//! | file | what it does |
//! | --- | --- |
//! | `sources` | pauses, resumes, saves and removes sources |
//! | `sinks` | saves, removes and tries sinks, and decides about what they refused |
//! | `spaces` | joins spaces to rooms, and separates them |
//! | `check` | checks a source with its connector before it is saved |
//! | `purge` | deletes what a source collected |
//! | `secrets` | stores, lists and removes secrets |
//! | `approval` | approves the additional permissions of a connector version that is on hold |
//! | `write` | changes the configuration file, and undoes the change if the service refuses it |

mod approval;
mod check;
mod purge;
mod secrets;
mod sinks;
mod sources;
mod spaces;
mod write;

use std::path::{Path, PathBuf};

use collector_egress::vault::{Vault, VaultError};
use collector_model::instant::rfc3339;
use collector_store::{Deed, Store, StoreError};

pub use self::approval::{Approval, approve};
pub use self::check::{NewSource, check};
pub use self::purge::purge;
pub use self::secrets::{KnownSecrets, StoredSecret};
pub use self::sinks::{retry_sink, skip_refused, try_sink};
pub use self::sources::Removed;
use crate::config::edit::EditError;
use crate::config::{Config, ConfigError};

/// Why a change failed. Nothing was changed, unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is nothing of this name.
    #[error("{0}")]
    NotFound(String),
    /// The change is not allowed: one line a problem, each with its remedy.
    #[error("{0}")]
    Refused(String),
    /// Something failed on this machine.
    #[error("{0}")]
    Failed(String),
}

impl From<EditError> for AdminError {
    fn from(error: EditError) -> Self {
        let text = error.to_string();
        match error {
            EditError::NoFile { .. } | EditError::NotFound { .. } | EditError::NotNamed { .. } => {
                Self::NotFound(text)
            }
            EditError::Invalid(_) | EditError::Exists { .. } | EditError::Unsupported { .. } => {
                Self::Refused(text)
            }
            EditError::Unreadable { .. } | EditError::Changed { .. } | EditError::Unwritable { .. } => {
                Self::Failed(text)
            }
        }
    }
}

impl From<ConfigError> for AdminError {
    fn from(error: ConfigError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<VaultError> for AdminError {
    fn from(error: VaultError) -> Self {
        let text = format!("{error}; {}", error.remedy());
        match error {
            VaultError::NotFound { .. } => Self::NotFound(text),
            VaultError::Name(_) | VaultError::Intact { .. } => Self::Refused(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Changes a configuration, and the secrets and stored data that belong to it, in someone's name.
pub struct Administrator<'a> {
    path: &'a Path,
    who: &'a str,
    service: Option<Service<'a>>,
}

/// The service in whose process an administrator works. Outside of one, a running service notices the changes by itself.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    /// Its data directory.
    pub data: &'a Path,
    /// Makes the service apply the configuration file. A change that it refuses is undone.
    pub apply: &'a dyn Fn() -> Result<(), String>,
}

impl<'a> Administrator<'a> {
    /// An administrator of the configuration at `path`. The audit log names `who` as the actor.
    pub fn new(path: &'a Path, who: &'a str) -> Self {
        let service = None;
        Self { path, who, service }
    }

    /// The same administrator in the process of a service.
    #[must_use]
    pub fn within(self, service: Service<'a>) -> Self {
        Self {
            service: Some(service),
            ..self
        }
    }

    /// Writes a line of the audit log.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn audit(&self, action: &str, subject: &str, detail: &str) -> Result<(), AdminError> {
        let data = self.data(&self.config()?);
        Ok(audit(&Store::open(&data)?, self.who, action, subject, detail)?)
    }

    /// The configuration; an empty one if there is no file.
    fn config(&self) -> Result<Config, AdminError> {
        Ok(Config::load_or_empty(self.path)?.0)
    }

    fn data(&self, config: &Config) -> PathBuf {
        let named = || config.data.clone();
        self.service.map_or_else(named, |service| service.data.to_owned())
    }

    fn vault(&self) -> Result<Vault, AdminError> {
        Ok(Vault::of(&self.data(&self.config()?)))
    }
}

/// The audit log's detail about meetings whose subjects were viewed. The span is in UTC seconds.
pub fn viewed(start: i64, end: i64) -> String {
    format!("meetings from {} to {}", rfc3339(start), rfc3339(end))
}

/// Writes a line of the audit log to an open store.
///
/// # Errors
/// The store failed.
pub fn audit(store: &Store, who: &str, action: &str, subject: &str, detail: &str) -> Result<(), StoreError> {
    let now = chrono::Utc::now().timestamp();
    store.audit(now, &Deed::new(who, action, subject, detail))
}
