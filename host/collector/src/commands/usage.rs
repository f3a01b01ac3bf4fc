//! `collector usage`: brings usage and coverage records from a file, and prints those that are stored.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;

use collector_admin::administration;
use collector_admin::config::Config;
use collector_model::json::write_json;
use collector_model::text::plain;
use collector_model::usage::Record;
use collector_model::usage::line::{COLUMNS, Line, read_cells, read_json};
use collector_model::window::Window;
use collector_store::{Put, Store, StoreError};

use super::{Exit, say_error};
use crate::cli::{ExportUsage, ImportUsage, UsageCommand};
use crate::logging;
use crate::output::counted;

/// Longest line of JSON or row of CSV, in bytes.
const LONGEST_LINE: u64 = 64 << 10;
/// What Excel writes before CSV in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Contradictions that are named; the others are counted.
const NAMED: usize = 20;

pub(super) fn run(path: &Path, command: &UsageCommand) -> anyhow::Result<Exit> {
    match command {
        UsageCommand::Import(arguments) => import(path, arguments),
        UsageCommand::Export(arguments) => export(path, arguments),
    }
}

/// Why nothing of a file was imported.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("{place}:{line}: {fault}")]
    Line { place: String, line: u64, fault: String },
    #[error("cannot read {place}: {cause}")]
    Unreadable { place: String, cause: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the records of a file.
#[derive(Default)]
struct Imported {
    new: usize,
    replaced: usize,
    unchanged: usize,
    contradicted: usize,
    /// The first of the contradictions, by line.
    named: BTreeMap<u64, String>,
}

fn import(path: &Path, arguments: &ImportUsage) -> anyhow::Result<Exit> {
    let config = match source(path, &arguments.source) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let mut store = Store::open(&config.data)?;
    let imported = match imported(&mut store, arguments) {
        Ok(imported) => imported,
        Err(error) => {
            say_error(&format!("{error}. Nothing was imported"));
            return Ok(match error {
                ImportError::Store(_) => Exit::SourceFailed,
                ImportError::Line { .. } | ImportError::Unreadable { .. } => Exit::Usage,
            });
        }
    };
    let place = place(&arguments.file);
    for (line, key) in &imported.named {
        logging::warn(&format!(
            "{place}:{line}: another record with the key \"{key}\" and this revision is stored, and stays"
        ));
    }
    let more = imported.contradicted.saturating_sub(imported.named.len());
    if more > 0 {
        logging::warn(&format!("{place}: {more} more such records"));
    }
    let all = imported.new + imported.replaced + imported.unchanged + imported.contradicted;
    let text = format!(
        "{}: {} new, {} replaced, {} unchanged{}.",
        counted(all, "record"),
        imported.new,
        imported.replaced,
        imported.unchanged,
        match imported.contradicted {
            0 => String::new(),
            contradicted => format!(", {contradicted} contradicted"),
        }
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
fn imported(store: &mut Store, arguments: &ImportUsage) -> Result<Imported, ImportError> {
    let place = place(&arguments.file);
    let unreadable = |cause| ImportError::Unreadable {
        place: place.clone(),
        cause,
    };
    let mut input: Box<dyn BufRead> = if arguments.file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(&arguments.file).map_err(unreadable)?))
    };
    if input.fill_buf().map_err(unreadable)?.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    let is_json = input.fill_buf().map_err(unreadable)?.first() == Some(&b'{');
    let mut lines = Lines { input, number: 0 };
    let batch = store.usage_batch()?;
    let mut imported = Imported::default();
    let mut header: Option<Vec<String>> = None;
    loop {
        let failed = |line, fault: String| ImportError::Line {
            place: place.clone(),
            line,
            fault,
        };
        let text = match lines.next() {
            Ok(Some(text)) => text,
            Ok(None) => break,
            Err(Broken::Unreadable(cause)) => return Err(unreadable(cause)),
            Err(Broken::Fault(fault)) => return Err(failed(lines.number, fault)),
        };
        let line = lines.number;
        if text.trim().is_empty() {
            continue;
        }
        let record = if is_json {
            read_json(&text).map_err(|fault| failed(line, fault.to_string()))?
        } else {
            let cells = cells(&text).map_err(|fault| failed(line, fault))?;
            let Some(header) = &header else {
                header = Some(columns(cells).map_err(|fault| failed(line, fault))?);
                continue;
            };
            if cells.len() != header.len() {
                let fault = format!("has {} cells, and the header {}", cells.len(), header.len());
                return Err(failed(line, fault));
            }
            let named = header
                .iter()
                .map(String::as_str)
                .zip(cells.iter().map(String::as_str));
            read_cells(named).map_err(|fault| failed(line, fault.to_string()))?
        };
        let origin = record.origin();
        if origin.source != arguments.source {
            let fault = format!("source: is not \"{}\"", arguments.source);
            return Err(failed(line, fault));
        }
        match batch.put(&record)? {
            Put::New => imported.new += 1,
            Put::Replaced => imported.replaced += 1,
            Put::Unchanged => imported.unchanged += 1,
            Put::Contradicted => {
                imported.contradicted += 1;
                if imported.named.len() < NAMED {
                    imported.named.insert(line, origin.key.clone());
                }
            }
        }
    }
    batch.commit()?;
    Ok(imported)
}

/// The columns of a header, each once and of the contract.
fn columns(header: Vec<String>) -> Result<Vec<String>, String> {
    for (at, column) in header.iter().enumerate() {
        if !COLUMNS.contains(&column.as_str()) {
            return Err(format!(
                "there is no column \"{}\"; columns are {}",
                plain(column),
                COLUMNS.join(", ")
            ));
        }
        if header.iter().take(at).any(|other| other == column) {
            return Err(format!("the column {column} is there twice"));
        }
    }
    Ok(header)
}

/// One row of CSV as its cells.
fn cells(row: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(row.as_bytes());
    let mut cells = csv::StringRecord::new();
    reader
        .read_record(&mut cells)
        .map_err(|error| error.to_string())?;
    Ok(cells.iter().map(str::to_owned).collect())
}

/// The lines of a file, each of a bounded length.
struct Lines {
    input: Box<dyn BufRead>,
    /// The number of the last line.
    number: u64,
}

enum Broken {
    Unreadable(io::Error),
    Fault(String),
}

impl Lines {
    /// The next line without its end; none after the last.
    fn next(&mut self) -> Result<Option<String>, Broken> {
        let mut line = Vec::new();
        let read = io::Read::take(&mut self.input, LONGEST_LINE + 1)
            .read_until(b'\n', &mut line)
            .map_err(Broken::Unreadable)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        if line.len() as u64 > LONGEST_LINE {
            return Err(Broken::Fault(format!("has more than {LONGEST_LINE} bytes")));
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|_| Broken::Fault("is not UTF-8 text".to_owned()))
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
    let Some(store) = Store::open_existing(&config.data)? else {
        say_error(&format!("nothing is stored in {} yet", config.data.display()));
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
