//! `collector pause`, `resume` and `remove`.

use std::path::Path;

use collector_admin::administration::{AdminError, Administrator, Removed};

use super::input::confirmed;
use super::{Exit, applied, audit, said};
use crate::cli::Remove;

pub(super) fn pause(path: &Path, name: &str) -> anyhow::Result<Exit> {
    said(Administrator::new(path, &audit::who()).pause(name).map(|done| {
        if !done {
            return format!("Source \"{name}\" is paused already; nothing was changed.");
        }
        let follows = applied(path).unwrap_or("a service skips it from its next start on");
        format!("Source \"{name}\" is paused, and its stored data stays; {follows}.")
    }))
}

pub(super) fn resume(path: &Path, name: &str) -> anyhow::Result<Exit> {
    said(Administrator::new(path, &audit::who()).resume(name).map(|done| {
        if !done {
            return format!("Source \"{name}\" is not paused; nothing was changed.");
        }
        let follows = applied(path).unwrap_or("start the service with `collector run`");
        format!("Source \"{name}\" is resumed; {follows}.")
    }))
}

pub(super) fn remove(path: &Path, arguments: &Remove) -> anyhow::Result<Exit> {
    said(ask_and_remove(path, arguments))
}

fn ask_and_remove(path: &Path, arguments: &Remove) -> Result<String, AdminError> {
    let name = &arguments.source;
    let who = audit::who();
    let administrator = Administrator::new(path, &who);
    administrator.can_remove(name, arguments.purge)?;
    let what = if arguments.purge {
        " and delete what it stored"
    } else {
        ""
    };
    let question = format!("Remove source \"{name}\" from {}{what}?", path.display());
    if !arguments.yes && !confirmed(&question)? {
        return Ok("Nothing was removed.".into());
    }
    let Removed { data, secrets } = administrator.remove(name, arguments.purge)?;
    let mut line = format!("Source \"{name}\" was removed");
    if !secrets.is_empty() {
        line.push_str(&format!(" with its stored secrets ({})", secrets.join(", ")));
    }
    line.push_str(&match data {
        Some(deleted) => format!(", and its data was deleted: {deleted}"),
        None => format!("; its stored data stays until `collector remove {name} --purge`"),
    });
    if let Some(follows) = applied(path).filter(|_| data.is_none()) {
        line.push_str(&format!("; {follows}"));
    }
    Ok(line + ".")
}
