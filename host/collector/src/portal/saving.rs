//! Writing to the configuration and to where secrets are kept. Nothing is left half done: a configuration that the service does not take
//! is put back, a secret that nothing refers to any more is removed.

use std::path::Path;

use collector_admin::administration::AdminError;
use collector_admin::config::Config;
use collector_admin::config::edit::ConfigFile;
use collector_egress::vault::{Place, Vault, VaultError};
use collector_portal::api::{BackendError, Result};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::draft::{Draft, Origin};
use super::form::Table;
use super::program::{Program, failed};

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
    let _one = program.edits.lock().await;
    edit_alone(program, change).await
}

/// The same for who holds [`Program::edits`].
async fn edit_alone(
    program: &Program,
    change: impl FnOnce(&Path) -> std::result::Result<(), AdminError> + Send + 'static,
) -> Result<()> {
    let path = program.path.clone();
    let (before, written) = blocking(move || {
        let before = std::fs::read(&path).ok().zip(std::fs::metadata(&path).ok());
        change(&path)?;
        Ok((before, std::fs::read(&path).ok()))
    })
    .await?;
    let Err(problem) = program.apply().await else {
        return Ok(());
    };
    let path = program.path.clone();
    blocking(move || {
        if std::fs::read(&path).ok() != written {
            return Err(AdminError::Failed(format!(
                "the service does not take it ({problem}), and somebody else changed {} in the meantime, so it was left as it is; look at it",
                path.display()
            )));
        }
        let undone = match before {
            Some((text, metadata)) => std::fs::canonicalize(&path)
                .and_then(|file| collector_files::whole_file::replace(&file, &text, Some(&metadata))),
            None => std::fs::remove_file(&path),
        };
        match undone {
            Ok(()) => Err(AdminError::Refused(format!(
                "the service does not take it, and nothing was changed: {problem}"
            ))),
            Err(error) => Err(AdminError::Failed(format!(
                "the service does not take it ({problem}), and {} could not be put back to what it was: {error}",
                path.display()
            ))),
        }
    })
    .await
}

/// Writes a draft's table into the configuration and has it applied, by who holds [`Program::edits`]; the source's name.
pub(super) async fn save(program: &Program, draft: &Draft, table: Table) -> Result<String> {
    let name = table
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let (written, origin) = (Value::Object(table), draft.origin.clone());
    edit_alone(program, move |path| {
        let mut file = ConfigFile::open(path)?;
        match &origin {
            Origin::Edit(source) => file.replace_source(source, &written)?,
            Origin::New | Origin::Duplicate(_) => file.add_source(&written)?,
        }
        Ok(file.save()?)
    })
    .await?;
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
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let entry = format!("{title}.{name}.{}", unique.get(..8).unwrap_or(&unique));
    let (vault, stored) = (Vault::of(&program.data), entry.clone());
    let place = blocking(move || vault.put(&stored, &value).map_err(AdminError::from)).await?;
    draft.stored.push(entry.clone());
    Ok(Reference {
        written: json!({ "stored": entry }),
        place: match place {
            Place::Keyring => "in the keyring",
            Place::File => "in the encrypted file",
        },
    })
}

/// Removes stored secrets, as far as nothing in the configuration and no draft refers to them.
pub(super) async fn forget_secrets(program: &Program, names: Vec<String>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let drafts: Vec<String> = program
        .read(|store| store.drafts())
        .await?
        .into_iter()
        .filter_map(|(_, content)| serde_json::from_str::<Draft>(&content).ok())
        .flat_map(|draft| draft.secrets())
        .collect();
    let (path, vault) = (program.path.clone(), Vault::of(&program.data));
    blocking(move || {
        let (config, _) = Config::load_or_empty(&path)?;
        let used = config.stored_secrets();
        for name in names {
            if drafts.contains(&name) || used.iter().any(|(other, _)| *other == name) {
                continue;
            }
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
