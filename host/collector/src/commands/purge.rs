//! `collector purge`: takes what was collected out of the store.

use std::io::Write as _;
use std::path::Path;

use collector_store::Store;

use super::{Exit, say_error};
use crate::cli::Purge;

pub(super) fn run(path: &Path, arguments: &Purge) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let name = &arguments.source;
    let Some(mut store) = Store::open_existing(&config.data)? else {
        say_error("nothing is stored yet");
        return Ok(Exit::Usage);
    };
    // Also of a source that is no longer configured: what it collected is kept until somebody says otherwise.
    let configured = config.sources.iter().find(|source| source.name == *name);
    if configured.is_none() && store.stored_meetings(name)? == 0 && store.listed_rooms(name)? == 0 {
        say_error(&format!(
            "there is no source {name:?}, and nothing is stored of one"
        ));
        return Ok(Exit::Usage);
    }
    let (question, action) = if arguments.subjects {
        (
            format!("Take the subjects of all stored meetings of {name} out of the store?"),
            "subjects-purged",
        )
    } else {
        (
            format!("Take all that {name} collected out of the store?"),
            "source-purged",
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
    let purged = if arguments.subjects {
        store.purge_subjects(name)?
    } else {
        store.forget_source(name)?
    };
    super::audit::write(&store, action, name, &format!("{purged} meetings"))?;
    let mut text = if arguments.subjects {
        format!("The subjects of {purged} meetings of {name} are no longer stored.\n")
    } else {
        format!("{purged} meetings of {name} are no longer stored.\n")
    };
    if configured.is_some_and(|source| source.viewing && !source.paused) {
        text.push_str(if arguments.subjects {
            "The next pass stores those of its window again: set view-subjects = false in the source to keep them out.\n"
        } else {
            "The next pass collects its window again: `collector pause` or `collector remove` the source to keep it out.\n"
        });
    }
    super::unless_closed(anstream::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::Everything)
}
