//! `collector export`: prints the stored meetings of rooms that are still in the lists, or writes them into a directory, without collecting.

use std::path::Path;

use collector_admin::config::{Config, Source};
use collector_model::window::Window;
use collector_store::Store;

#[cfg(feature = "parquet")]
use super::into_days::Place;
use super::{Exit, say_error};
use crate::cli::Export;
use crate::output::{Format, Meetings, MeetingsFormat};

pub(super) fn run(path: &Path, arguments: &Export) -> anyhow::Result<Exit> {
    let config = match super::configuration_with_sources(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = super::collected(&config, path, &arguments.sources.sources) {
        return Ok(exit);
    }
    let way = match way(arguments) {
        Ok(way) => way,
        Err(exit) => return Ok(exit),
    };
    let store = match stored(&config) {
        Ok(store) => store,
        Err(exit) => return Ok(exit),
    };
    let names = &arguments.sources.sources;
    let sources = sources(&config, names);
    for source in sources.iter().filter(|source| source.viewing) {
        super::audit::viewed(&store, &source.name, way.window());
    }
    match way {
        Way::Print(format, window) => super::unless_closed(print(&store, &sources, window, format))?,
        #[cfg(feature = "parquet")]
        Way::Files(place) => place.write_meetings(&store, &sources, names.is_empty())?,
    }
    Ok(Exit::Everything)
}

/// Where the meetings go.
enum Way {
    /// Those that overlap the window, to standard output.
    Print(Format, Window),
    /// Whole days, into a directory.
    #[cfg(feature = "parquet")]
    Files(Place),
}

impl Way {
    fn window(&self) -> Window {
        match self {
            Self::Print(_, window) => *window,
            #[cfg(feature = "parquet")]
            Self::Files(place) => place.window(),
        }
    }
}

/// Where the meetings go, or prints what is wrong with the arguments and returns how the command ends.
fn way(arguments: &Export) -> Result<Way, Exit> {
    let (from, to) = (arguments.from.as_deref(), arguments.to.as_deref());
    let format = match arguments.format {
        MeetingsFormat::Table => Format::Table,
        MeetingsFormat::Jsonl => Format::Jsonl,
        MeetingsFormat::Json => Format::Json,
        MeetingsFormat::Csv => Format::Csv,
        #[cfg(feature = "parquet")]
        MeetingsFormat::Parquet => return Place::new(from, to).map(Way::Files),
    };
    match Window::ALWAYS.replace(from, to) {
        Ok(window) => Ok(Way::Print(format, window)),
        Err(error) => {
            say_error(&error.to_string());
            Err(Exit::Usage)
        }
    }
}

/// The store, or prints why there is none and returns how the command ends.
fn stored(config: &Config) -> Result<Store, Exit> {
    let problem = match Store::open_existing(&config.data) {
        Ok(Some(store)) => return Ok(store),
        Ok(None) => format!(
            "nothing is stored in {} yet; run `collector run-once` or `collector run` first",
            config.data.display()
        ),
        Err(error) => error.to_string(),
    };
    say_error(&problem);
    Err(Exit::SourceFailed)
}

/// The sources of these names, or all, by name.
fn sources<'a>(config: &'a Config, names: &[String]) -> Vec<&'a Source> {
    let is_named = |source: &&Source| names.is_empty() || names.contains(&source.name);
    let mut sources: Vec<&Source> = config.sources.iter().filter(is_named).collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    sources
}

fn print(store: &Store, sources: &[&Source], window: Window, format: Format) -> anyhow::Result<()> {
    let out = super::wide_output();
    let mut meetings = Meetings::new(format, sources.len() > 1, out)?;
    for source in sources {
        super::meetings_of(store, &source.name, source.viewing, window, |row| {
            Ok(meetings.add(row)?)
        })?;
    }
    Ok(meetings.end(&[])?)
}
