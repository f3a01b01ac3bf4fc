//! What an administrator changes: sources and secrets. The command line and the portal call the same functions; who asked, and whether
//! they may, is theirs to know.

mod add;
mod purge;
mod secrets;

use std::path::Path;

use collector_egress::vault::{Vault, VaultError};
use collector_store::{Store, StoreError};

pub use self::add::{NewSource, add, check, replace};
pub use self::secrets::{
    KnownSecrets, StoredSecret, list_secrets, lost_secrets, remove_secret, reset_secrets, set_secret,
};
use crate::config::edit::{ConfigFile, EditError};
use crate::config::{Config, ConfigError};

/// How often a change is tried again when somebody else changed the file in between.
const TRIES: usize = 5;

/// Why something could not be changed. Nothing was, unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is nothing of this name.
    #[error("{0}")]
    NotFound(String),
    /// It may not be so: one line a problem, each with its remedy.
    #[error("{0}")]
    Refused(String),
    /// Something in the machine failed.
    #[error("{0}")]
    Failed(String),
}

impl From<EditError> for AdminError {
    fn from(error: EditError) -> Self {
        let text = error.to_string();
        match error {
            EditError::NotFound { .. } => Self::NotFound(text),
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

/// What the removal of a source took with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// How many meetings were forgotten; none when what was collected was kept.
    pub meetings: Option<u64>,
    /// The secrets that nothing else refers to, which are gone too.
    pub secrets: Vec<String>,
}

/// Lets a source rest: it is not collected until it is resumed. A source that rests already is no error.
///
/// # Errors
/// See [`AdminError`].
pub fn pause(path: &Path, name: &str) -> Result<(), AdminError> {
    edit(path, |file| file.set_paused(name, true))
}

/// Lets a source be collected again.
///
/// # Errors
/// See [`AdminError`].
pub fn resume(path: &Path, name: &str) -> Result<(), AdminError> {
    edit(path, |file| file.set_paused(name, false))
}

/// Lets the subjects of a source's meetings be seen, or not any more.
///
/// # Errors
/// See [`AdminError`].
pub fn set_viewing(path: &Path, name: &str, viewing: bool) -> Result<(), AdminError> {
    edit(path, |file| file.set_viewing(name, viewing))
}

/// Removes a source, with the stored secrets that nothing else refers to. With `purge` all that it collected is forgotten too, also of a
/// source that was removed before; while a service runs, that waits until it has let go of the source.
///
/// # Errors
/// See [`AdminError`]. When the configuration was changed and what follows failed, the text says so.
pub fn remove(path: &Path, name: &str, purge: bool) -> Result<Removed, AdminError> {
    let config = load(path)?;
    if config.sources.iter().all(|source| source.name != name) && purge && purge::is_stored(&config, name)? {
        let meetings = Some(purge::forget(&config.data, name)?);
        let secrets = Vec::new();
        return Ok(Removed { meetings, secrets });
    }
    let applied = purge::Applied::from_now(&config)?;
    edit(path, |file| file.remove_source(name))?;
    let after = |error: AdminError| {
        let words = format!(
            "the source {name:?} was removed from {}, but {error}",
            path.display()
        );
        AdminError::Failed(words)
    };
    forget_target(&config, name).map_err(after)?;
    let secrets = forget_secrets(path, &config, name).map_err(after)?;
    let meetings = if purge {
        applied.wait().map_err(after)?;
        Some(purge::forget(&config.data, name).map_err(after)?)
    } else {
        None
    };
    Ok(Removed { meetings, secrets })
}

/// Forgets what was found when a source was authorized and validated: another of its name begins anew.
fn forget_target(config: &Config, name: &str) -> Result<(), AdminError> {
    if let Some(mut store) = Store::open_existing(&config.data)? {
        store.forget_target(&collector_store::source_key(name))?;
    }
    Ok(())
}

/// Forgets the stored secrets that a source referred to before, unless something still refers to them.
fn forget_secrets(path: &Path, before: &Config, name: &str) -> Result<Vec<String>, AdminError> {
    let used = load(path)?.stored_secrets();
    let title = before
        .sources
        .iter()
        .find(|source| source.name == name)
        .map(|source| source.title());
    let vault = Vault::of(&before.data);
    let mut gone = Vec::new();
    for (secret, whose) in before.stored_secrets() {
        if Some(whose) != title || gone.contains(&secret) || used.iter().any(|(other, _)| *other == secret) {
            continue;
        }
        match vault.remove(&secret) {
            Ok(()) => gone.push(secret),
            Err(VaultError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(gone)
}

/// Changes the configuration file; anew when somebody else changed it at the same time.
fn edit(path: &Path, change: impl Fn(&mut ConfigFile) -> Result<(), EditError>) -> Result<(), AdminError> {
    let try_once = || {
        let mut file = ConfigFile::open(path)?;
        change(&mut file)?;
        file.save()
    };
    for _ in 1..TRIES {
        match try_once() {
            Err(EditError::Changed { .. }) => {}
            decided => return Ok(decided?),
        }
    }
    Ok(try_once()?)
}

/// The configuration; without a file an empty one.
fn load(path: &Path) -> Result<Config, AdminError> {
    Ok(Config::load_or_empty(path)?.0)
}
