//! `collector export`: prints the stored meetings of rooms that are still in the lists, without collecting.

use std::io::BufWriter;
use std::path::Path;

use collector_admin::config::Source;
use collector_model::window::Window;
use collector_store::Store;

use super::{Exit, say_error};
use crate::cli::Export;
use crate::output::{Format, Meetings};

pub(super) fn run(path: &Path, arguments: &Export) -> anyhow::Result<Exit> {
    let config = match super::configuration_with_sources(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = super::collected(&config, path, &arguments.sources.sources) {
        return Ok(exit);
    }
    let window = match Window::ALWAYS.replace(arguments.from.as_deref(), arguments.to.as_deref()) {
        Ok(window) => window,
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::Usage);
        }
    };
    let store = match Store::open_existing(&config.data) {
        Ok(Some(store)) => store,
        Ok(None) => {
            say_error(&format!(
                "nothing is stored in {} yet; run `collector run-once` or `collector run` first",
                config.data.display()
            ));
            return Ok(Exit::SourceFailed);
        }
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::SourceFailed);
        }
    };
    let mut sources: Vec<&Source> = config
        .sources
        .iter()
        .filter(|source| {
            arguments.sources.sources.is_empty() || arguments.sources.sources.contains(&source.name)
        })
        .collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    for source in sources.iter().filter(|source| source.viewing) {
        super::audit::viewed(&store, &source.name, window);
    }
    super::unless_closed(print(&store, &sources, window, arguments.format))?;
    Ok(Exit::Everything)
}

fn print(store: &Store, sources: &[&Source], window: Window, format: Format) -> anyhow::Result<()> {
    let out = BufWriter::new(std::io::stdout().lock());
    let mut meetings = Meetings::new(format, sources.len() > 1, out)?;
    for source in sources {
        super::meetings_of(store, &source.name, source.viewing, window, |row| {
            Ok(meetings.add(row)?)
        })?;
    }
    Ok(meetings.end()?)
}
