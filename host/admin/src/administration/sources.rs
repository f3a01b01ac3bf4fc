//! Pauses, resumes, saves and removes sources.

use collector_egress::vault::{Place, Vault, VaultError};
use collector_store::{Deleted, Store, source_key};
use secrecy::SecretString;

use super::purge::{self, Applied};
use super::{AdminError, Administrator, NewSource};
use crate::config::Config;
use crate::config::edit::ConfigFile;
use crate::draft::sink::SinkDraft;
use crate::draft::{Draft, StoredDraft as _, form};

/// What the removal of a source took with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// What it had stored, if that was deleted; none if it was kept.
    pub data: Option<Deleted>,
    /// The stored secrets that were deleted because nothing else refers to them.
    pub secrets: Vec<String>,
}

impl Administrator<'_> {
    /// Pauses a source: it is not collected until it is resumed. False if it is paused already; then nothing is written.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn pause(&self, name: &str) -> Result<bool, AdminError> {
        self.set_paused(name, true, "source-paused")
    }

    /// Resumes a paused source. False if it was not paused; then nothing is written.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn resume(&self, name: &str) -> Result<bool, AdminError> {
        self.set_paused(name, false, "source-resumed")
    }

    fn set_paused(&self, name: &str, paused: bool, action: &str) -> Result<bool, AdminError> {
        self.must_be_collected(name)?;
        if ConfigFile::open(self.path)?.is_paused(name) == Some(paused) {
            return Ok(false);
        }
        self.edit(|file| file.set_paused(name, paused))?;
        self.audit(action, name, "")?;
        Ok(true)
    }

    /// Refuses to pause or resume a source that receives. A file with mistakes may still be paused in: that keeps a broken source away.
    fn must_be_collected(&self, name: &str) -> Result<(), AdminError> {
        match self.config() {
            Ok(config) if config.receiver(name).is_some() => Err(AdminError::Refused(format!(
                "source {name:?} receives what others post, so it cannot be paused or resumed; to stop it, take its tokens away or remove it"
            ))),
            _ => Ok(()),
        }
    }

    /// Shows or hides the subjects of a source's meetings.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn set_viewing(&self, name: &str, viewing: bool) -> Result<(), AdminError> {
        self.edit(|file| file.set_viewing(name, viewing))?;
        let action = if viewing {
            "viewing-enabled"
        } else {
            "viewing-disabled"
        };
        self.audit(action, name, "")
    }

    /// Adds a checked source, or replaces the source `before`, which may get another name. Stores its secrets first, so that a service that
    /// sees the source finds them, then deletes the secrets that nothing refers to any more. Returns where each new secret is.
    ///
    /// # Errors
    /// See [`AdminError`]. Nothing was changed or stored, unless the text is about a secret that could not be deleted.
    pub fn save(&self, before: Option<&str>, new: &NewSource) -> Result<Vec<(String, Place)>, AdminError> {
        let Some(name) = before else {
            let put = self.store_and_write(None, new)?;
            self.audit("source-added", new.name(), "")?;
            return Ok(put);
        };
        let config = self.config()?;
        let put = self.store_and_write(before, new)?;
        let old = config.source(name).and_then(|source| source.written.as_object());
        let changed = old
            .zip(new.written.as_object())
            .map_or_else(Vec::new, |(old, new)| form::changed(old, new));
        self.audit("source-changed", new.name(), &changed.join(", "))?;
        self.forget_secrets(config.stored_secrets_of(name))?;
        Ok(put)
    }

    /// Stores the secrets and writes the source. Restores the secrets if the source cannot be written.
    fn store_and_write(
        &self,
        before: Option<&str>,
        new: &NewSource,
    ) -> Result<Vec<(String, Place)>, AdminError> {
        let vault = self.vault()?;
        let mut put = Vec::new();
        let saved = store_all(&vault, new, &mut put).and_then(|()| self.edit(|file| new.put(file, before)));
        let Err(error) = saved else {
            return Ok(put.into_iter().map(|(name, place, _)| (name, place)).collect());
        };
        for (name, place, old) in put {
            let undone = match old {
                Some(old) => vault.put_in(place, &name, &old),
                None => vault.remove(&name),
            };
            if let Err(undone) = undone {
                return Err(AdminError::Failed(format!(
                    "{error}; also, the change of the secret {name:?} could not be undone: {undone}"
                )));
            }
        }
        Err(error)
    }

    /// Refuses a name of which there is nothing to [remove](Self::remove).
    ///
    /// # Errors
    /// There is no source of this name, and if `purge`, nothing is stored of one.
    pub fn can_remove(&self, name: &str, purge: bool) -> Result<(), AdminError> {
        let known = ConfigFile::open(self.path)?.must_have_source(name);
        if known.is_err() && purge && purge::is_stored(&self.data(&self.config()?), name)? {
            return Ok(());
        }
        Ok(known?)
    }

    /// Removes a source, with the records of its consent and checks, and the stored secrets that nothing else refers to. `purge` also
    /// deletes all that it collected, even if the source was removed before. If a service runs, the deletion waits until the service has
    /// released the source.
    ///
    /// # Errors
    /// See [`AdminError`]. If a later step fails after the configuration was changed, the text says so.
    pub fn remove(&self, name: &str, purge: bool) -> Result<Removed, AdminError> {
        let config = self.config()?;
        let data = self.data(&config);
        let is_configured = config.source_names().any(|known| known == name);
        let removed = if !is_configured && purge && purge::is_stored(&data, name)? {
            Removed {
                data: Some(purge::forget(&data, name)?),
                secrets: Vec::new(),
            }
        } else {
            self.take_out(&config, name, purge)?
        };
        let detail = removed.data.map_or_else(
            || "what it stored is kept".to_owned(),
            |deleted| format!("with {deleted}"),
        );
        self.audit("source-removed", name, &detail)?;
        Ok(removed)
    }

    fn take_out(&self, config: &Config, name: &str, purge: bool) -> Result<Removed, AdminError> {
        let data = self.data(config);
        // In its own process, the service has applied the change before this goes on: nothing to wait for.
        let applied = match self.service {
            None => Some(Applied::from_now(&data)?),
            Some(_) => None,
        };
        self.edit(|file| file.remove_source(name))?;
        let rest = || {
            if let Some(mut store) = Store::open_existing(&data)? {
                // A later source of the same name starts anew.
                store.forget_target(&source_key(name))?;
            }
            let secrets = self.forget_secrets(config.stored_secrets_of(name))?;
            let data = if purge {
                applied.map_or(Ok(()), |applied| applied.wait())?;
                Some(purge::forget(&data, name)?)
            } else {
                None
            };
            Ok(Removed { data, secrets })
        };
        rest().map_err(|error: AdminError| {
            AdminError::Failed(format!(
                "the source {name:?} was removed from {}, but {error}",
                self.path.display()
            ))
        })
    }

    /// Deletes those of the named stored secrets that neither the configuration nor a draft refers to, and returns their names.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn forget_secrets(&self, names: Vec<String>) -> Result<Vec<String>, AdminError> {
        let config = self.config()?;
        let data = self.data(&config);
        let mut used: Vec<String> = config
            .stored_secrets()
            .into_iter()
            .chain(config.kept_secrets())
            .map(|(name, _)| name)
            .collect();
        if let Some(store) = Store::open_existing(&data)? {
            used.extend(Draft::all(&store)?.iter().flat_map(|(_, draft)| draft.secrets()));
            used.extend(
                SinkDraft::all(&store)?
                    .iter()
                    .flat_map(|(_, draft)| draft.secrets()),
            );
        }
        let vault = Vault::of(&data);
        let mut gone = Vec::new();
        for name in names.into_iter().filter(|name| !used.contains(name)) {
            match vault.remove(&name) {
                Ok(()) => gone.push(name),
                // Someone removed it by hand.
                Err(VaultError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(gone)
    }
}

/// A secret that was just stored: its name, its place, and its former value.
type Put = (String, Place, Option<SecretString>);

fn store_all(vault: &Vault, new: &NewSource, put: &mut Vec<Put>) -> Result<(), AdminError> {
    for (name, value) in &new.secrets {
        let old = match vault.get(name) {
            Ok(old) => Some(old),
            Err(VaultError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let place = vault.put(name, value)?;
        put.push((name.clone(), place, old));
    }
    Ok(())
}
