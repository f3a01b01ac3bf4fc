//! `collector secrets`: stores, lists and removes secrets by name. No value is ever printed.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration::{AdminError, Administrator, KnownSecrets, StoredSecret};
use serde_json::json;

use super::{Exit, audit, input, said};
use crate::cli::{SecretsCommand, SetSecret};
use crate::output::{Format, Records, plain_table};

/// The keys of a secret in a list, in the order of its columns.
const COLUMNS: [&str; 3] = ["secret", "kept_in", "used_by"];

pub(super) fn run(path: &Path, command: &SecretsCommand) -> anyhow::Result<Exit> {
    let who = audit::who();
    let administrator = Administrator::new(path, &who);
    match command {
        SecretsCommand::Set(arguments) => said(set(&administrator, arguments)),
        SecretsCommand::List(arguments) => match administrator.list_secrets() {
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
            let done = administrator.remove_secret(name, arguments.force);
            said(done.map(|()| format!("The secret \"{name}\" was removed.")))
        }
        SecretsCommand::Reset { yes } => said(reset(&administrator, *yes)),
    }
}

fn reset(administrator: &Administrator<'_>, yes: bool) -> Result<String, AdminError> {
    let lost = administrator.lost_secrets()?;
    let question = format!(
        "{lost}. If a running service can open the file, set COLLECTOR_SECRETS_KEY here as it is set there. Give up the secrets in it and start over?"
    );
    if !yes && !input::confirmed(&question)? {
        return Err(AdminError::Refused("nothing was changed".to_owned()));
    }
    let aside = administrator.reset_secrets()?;
    let file = aside.file.display().to_string();
    let key = aside
        .key
        .map(|key| format!(", and the unusable key was renamed to {}", key.display()))
        .unwrap_or_default();
    Ok(format!(
        "The encrypted file was renamed to {file}{key}. Store its secrets again: `collector secrets list` shows which are missing."
    ))
}

fn set(administrator: &Administrator<'_>, arguments: &SetSecret) -> Result<String, AdminError> {
    let name = &arguments.name;
    collector_egress::vault::check_name(name)?;
    let value = input::secret(&format!("The secret \"{name}\""))?;
    let place = administrator.set_secret(name, &value, arguments.place())?;
    Ok(format!(
        "The secret \"{name}\" was stored in {place}. Refer to it in the configuration as {{ stored = \"{name}\" }}. A running service reads it \
         when a server refuses its present one, or on SIGHUP."
    ))
}

fn list(known: &KnownSecrets, format: Format) -> std::io::Result<()> {
    let elsewhere = match known.unread {
        None => "not stored",
        Some(_) => "unknown",
    };
    let kept_in = |secret: &StoredSecret| match secret.place {
        Some(place) => place.to_string(),
        None => elsewhere.to_owned(),
    };
    let mut out = anstream::stdout();
    if let Some(form) = format.records() {
        let records = known.secrets.iter().map(|secret| {
            json!({
                "secret": secret.name,
                "kept_in": kept_in(secret),
                "used_by": secret.used_by,
            })
        });
        return Records::all(form, &COLUMNS, records, out);
    }
    if known.secrets.is_empty() {
        return writeln!(out, "no secrets are stored");
    }
    let rows: Vec<Vec<String>> = known
        .secrets
        .iter()
        .map(|secret| vec![secret.name.clone(), kept_in(secret), secret.used_by.join(", ")])
        .collect();
    plain_table(&["Secret", "Kept in", "Used by"], &rows, out)
}
