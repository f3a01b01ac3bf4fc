//! `collector sinks` and `collector retention`: an operator's decisions about deliveries and old meetings. A running service sees them in
//! the store.

use std::io::Write as _;
use std::path::Path;

use collector_admin::config::Config;
use collector_admin::{administration, telling};
use collector_store::Store;

use super::{Exit, say_error};
use crate::cli::{RetentionCommand, SinksCommand};

pub(super) fn run(path: &Path, command: &SinksCommand) -> anyhow::Result<Exit> {
    let (mut store, config) = match open(path)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(exit),
    };
    let (SinksCommand::Retry { sink } | SinksCommand::Skip { sink } | SinksCommand::Refill { sink }) =
        command;
    let known = store.sinks()?;
    if !known.iter().any(|known| known.name == *sink) {
        let names: Vec<&str> = known.iter().map(|sink| sink.name.as_str()).collect();
        say_error(&format!(
            "the store has no sink {sink:?}; known sinks: {}",
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        ));
        return Ok(Exit::Usage);
    }
    let who = super::audit::who();
    let said = match command {
        SinksCommand::Retry { .. } => administration::retry_sink(&mut store, &who, sink)?,
        SinksCommand::Skip { .. } => administration::skip_refused(&mut store, &who, sink)?,
        SinksCommand::Refill { .. } => {
            store.refill(sink)?;
            let said = if config.told_sinks().any(|told| told == sink) {
                telling::tell_again(&config, sink)?;
                format!("All stored meetings, verdicts and days are delivered to {sink} again.")
            } else {
                format!("All stored meetings are delivered to {sink} again.")
            };
            administration::audit(&store, &who, "sink-refilled", sink, &said)?;
            said
        }
    };
    super::unless_closed(writeln!(anstream::stdout(), "{said}"))?;
    Ok(Exit::Everything)
}

pub(super) fn retention(path: &Path, command: &RetentionCommand) -> anyhow::Result<Exit> {
    let RetentionCommand::Allow = command;
    let (mut store, _) = match open(path)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(exit),
    };
    let held = store.retention_held()?;
    store.allow_retention(chrono::Utc::now().timestamp())?;
    let detail = held.as_deref().unwrap_or_default();
    administration::audit(&store, &super::audit::who(), "retention-allowed", "", detail)?;
    let said = match held {
        Some(_) => {
            "Meetings older than `keep` are deleted within the hour, or at the next start of the service."
        }
        None => "No deletion was held back.",
    };
    super::unless_closed(writeln!(anstream::stdout(), "{said}"))?;
    Ok(Exit::Everything)
}

/// Opens the store of a configuration, or prints why there is none and returns how the command ends.
fn open(path: &Path) -> anyhow::Result<Result<(Store, Config), Exit>> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(Err(exit)),
    };
    Ok(match Store::open_existing(&config.data)? {
        Some(store) => Ok((store, config)),
        None => {
            super::say_nothing_stored(&config.data);
            Err(Exit::Usage)
        }
    })
}
