//! `collector purge`: deletes what is stored of a source, or only the subjects of its meetings.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration;
use collector_store::{Purge as What, Store};

use super::{Exit, say_error};
use crate::cli::Purge;

pub(super) fn run(path: &Path, arguments: &Purge) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let name = &arguments.source;
    let Some(mut store) = Store::open_existing(&config.data)? else {
        super::say_nothing_stored(&config.data);
        return Ok(Exit::Usage);
    };
    // Also for a source that is no longer configured: its meetings stay stored until an operator deletes them.
    let configured = config.source(name);
    if config.source_names().all(|known| known != name) && !store.knows_source(name)? {
        say_error(&format!(
            "there is no source {name:?}, and nothing is stored under that name"
        ));
        return Ok(Exit::Usage);
    }
    let (question, what) = if arguments.subjects {
        (
            format!("Delete the subjects of all stored meetings of {name}?"),
            What::Subjects,
        )
    } else {
        (
            format!("Delete everything that is stored of {name}: meetings, usage and coverage records?"),
            What::Everything,
        )
    };
    let confirmed = if arguments.yes {
        Ok(true)
    } else {
        super::input::confirmed(&question)
    };
    match confirmed {
        Ok(true) => {}
        Ok(false) => {
            super::unless_closed(anstream::stdout().write_all(b"Nothing was changed.\n"))?;
            return Ok(Exit::Everything);
        }
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::Usage);
        }
    }
    let purged = administration::purge(&mut store, &super::audit::who(), name, what)?;
    let mut text = if arguments.subjects {
        format!("Deleted the subjects of {purged} of {name}.\n")
    } else {
        format!("Deleted {purged} of {name}.\n")
    };
    if configured.is_some_and(|source| source.viewing && !source.paused) {
        text.push_str(if arguments.subjects {
            "The next pass stores the subjects of its window again. To prevent that, set view-subjects = false in the source.\n"
        } else {
            "The next pass collects its window again. To prevent that, use `collector pause` or `collector remove`.\n"
        });
    }
    super::unless_closed(anstream::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::Everything)
}
