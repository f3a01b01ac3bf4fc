//! `collector usage`: brings usage and coverage records from a file, and prints those that are stored.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;

use collector_admin::administration;
use collector_admin::config::Config;
use collector_model::json::write_json;
use collector_model::text::plain;
use collector_model::usage::Record;
use collector_model::usage::line::Line;
use collector_model::window::Window;
use collector_store::{Store, StoreError};

use super::{Exit, say_error};
use crate::cli::{ExportUsage, ImportUsage, UsageCommand};
use crate::logging;
use crate::output::counted;
use crate::usage::intake::{Intake, Taken};
use crate::usage::lines::{Lines, LinesError, WrongLine};

pub(super) fn run(path: &Path, command: &UsageCommand) -> anyhow::Result<Exit> {
    match command {
        UsageCommand::Import(arguments) => import(path, arguments),
        UsageCommand::Export(arguments) => export(path, arguments),
        UsageCommand::Spaces(arguments) => super::spaces::run(path, arguments),
    }
}

/// Why nothing of a file was imported.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("{place}:{}: {}", .wrong.line, .wrong.words)]
    Line { place: String, wrong: WrongLine },
    #[error("cannot read {place}: {cause}")]
    Unreadable { place: String, cause: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn import(path: &Path, arguments: &ImportUsage) -> anyhow::Result<Exit> {
    let config = match source(path, &arguments.source) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let mut store = Store::open(&config.data)?;
    let taken = match imported(&mut store, arguments) {
        Ok(taken) => taken,
        Err(error) => {
            say_error(&format!("{error}. Nothing was imported"));
            return Ok(match error {
                ImportError::Store(_) => Exit::SourceFailed,
                ImportError::Line { .. } | ImportError::Unreadable { .. } => Exit::Usage,
            });
        }
    };
    let place = place(&arguments.file);
    for (line, key) in &taken.contradictions {
        logging::warn(&format!(
            "{place}:{line}: another record with the key \"{key}\" and this revision is stored, and stays"
        ));
    }
    if taken.more_contradictions() > 0 {
        logging::warn(&format!(
            "{place}: {} more such records",
            taken.more_contradictions()
        ));
    }
    for warning in taken.warnings() {
        logging::warn(&warning);
    }
    let changes = taken.changes;
    let some = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    let text = format!(
        "{}: {} new, {} replaced, {} unchanged{}{}.",
        counted(usize::try_from(changes.all()).unwrap_or(usize::MAX), "record"),
        changes.new,
        changes.replaced,
        changes.same,
        some(changes.contradicted, "contradicted"),
        some(taken.ahead, "in the future"),
    );
    administration::audit(
        &store,
        &super::audit::who(),
        "usage-imported",
        &arguments.source,
        &text,
    )?;
    super::unless_closed(writeln!(anstream::stdout(), "{text}"))?;
    Ok(Exit::Everything)
}

/// The configuration, if it has this source; prints what is wrong otherwise.
fn source(path: &Path, name: &str) -> Result<Config, Exit> {
    let config = super::configuration_with_sources(path)?;
    super::known(&config, path, &[name.to_owned()])?;
    Ok(config)
}

fn place(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        plain(&file.display().to_string()).into_owned()
    }
}

/// Imports all of a file or nothing.
fn imported(store: &mut Store, arguments: &ImportUsage) -> Result<Taken, ImportError> {
    let place = place(&arguments.file);
    let unreadable = |cause| ImportError::Unreadable {
        place: place.clone(),
        cause,
    };
    let input: Box<dyn BufRead> = if arguments.file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(&arguments.file).map_err(unreadable)?))
    };
    let mut lines = Lines::new(&arguments.source, input).map_err(unreadable)?;
    let mut intake = Intake::begin(store, &arguments.source, chrono::Utc::now().timestamp())?;
    loop {
        match lines.next() {
            Ok(Some((line, record))) => intake.put(line, &record)?,
            Ok(None) => return Ok(intake.end()?),
            Err(LinesError::Unreadable(cause)) => return Err(unreadable(cause)),
            Err(LinesError::Wrong(wrong)) => {
                return Err(ImportError::Line {
                    place: place.clone(),
                    wrong,
                });
            }
        }
    }
}

fn export(path: &Path, arguments: &ExportUsage) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let window = match Window::ALWAYS.replace(arguments.from.as_deref(), arguments.to.as_deref()) {
        Ok(window) => window,
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::Usage);
        }
    };
    let Some(store) = super::stored(&config.data)? else {
        return Ok(Exit::SourceFailed);
    };
    super::unless_closed(print(&store, &arguments.sources.sources, window))?;
    Ok(Exit::Everything)
}

fn print(store: &Store, sources: &[String], window: Window) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    store.usage(sources, window, |record: Record| {
        write_json(&mut out, &Line::of(&record))?;
        Ok::<(), anyhow::Error>(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}
