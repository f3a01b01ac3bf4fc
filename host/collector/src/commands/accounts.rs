//! `collector accounts`: who may sign in to the Admin Portal. An operator on the machine itself replaces a forgotten password here, and
//! removes people who left.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration::{AdminError, Administrator};
use collector_admin::config::Config;
use collector_model::instant::rfc3339;
use collector_store::{Account, Store};
use serde_json::json;

use super::{Exit, audit, input, said};
use crate::cli::AccountsCommand;
use crate::output::{Format, Records, plain_table};

/// The keys of an account in a list, in the order of its columns.
const COLUMNS: [&str; 2] = ["account", "created"];

pub(super) fn run(path: &Path, command: &AccountsCommand) -> anyhow::Result<Exit> {
    match command {
        AccountsCommand::List(arguments) => match accounts(path) {
            Ok(accounts) => {
                super::unless_closed(list(&accounts, arguments.format))?;
                Ok(Exit::Everything)
            }
            Err(error) => said(Err(error)),
        },
        AccountsCommand::Password { name } => said(set_password(path, name)),
        AccountsCommand::Remove { name } => said(remove(path, name)),
    }
}

fn accounts(path: &Path) -> Result<Vec<Account>, AdminError> {
    let (config, _) = Config::load_or_empty(path)?;
    Ok(match Store::open_existing(&config.data)? {
        Some(store) => store.accounts()?,
        None => Vec::new(),
    })
}

fn list(accounts: &[Account], format: Format) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    if let Some(form) = format.records() {
        let records = accounts
            .iter()
            .map(|account| json!({"account": account.name, "created": rfc3339(account.created_at)}));
        return Records::all(form, &COLUMNS, records, out);
    }
    if accounts.is_empty() {
        return writeln!(out, "no accounts yet; create the first one in the Admin Portal");
    }
    let rows: Vec<Vec<String>> = accounts
        .iter()
        .map(|account| vec![account.name.clone(), rfc3339(account.created_at)])
        .collect();
    plain_table(&["Account", "Created"], &rows, out)
}

fn set_password(path: &Path, name: &str) -> Result<String, AdminError> {
    let name = name.to_lowercase();
    if accounts(path)?.iter().all(|account| account.name != name) {
        return Err(missing(&name));
    }
    let password = input::secret(&format!("The new password of {name}"))?;
    let hash = collector_portal::hash_password(&password).map_err(AdminError::Refused)?;
    let (config, _) = Config::load_or_empty(path)?;
    if !Store::open(&config.data)?.set_password(&name, &hash)? {
        return Err(missing(&name));
    }
    Administrator::new(path, &audit::who()).audit("password-changed", &name, "")?;
    Ok(format!("{name} has a new password and is signed out everywhere."))
}

fn remove(path: &Path, name: &str) -> Result<String, AdminError> {
    let name = name.to_lowercase();
    if accounts(path)?.iter().all(|account| account.name != name) {
        return Err(missing(&name));
    }
    let (config, _) = Config::load_or_empty(path)?;
    if !Store::open(&config.data)?.remove_account(&name)? {
        return Err(AdminError::Refused(format!(
            "{name} is the last account; create another one in the Admin Portal first, or give this one a new password with \
             `collector accounts password {name}`"
        )));
    }
    Administrator::new(path, &audit::who()).audit("account-removed", &name, "")?;
    Ok(format!("{name} was removed and is signed out everywhere."))
}

fn missing(name: &str) -> AdminError {
    AdminError::NotFound(format!(
        "there is no account {name:?}; `collector accounts list` shows all accounts"
    ))
}
