//! `collector approve`: approves the additional permissions of a connector version that is on hold. A running service sees the approval
//! in the store.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration::{self, Approval};
use collector_engine::connectors::Held;
use collector_model::text::plain;

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
    let connector = &arguments.connector;
    match administration::approve(&store, &super::audit::who(), connector, None) {
        Ok(Approval::Given(held)) => {
            super::unless_closed(anstream::stdout().write_all(text(&held).as_bytes()))?;
            Ok(Exit::Everything)
        }
        Ok(Approval::Overtaken) => {
            say_error(&format!(
                "connector \"{connector}\": nothing was approved, because another version replaced it just now; look at \
                 `collector plugins` and approve that version"
            ));
            Ok(Exit::Usage)
        }
        Ok(Approval::NotHeld(waiting)) => {
            say_lines(nothing(connector, &waiting).lines());
            Ok(Exit::Usage)
        }
        Err(error) => {
            say_error(&error.to_string());
            Ok(Exit::SourceFailed)
        }
    }
}

fn nothing(connector: &str, waiting: &[Held]) -> String {
    let mut lines = vec![format!(
        "connector \"{connector}\" has no version on hold; {}",
        if waiting.is_empty() {
            "nothing waits for approval"
        } else {
            "these versions wait for approval:"
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
