//! Writing to the configuration and to where secrets are kept. Nothing is left half done: a configuration that the service does not take
//! is put back, a secret that nothing refers to any more is removed.

use std::path::Path;

use collector_portal::api::{BackendError, Result};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::draft::{Draft, Origin};
use super::form::{Table, references};
use super::program::{Program, failed};
use crate::administration::AdminError;
use crate::config::Source;
use crate::config::edit::ConfigFile;
use crate::vault::{Place, Vault, VaultError};

/// Where a secret was put.
pub(super) struct Reference {
    /// As the configuration says it.
    pub(super) written: Value,
    /// In words.
    pub(super) place: &'static str,
}

/// Changes the configuration file, and has the service apply it; when it does not, the file is as it was.
pub(super) async fn edit(
    program: &Program,
    change: impl FnOnce(&Path) -> std::result::Result<(), AdminError> + Send + 'static,
) -> Result<()> {
    let path = program.path.clone();
    let before = blocking(move || {
        let before = std::fs::read(&path).ok().zip(std::fs::metadata(&path).ok());
        change(&path)?;
        Ok(before)
    })
    .await?;
    let Err(problem) = program.apply().await else {
        return Ok(());
    };
    let path = program.path.clone();
    blocking(move || {
        let undone = match before {
            Some((text, metadata)) => std::fs::canonicalize(&path)
                .and_then(|file| crate::whole_file::replace(&file, &text, Some(&metadata))),
            None => std::fs::remove_file(&path),
        };
        undone.map_err(|error| {
            AdminError::Failed(format!(
                "{} could not be put back to what it was ({error}); the service does not take it as it is: look at its log",
                path.display()
            ))
        })
    })
    .await?;
    // It was in force a moment ago.
    let _ = program.apply().await;
    Err(BackendError::Refused(format!(
        "the service does not take it, and nothing was changed: {problem}"
    )))
}

/// Writes a draft's table into the configuration and has it applied; the source's name.
pub(super) async fn save(program: &Program, draft: &Draft, table: Table) -> Result<String> {
    let name = table.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let before = match &draft.origin {
        Origin::Edit(source) => Some(program.source(source)?),
        Origin::New | Origin::Duplicate(_) => None,
    };
    let (written, origin) = (Value::Object(table), draft.origin.clone());
    edit(program, move |path| {
        let mut file = ConfigFile::open(path)?;
        match &origin {
            Origin::Edit(source) => file.replace_source(source, &written)?,
            Origin::New | Origin::Duplicate(_) => file.add_source(&written)?,
        }
        file.save()?;
        Ok(())
    })
    .await?;
    if let Some(before) = before {
        forget_secrets_of(program, &before).await?;
    }
    // Typed and then typed again.
    forget_secrets(program, &draft.stored).await?;
    Ok(name)
}

/// Puts a secret where it is kept, under a name of its own: one that works is not touched before the draft is saved.
pub(super) async fn store_secret(
    program: &Program,
    draft: &mut Draft,
    name: &str,
    value: SecretString,
) -> Result<Reference> {
    let title: String = draft
        .title()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .take(64)
        .collect();
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let entry = format!("{title}.{name}.{}", unique.get(..8).unwrap_or(&unique));
    let (vault, stored) = (Vault::of(&program.data), entry.clone());
    let place = blocking(move || {
        vault
            .put(&stored, &value)
            .map_err(AdminError::from)
    })
    .await?;
    draft.stored.push(entry.clone());
    Ok(Reference {
        written: json!({ "stored": entry }),
        place: match place {
            Place::Keyring => "in the keyring",
            Place::File => "in the encrypted file",
        },
    })
}

/// Removes the stored secrets that a source referred to, as far as nothing refers to them any more. Those that an administrator keeps
/// elsewhere are never touched.
pub(super) async fn forget_secrets_of(program: &Program, source: &Source) -> Result<()> {
    let table = source.written.as_object().cloned().unwrap_or_default();
    let names: Vec<String> = references(&table)
        .into_iter()
        .filter_map(|(_, reference)| {
            Some(reference.get("stored")?.as_str()?.to_owned())
        })
        .collect();
    forget_secrets(program, &names).await
}

/// Removes stored secrets, as far as no source and no draft refers to them.
pub(super) async fn forget_secrets(program: &Program, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let drafts = program.store(|store| store.drafts()).await?;
    let config = program.config();
    let used = |name: &str| {
        let quoted = Value::from(name).to_string();
        config
            .sources
            .iter()
            .any(|source| source.written.to_string().contains(&quoted))
            || drafts.iter().any(|(_, content)| content.contains(&quoted))
    };
    let unused: Vec<String> = names.iter().filter(|name| !used(name)).cloned().collect();
    let vault = Vault::of(&program.data);
    blocking(move || {
        for name in unused {
            match vault.remove(&name) {
                // It was removed by hand.
                Ok(()) | Err(VaultError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    })
    .await
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<R, AdminError> + Send + 'static,
) -> Result<R> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| match error {
            AdminError::NotFound(text) => BackendError::NotFound(text),
            AdminError::Refused(text) => BackendError::Refused(text),
            AdminError::Failed(text) => BackendError::Failed(text),
        }),
        Err(error) => Err(failed(error.into())),
    }
}
