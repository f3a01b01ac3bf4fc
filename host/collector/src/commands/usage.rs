//! `collector usage`: brings usage and coverage records from a file, and prints those that are stored.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::Path;

use collector_admin::administration;
use collector_admin::config::Config;
use collector_model::json::write_json;
use collector_model::text::plain;
use collector_model::usage::Record;
use collector_model::usage::line::Line;
use collector_model::window::Window;
use collector_store::{Staging, Store, StoreError};

use super::progress::Records;
use super::{Exit, say_error};
use crate::cli::{ExportUsage, ImportUsage, UsageCommand};
use crate::logging;
use crate::output::{RecordsFormat, counted};
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
    for warning in taken.ahead.warnings() {
        logging::warn(&warning);
    }
    let changes = taken.changes;
    let some = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    let text = format!(
        "{}: {} new, {} replaced, {} unchanged{}{}.",
        counted(changes.all(), "record"),
        changes.new,
        changes.replaced,
        changes.same,
        some(changes.contradicted, "contradicted"),
        some(taken.ahead.records, "in the future"),
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

/// Imports all of a file or nothing. Everything is read and checked before anybody else has to wait: what comes through a pipe may come slowly,
/// and what is right may be much.
fn imported(store: &mut Store, arguments: &ImportUsage) -> Result<Taken, ImportError> {
    let staging = store.staging()?;
    check(&staging, arguments)?;
    let progress = Records::count("storing");
    let source = &arguments.source;
    let mut intake = Intake::begin(store, source, chrono::Utc::now().timestamp())?;
    staging.each(source, |line, record| {
        progress.add();
        intake.put(line, record)
    })?;
    Ok(intake.end()?)
}

/// Reads and checks the records of a file, and lets them wait.
fn check(staging: &Staging, arguments: &ImportUsage) -> Result<(), ImportError> {
    let place = place(&arguments.file);
    let unreadable = |cause| ImportError::Unreadable {
        place: place.clone(),
        cause,
    };
    let file: Box<dyn Read> = if arguments.file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(&arguments.file).map_err(unreadable)?)
    };
    let mut lines = Lines::new(&arguments.source, BufReader::new(file)).map_err(unreadable)?;
    let progress = Records::count("checking");
    loop {
        match lines.next() {
            Ok(Some((line, record))) => staging.add(line, &record)?,
            Ok(None) => return Ok(()),
            Err(LinesError::Unreadable(cause)) => return Err(unreadable(cause)),
            Err(LinesError::Wrong(wrong)) => return Err(ImportError::Line { place, wrong }),
        }
        progress.add();
    }
}

/// How records are exported, known before the store is opened.
type Way = Box<dyn FnOnce(&Store, &[String]) -> anyhow::Result<()>>;

fn export(path: &Path, arguments: &ExportUsage) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let (from, to) = (arguments.from.as_deref(), arguments.to.as_deref());
    let way: Way = match arguments.format {
        RecordsFormat::Jsonl => match Window::ALWAYS.replace(from, to) {
            Ok(window) => Box::new(move |store, sources| super::unless_closed(print(store, sources, window))),
            Err(error) => {
                say_error(&error.to_string());
                return Ok(Exit::Usage);
            }
        },
        #[cfg(feature = "parquet")]
        RecordsFormat::Parquet => match super::into_days::Place::new(from, to) {
            Ok(place) => Box::new(move |store, sources| place.write_usage(store, sources)),
            Err(exit) => return Ok(exit),
        },
    };
    let Some(store) = super::stored(&config.data)? else {
        return Ok(Exit::SourceFailed);
    };
    // Records outlive the configuration of their source.
    for name in &arguments.sources.sources {
        if !store.knows_source(name)?
            && let Err(exit) = super::known(&config, path, std::slice::from_ref(name))
        {
            return Ok(exit);
        }
    }
    way(&store, &arguments.sources.sources)?;
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
