//! `collector accounts`: who may sign in to the Admin Portal, and as what. An operator on the machine itself replaces a forgotten password
//! here, changes roles, and removes people who left.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration::{AdminError, Administrator};
use collector_admin::config::Config;
use collector_model::instant::rfc3339;
use collector_store::{Account, Kept, Role, Store};
use serde_json::json;

use super::{Exit, audit, input, said};
use crate::cli::AccountsCommand;
use crate::output::{Format, Records, plain_table};

/// The keys of an account in a list, in the order of its columns.
const COLUMNS: [&str; 3] = ["account", "role", "created"];

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
        AccountsCommand::Role { name, role } => said(set_role(path, name, *role)),
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
        let records = accounts.iter().map(|account| {
            json!({
                "account": account.name,
                "role": account.role.as_str(),
                "created": rfc3339(account.created_at),
            })
        });
        return Records::all(form, &COLUMNS, records, out);
    }
    if accounts.is_empty() {
        return writeln!(out, "no accounts yet; create the first one in the Admin Portal");
    }
    let rows: Vec<Vec<String>> = accounts
        .iter()
        .map(|account| {
            vec![
                account.name.clone(),
                account.role.to_string(),
                rfc3339(account.created_at),
            ]
        })
        .collect();
    plain_table(&["Account", "Role", "Created"], &rows, out)
}

fn set_password(path: &Path, name: &str) -> Result<String, AdminError> {
    let name = name.to_lowercase();
    let store = store_of(path, &name)?;
    let password = input::secret(&format!("The new password of {name}"))?;
    let hash = collector_portal::hash_password(&password).map_err(AdminError::Refused)?;
    if !store.set_password(&name, &hash)? {
        return Err(missing(&name));
    }
    Administrator::new(path, &audit::who()).audit("password-changed", &name, "")?;
    Ok(format!("{name} has a new password and is signed out everywhere."))
}

fn set_role(path: &Path, name: &str, role: Role) -> Result<String, AdminError> {
    let name = name.to_lowercase();
    let before = store_of(path, &name)?
        .set_role(&name, role)?
        .map_err(|why| kept(&name, why))?;
    if before == role {
        return Ok(format!("{name} has the role {role} already."));
    }
    Administrator::new(path, &audit::who()).audit(
        "role-changed",
        &name,
        &format!("from {before} to {role}"),
    )?;
    Ok(format!("{name} has the role {role} from the next request on."))
}

fn remove(path: &Path, name: &str) -> Result<String, AdminError> {
    let name = name.to_lowercase();
    store_of(path, &name)?
        .remove_account(&name)?
        .map_err(|why| kept(&name, why))?;
    Administrator::new(path, &audit::who()).audit("account-removed", &name, "")?;
    Ok(format!(
        "{name} was removed and is signed out everywhere; its API tokens are revoked."
    ))
}

/// The store that has this account. None is created to look for one.
fn store_of(path: &Path, name: &str) -> Result<Store, AdminError> {
    if accounts(path)?.iter().all(|account| account.name != name) {
        return Err(missing(name));
    }
    let (config, _) = Config::load_or_empty(path)?;
    Ok(Store::open(&config.data)?)
}

/// Why an account is as it was.
fn kept(name: &str, why: Kept) -> AdminError {
    match why {
        Kept::Missing => missing(name),
        Kept::Last => AdminError::Refused(format!(
            "{name} is the last administrator; make another account one first, with `collector accounts role NAME administrator` or \
             in the Admin Portal"
        )),
    }
}

fn missing(name: &str) -> AdminError {
    AdminError::NotFound(format!(
        "there is no account {name:?}; `collector accounts list` shows all accounts"
    ))
}
