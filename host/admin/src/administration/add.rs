//! Adds and changes sources: checked against their connector as a pass would, before anything is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use collector_egress::credential::{SecretRef, bytes_of};
use collector_egress::vault::{Place, Vault, VaultError};
use collector_engine::source::{ReadSecret, ReadySource, SetupError, Workshop};
use collector_sandbox::Sandbox;
use collector_tasks::blocking::blocking;
use secrecy::SecretString;
use serde_json::Value;

use super::{AdminError, edit, forget_secrets, load};
use crate::config::edit::{ConfigFile, EditError};
use crate::config::{Config, Source};

/// A source as it shall be, with the secrets that it brings along.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// Its table, as the configuration has it: `name`, `connector`, `settings`, … Secrets that it brings along stand there as
    /// `{ "stored": NAME }`.
    pub written: Value,
    /// Those secrets by their names; they go to the vault.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Whether a source could be collected: its settings, its credentials and its grants, as its connector sees them. `before` is the name of
/// the source that it replaces. Nothing is written.
///
/// # Errors
/// See [`AdminError`]; one line a problem.
pub async fn check(
    sandbox: &Sandbox,
    path: &Path,
    before: Option<&str>,
    new: &NewSource,
) -> Result<(), AdminError> {
    let (path, before, written) = (path.to_owned(), before.map(str::to_owned), new.clone());
    let (config, source) = blocking(move || changed(&path, before.as_deref(), &written)).await?;
    let connector = Workshop::new(
        sandbox,
        &config.plugins,
        collector_sandbox::Compilations::of(&config.data),
        None,
    )
    .connector(&source)
    .await
    .map_err(refused)?;
    let secrets = new.secrets.clone();
    let read: ReadSecret = Arc::new(move |key, reference| match reference {
        SecretRef::Stored { name, .. } => match secrets.get(name) {
            Some(value) => Ok(bytes_of(value)),
            None => reference.read_bytes(key),
        },
        other => other.read_bytes(key),
    });
    ReadySource::with_secrets(sandbox, &source, connector, read)
        .await
        .map(|_| ())
        .map_err(refused)
}

/// The configuration as it would be, and the source in it.
fn changed(path: &Path, before: Option<&str>, new: &NewSource) -> Result<(Config, Source), AdminError> {
    let mut file = ConfigFile::open(path)?;
    change(&mut file, before, new)?;
    let config = file.config()?;
    let name = new
        .written
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(source) = config.sources.iter().find(|source| source.name == name) else {
        return Err(AdminError::Refused("a source needs a name".into()));
    };
    for secret in new.secrets.keys() {
        let whose = config.stored_secrets();
        if let Some((_, other)) = whose
            .iter()
            .find(|(known, whose)| known == secret && *whose != source.title())
        {
            return Err(AdminError::Refused(format!(
                "the stored secret {secret:?} belongs to {other}; give the new one another name"
            )));
        }
    }
    let source = source.clone();
    Ok((config, source))
}

/// Adds a source and stores its secrets, when [`check`] has nothing against it. Where each secret is now.
///
/// # Errors
/// See [`AdminError`]; nothing was added and nothing stored.
pub async fn add(
    sandbox: &Sandbox,
    path: &Path,
    new: &NewSource,
) -> Result<Vec<(String, Place)>, AdminError> {
    check(sandbox, path, None, new).await?;
    let (path, new) = (path.to_owned(), new.clone());
    blocking(move || save(&path, None, &new)).await
}

/// Makes the source `name` what `new` says, when [`check`] has nothing against it; it may get another name. Stored secrets that nothing
/// refers to any more go. Where each of those that came along is now.
///
/// # Errors
/// See [`AdminError`]; nothing was changed and nothing stored, unless the text is about a secret that could not be forgotten.
pub async fn replace(
    sandbox: &Sandbox,
    path: &Path,
    name: &str,
    new: &NewSource,
) -> Result<Vec<(String, Place)>, AdminError> {
    check(sandbox, path, Some(name), new).await?;
    let (path, name, new) = (path.to_owned(), name.to_owned(), new.clone());
    blocking(move || {
        let before = load(&path)?;
        let put = save(&path, Some(&name), &new)?;
        forget_secrets(&path, &before, &name)?;
        Ok(put)
    })
    .await
}

fn change(file: &mut ConfigFile, before: Option<&str>, new: &NewSource) -> Result<(), EditError> {
    match before {
        None => file.add_source(&new.written),
        Some(name) => file.replace_source(name, &new.written),
    }
}

/// The secrets first: a service that sees the source finds them. When the source cannot be written, they are what they were.
fn save(path: &Path, before: Option<&str>, new: &NewSource) -> Result<Vec<(String, Place)>, AdminError> {
    let vault = Vault::of(&load(path)?.data);
    let mut put = Vec::new();
    let saved = store_all(&vault, new, &mut put).and_then(|()| edit(path, |file| change(file, before, new)));
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
                "{error}; and the secret {name:?} is stored already: {undone}"
            )));
        }
    }
    Err(error)
}

/// A secret that was put: its name, where it is, and what was there before.
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

fn refused(error: SetupError) -> AdminError {
    match error {
        SetupError::Configuration(problems) => AdminError::Refused(crate::config::lines(&problems)),
        SetupError::Installed(problem) => AdminError::Refused(problem),
        SetupError::Connector(problem) => AdminError::Failed(problem),
    }
}
