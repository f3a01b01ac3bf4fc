//! `collector secrets`: stores, lists and removes secrets by name. No value is ever printed.

use std::path::Path;

use collector_admin::administration::{self, AdminError, KnownSecrets};

use serde_json::json;

use super::add::place_name;
use super::{Exit, audit, input, said};
use crate::cli::{SecretsCommand, SetSecret};
use crate::output::{Format, Records, plain_table};

/// The keys of a secret in a list, in the order of its columns.
const COLUMNS: [&str; 3] = ["secret", "kept_in", "used_by"];

pub(super) fn run(path: &Path, command: &SecretsCommand) -> anyhow::Result<Exit> {
    match command {
        SecretsCommand::Set(arguments) => said(set(path, arguments)),
        SecretsCommand::List(arguments) => match administration::list_secrets(path) {
            Ok(known) => {
                super::unless_closed(list(&known, arguments.format))?;
                Ok(match &known.unread {
                    None => Exit::Everything,
                    Some(unread) => {
                        super::say_error(unread);
                        Exit::SourceFailed
                    }
                })
            }
            Err(error) => said(Err(error)),
        },
        SecretsCommand::Remove(arguments) => {
            let name = &arguments.name;
            let done = administration::remove_secret(path, name, arguments.force)
                .and_then(|()| audit::done(path, "secret-removed", name, ""));
            said(done.map(|()| format!("The secret \"{name}\" was removed.")))
        }
        SecretsCommand::Reset { yes } => said(reset(path, *yes)),
    }
}

fn reset(path: &Path, yes: bool) -> Result<String, AdminError> {
    let lost = administration::lost_secrets(path)?;
    let question = format!(
        "{lost}. If a running service can open the file, set COLLECTOR_SECRETS_KEY here as it is set there. Give up the secrets in it and start over?"
    );
    if !yes && !input::confirmed(&question)? {
        return Err(AdminError::Refused("nothing was changed".to_owned()));
    }
    let aside = administration::reset_secrets(path)?;
    let file = aside.file.display().to_string();
    audit::done(path, "secrets-reset", &file, &lost)?;
    let key = aside
        .key
        .map(|key| format!(", and the unusable key was renamed to {}", key.display()))
        .unwrap_or_default();
    Ok(format!(
        "The encrypted file was renamed to {file}{key}. Store its secrets again: `collector secrets list` shows which are missing."
    ))
}

fn set(path: &Path, arguments: &SetSecret) -> Result<String, AdminError> {
    let name = &arguments.name;
    collector_egress::vault::check_name(name)?;
    let value = input::secret(&format!("The secret \"{name}\""))?;
    let place = administration::set_secret(path, name, &value, arguments.place())?;
    audit::done(path, "secret-stored", name, place_name(place))?;
    Ok(format!(
        "The secret \"{name}\" was stored in {}. Refer to it in the configuration as {{ stored = \"{name}\" }}. A running service reads it \
         when a server refuses its present one, or on SIGHUP.",
        place_name(place)
    ))
}

fn list(known: &KnownSecrets, format: Format) -> std::io::Result<()> {
    let elsewhere = match known.unread {
        None => "not stored",
        Some(_) => "unknown",
    };
    let out = anstream::stdout();
    if let Some(form) = format.records() {
        let records = known.secrets.iter().map(|secret| {
            json!({
                "secret": secret.name,
                "kept_in": secret.place.map_or(elsewhere, place_name),
                "used_by": secret.used_by,
            })
        });
        return Records::all(form, &COLUMNS, records, out);
    }
    let rows: Vec<Vec<String>> = known
        .secrets
        .iter()
        .map(|secret| {
            vec![
                secret.name.clone(),
                secret.place.map_or(elsewhere, place_name).to_owned(),
                secret.used_by.join(", "),
            ]
        })
        .collect();
    plain_table(&["Secret", "Kept in", "Used by"], &rows, out)
}
