//! Checks a source with its connector as a pass would, before anything is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use collector_egress::credential::{SecretRef, bytes_of};
use collector_engine::configured::ConfigProblem;
use collector_engine::source::{ReadSecret, ReadySource, SetupError, Workshop};
use collector_sandbox::Sandbox;
use collector_tasks::blocking::blocking;
use secrecy::SecretString;
use serde_json::Value;

use super::AdminError;
use crate::config::edit::{ConfigFile, EditError};
use crate::config::{Config, ConfigError, Source};

/// A source as it shall be, with the secrets that it brings along.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// Its table, as the configuration has it: `name`, `connector`, `settings`, … Secrets that it brings along stand there as
    /// `{ "stored": NAME }`.
    pub written: Value,
    /// Those secrets by their names; they go to the vault.
    pub secrets: BTreeMap<String, SecretString>,
}

impl NewSource {
    /// Its name; empty if it has none.
    pub fn name(&self) -> &str {
        self.written
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Adds the source to the configuration, or replaces the source `before`.
    pub(super) fn put(&self, file: &mut ConfigFile, before: Option<&str>) -> Result<(), EditError> {
        match before {
            None => file.add_source(&self.written),
            Some(name) => file.replace_source(name, &self.written),
        }
    }
}

/// Whether a source could be collected: its settings, its credentials and its grants, as its connector sees them. `before` is the name of
/// the source that it replaces. Nothing is written, and no server is asked. Returns the source, ready for a pass.
///
/// # Errors
/// See [`AdminError`]; one line a problem.
pub async fn check(
    sandbox: &Sandbox,
    path: &Path,
    before: Option<&str>,
    new: &NewSource,
) -> Result<ReadySource, AdminError> {
    let title = before.is_none().then(|| format!("source {:?}", new.name()));
    let (path, before, written) = (path.to_owned(), before.map(str::to_owned), new.clone());
    let (config, source) = blocking(move || changed(&path, before.as_deref(), &written)).await?;
    let connector = Workshop::new(
        sandbox,
        &config.plugins,
        collector_sandbox::Compilations::of(&config.data).only_read(),
        None,
    )
    .connector(&source)
    .await
    .map_err(|error| refused(error, title.as_deref()))?;
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
        .map_err(|error| refused(error, title.as_deref()))
}

/// The configuration as it would be, and the source in it.
fn changed(path: &Path, before: Option<&str>, new: &NewSource) -> Result<(Config, Source), AdminError> {
    let mut file = ConfigFile::open(path)?;
    // A new source is not in the file yet, so no line of it is its place.
    let title = before.is_none().then(|| format!("source {:?}", new.name()));
    new.put(&mut file, before).map_err(|error| match error {
        EditError::Invalid(error) => EditError::Invalid(without_places(error, title.as_deref())),
        error => error,
    })?;
    let config = file
        .config()
        .map_err(|error| without_places(error, title.as_deref()))?;
    let Some(source) = config.source(new.name()) else {
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

/// The problems of what has this title without their places.
fn without_places(error: ConfigError, title: Option<&str>) -> ConfigError {
    match (error, title) {
        (ConfigError::Problems(mut problems), Some(title)) => {
            // A name that cannot be used is not in the title.
            let name = title.strip_prefix("source ").unwrap_or_default();
            let is_new = |problem: &ConfigProblem| {
                problem.title.starts_with(title)
                    || (problem.title == "source"
                        && problem.key == "name"
                        && problem.problem.starts_with(name))
            };
            for problem in problems.iter_mut().filter(|problem| is_new(problem)) {
                problem.place.clear();
            }
            ConfigError::Problems(problems)
        }
        (error, _) => error,
    }
}

fn refused(error: SetupError, title: Option<&str>) -> AdminError {
    match error {
        SetupError::Configuration(problems) => without_places(ConfigError::Problems(problems), title).into(),
        SetupError::Installed(problem) => AdminError::Refused(problem),
        SetupError::Connector(problem) => AdminError::Failed(problem),
    }
}
