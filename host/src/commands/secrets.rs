//! `collector secrets`: what is stored, by name. No value is ever printed.

use std::path::Path;

use super::add::place_name;
use super::{Exit, audit, input, said};
use crate::administration::{self, AdminError, StoredSecret};
use crate::cli::{SecretsCommand, SetSecret};
use crate::output::plain_table;

pub(super) fn run(path: &Path, command: &SecretsCommand) -> anyhow::Result<Exit> {
    match command {
        SecretsCommand::Set(arguments) => said(set(path, arguments)),
        SecretsCommand::List => match administration::list_secrets(path) {
            Ok(secrets) => {
                super::unless_closed(list(&secrets))?;
                Ok(Exit::Everything)
            }
            Err(error) => said(Err(error)),
        },
        SecretsCommand::Remove(arguments) => {
            let name = &arguments.name;
            let done = administration::remove_secret(path, name, arguments.force)
                .and_then(|()| audit::done(path, "secret-removed", name, ""));
            said(done.map(|()| format!("The secret \"{name}\" is forgotten.")))
        }
    }
}

fn set(path: &Path, arguments: &SetSecret) -> Result<String, AdminError> {
    let name = &arguments.name;
    crate::vault::check_name(name)?;
    let value = input::secret(&format!("The secret \"{name}\""))?;
    let place = administration::set_secret(path, name, &value, arguments.place())?;
    audit::done(path, "secret-stored", name, place_name(place))?;
    Ok(format!(
        "The secret \"{name}\" was stored in {}; the configuration refers to it as {{ stored = \"{name}\" }}, and a running service reads \
         it when what it has is refused, or on SIGHUP.",
        place_name(place)
    ))
}

fn list(secrets: &[StoredSecret]) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = secrets
        .iter()
        .map(|secret| {
            vec![
                secret.name.clone(),
                secret.place.map_or("not stored", place_name).to_owned(),
                secret.used_by.join(", "),
            ]
        })
        .collect();
    plain_table(&["Secret", "Kept in", "Used by"], &rows, anstream::stdout())
}
