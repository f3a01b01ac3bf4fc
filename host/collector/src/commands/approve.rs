//! `collector approve`: approves the additional permissions of a connector version that is on hold. A running service sees the approval
//! in the store.

use std::io::Write as _;
use std::path::Path;

use collector_engine::connectors::{Held, approve, held};
use collector_model::text::plain;
use collector_store::Store;

use super::{Exit, say_error, say_lines};
use crate::cli::Approve;

pub(super) fn run(path: &Path, arguments: &Approve) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let store = match super::plugins::store(&config) {
        Ok(store) => store,
        Err(exit) => return Ok(exit),
    };
    match decide(&store, &arguments.connector) {
        Ok(Ok(held)) => {
            let detail = format!(
                "version {}: {}",
                held.record.version,
                held.more.words().join(", ")
            );
            super::audit::write(&store, "connector-approved", &held.record.connector, &detail)?;
            super::unless_closed(anstream::stdout().write_all(text(&held).as_bytes()))?;
            Ok(Exit::Everything)
        }
        Ok(Err(problem)) => {
            say_lines(problem.lines());
            Ok(Exit::Usage)
        }
        Err(error) => {
            say_error(&error.to_string());
            Ok(Exit::SourceFailed)
        }
    }
}

/// What was approved, or why nothing was.
fn decide(store: &Store, connector: &str) -> Result<Result<Held, String>, collector_store::StoreError> {
    let mut waiting = held(store)?;
    let Some(at) = waiting.iter().position(|held| held.record.connector == connector) else {
        return Ok(Err(nothing(connector, &waiting)));
    };
    let held = waiting.swap_remove(at);
    if !approve(store, &held)? {
        return Ok(Err(format!(
            "connector \"{connector}\": nothing was approved, because another version replaced it just now; look at `collector plugins` \
             and approve that version"
        )));
    }
    Ok(Ok(held))
}

fn nothing(connector: &str, waiting: &[Held]) -> String {
    let mut lines = vec![format!(
        "no version of a connector \"{connector}\" is on hold; {}",
        if waiting.is_empty() {
            "no connector waits for approval"
        } else {
            "these wait for approval:"
        }
    )];
    for held in waiting {
        let record = &held.record;
        lines.push(format!(
            "  {} {} wants {}",
            plain(&record.connector),
            plain(&record.version),
            held.more.words().join(", ")
        ));
    }
    lines.join("\n")
}

fn text(held: &Held) -> String {
    let record = &held.record;
    let mut lines = vec![format!(
        "{} {} (sha256 {}) is now approved for:",
        plain(&record.connector),
        plain(&record.version),
        record.digest
    )];
    lines.extend(held.more.words().into_iter().map(|word| format!("  {word}")));
    lines.push("A running service uses it within a second; otherwise the next start does.".into());
    lines.join("\n") + "\n"
}
