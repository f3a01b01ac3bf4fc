//! `--format parquet` of `export` and `usage export`: into a directory instead of standard output.

use std::io::Write as _;
use std::path::Path;

use collector_admin::config::Source;
use collector_model::text::plain;
use collector_model::window::Window;
use collector_sinks::parquet::{Day, MEETINGS, Tree, USAGE};
use collector_store::{Reader, Store};

use super::{Exit, say_error};
use crate::logging;
use crate::output::{Days, Written, counted};

/// The directory, and the first day that is written.
pub(super) struct Place {
    tree: Tree,
    first: Day,
}

impl Place {
    /// Reads `--from` and `--to`, or prints what is wrong and returns how the command ends. The day of an instant counts as a whole: a file
    /// has all of a day.
    pub(super) fn new(from: Option<&str>, to: Option<&str>) -> Result<Self, Exit> {
        let wrong = |problem: &str| {
            say_error(problem);
            Err(Exit::Usage)
        };
        let Some(directory) = to else {
            return wrong("--format parquet writes files; name their directory with --to");
        };
        if Window::ALWAYS.replace(None, Some(directory)).is_ok() {
            return wrong(&format!(
                "with --format parquet, --to is the directory of the files, and {directory:?} looks like a time; write ./{directory} if it \
                 is meant. An export as Parquet has no end, only --from"
            ));
        }
        let window = match Window::ALWAYS.replace(from, None) {
            Ok(window) => window,
            Err(error) => return wrong(&error.to_string()),
        };
        let tree = Tree::new(Path::new(directory));
        if tree.is_of_a_sink() {
            return wrong(&format!(
                "a sink keeps the files in {directory}, and keeps what is no longer stored; export to another directory"
            ));
        }
        Ok(Self {
            tree,
            first: Day::of(window.start()),
        })
    }

    /// The time of the days that are written.
    pub(super) fn window(&self) -> Window {
        self.first.onward()
    }

    /// Writes the meetings that `export` prints.
    pub(super) fn write_meetings(&self, store: &Store, sources: &[&Source], all: bool) -> anyhow::Result<()> {
        let days = Days {
            table: &MEETINGS,
            tree: &self.tree,
            first: self.first,
        };
        store.at_one_moment(|store| {
            for source in sources {
                let written = days.write(&source.name, |window, each| {
                    super::meetings_of(store, &source.name, source.viewing, window, each)
                })?;
                say(&source.name, written)?;
            }
            anyhow::Ok(())
        })?;
        self.say_others(
            MEETINGS.name,
            sources.iter().map(|source| source.name.as_str()),
            all,
        )
    }

    /// Writes the records that `usage export` prints.
    pub(super) fn write_usage(&self, store: &Store, named: &[String]) -> anyhow::Result<()> {
        let days = Days {
            table: &USAGE,
            tree: &self.tree,
            first: self.first,
        };
        let sources = store.at_one_moment(|store: &Reader| {
            let sources = if named.is_empty() {
                store.usage_sources()?
            } else {
                named.to_vec()
            };
            for source in &sources {
                let of = std::slice::from_ref(source);
                let written = days.write(source, |window, each| store.usage(of, window, each))?;
                say(source, written)?;
            }
            anyhow::Ok(sources)
        })?;
        self.say_others(USAGE.name, sources.iter().map(String::as_str), named.is_empty())
    }

    /// Says what is in the directory that nothing was exported to. It may be of another collector, or all that is left of a source.
    fn say_others<'a>(
        &self,
        table: &str,
        sources: impl Iterator<Item = &'a str>,
        all: bool,
    ) -> anyhow::Result<()> {
        if all {
            for other in self.tree.others(table, sources)? {
                logging::warn(&format!(
                    "{table}/{other} is of no source that was exported, and stays as it is; delete it if its source was removed"
                ));
            }
        }
        Ok(())
    }
}

fn say(source: &str, done: Written) -> anyhow::Result<()> {
    super::unless_closed(writeln!(
        anstream::stdout(),
        "{}: {}; {} written, {} removed.",
        plain(source),
        counted(done.days, "day"),
        counted(done.written, "file"),
        done.removed
    ))
}
