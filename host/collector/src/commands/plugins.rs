//! `collector plugins`: the version of each connector that passes use, versions on hold or refused, and recent events, from the store.
//! Works with and without a running service.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use collector_admin::config::Config;
use collector_engine::connectors::{EVENTS, Permissions, installed_files};
use collector_model::instant::rfc3339;
use collector_model::text::plain;
use collector_sandbox::no_component;
use collector_store::{ConnectorRecord, Event, Store, StoreError, VersionRecord, VersionState};
use serde_json::{Value, json};

use super::{Exit, say_error};
use crate::cli::PluginsReport;
use crate::output::{RecordForm, Records, Sheet, ago, plain_table};

/// The columns of CSV, which has a row for each connector. Those of `update` are about the version in the plugin directory, if it differs.
const COLUMNS: [&str; 9] = [
    "connector",
    "version",
    "digest",
    "state",
    "since",
    "sources",
    "update_version",
    "update_digest",
    "update_state",
];
/// How many events are shown.
const SHOWN: usize = 20;
/// How many of the newest events are searched for those of connectors.
const SEARCHED: usize = 10_000;
/// How many files of the plugin directory are shown.
const FILES: usize = 1_000;
/// By so many of its first bytes a component is told from other files.
const BEGIN: u64 = 8;
/// Digits of a digest in a table: enough to tell files apart.
const DIGITS: usize = 12;

pub(super) fn run(path: &Path, arguments: &PluginsReport) -> anyhow::Result<Exit> {
    // Who looks for a connector for the first source has no configuration yet.
    let config = match Config::load_or_empty(path) {
        Ok((config, _)) => config,
        Err(error) => {
            super::say_config(&error);
            return Ok(Exit::Usage);
        }
    };
    let read = Store::open_existing(&config.data).and_then(|store| Report::read(&config, store.as_ref()));
    let report = match read {
        Ok(report) => report,
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::SourceFailed);
        }
    };
    let mut out = anstream::stdout();
    super::unless_closed(match arguments.format {
        Sheet::Json => super::write_json(&mut out, &report.json()),
        Sheet::Table => report.table(&mut out),
        Sheet::Csv => Records::all(
            RecordForm::Csv,
            &COLUMNS,
            report.connectors.iter().map(row_csv),
            &mut out,
        ),
    })?;
    Ok(Exit::Everything)
}

/// Opens the store, or prints why there is none and returns how the command ends.
pub(super) fn store(config: &Config) -> Result<Store, Exit> {
    match Store::open_existing(&config.data) {
        Ok(Some(store)) => Ok(store),
        Ok(None) => {
            say_error(&format!(
                "there is no store in {} yet; `collector run` creates it and loads the connectors in {}",
                config.data.display(),
                config.plugins.display()
            ));
            Err(Exit::Usage)
        }
        Err(error) => {
            say_error(&error.to_string());
            Err(Exit::SourceFailed)
        }
    }
}

/// A connector, as shown.
struct Row {
    name: String,
    /// The version that passes use; for a removed connector, the last one used.
    version: Option<VersionRecord>,
    /// `good`, `trial`, `removed`, `unused` (no version may be used), `new` (no service has looked at the file yet) or `missing` (configured,
    /// but there is no file).
    state: &'static str,
    sources: Vec<String>,
    /// The version in the plugin directory, if it differs.
    update: Option<VersionRecord>,
    /// Whether its file is not even a WebAssembly component, as far as a glance tells.
    is_junk: bool,
}

struct Report {
    now: i64,
    /// The plugin directory.
    directory: PathBuf,
    connectors: Vec<Row>,
    events: Vec<Event>,
}

impl Report {
    /// Reads the report. Without a store, only the plugin directory and the configuration are known.
    fn read(config: &Config, store: Option<&Store>) -> Result<Self, StoreError> {
        let (records, versions, mut events) = match store {
            Some(store) => (
                store.connectors()?,
                store.connector_versions()?,
                store.events(SEARCHED)?,
            ),
            None => Default::default(),
        };
        // A plugin directory that cannot be read shows no files.
        let files: BTreeSet<String> = installed_files(&config.plugins)
            .unwrap_or_default()
            .into_iter()
            .take(FILES)
            .collect();
        let mut names: BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
        names.extend(config.sources.iter().map(|source| source.connector.as_str()));
        names.extend(files.iter().map(String::as_str));
        let connectors = names
            .into_iter()
            .map(|name| {
                let sources = config
                    .sources
                    .iter()
                    .filter(|source| source.connector == name)
                    .map(|source| source.name.clone())
                    .collect();
                let record = records.iter().find(|record| record.name == name);
                let has_file = files.contains(name);
                Row {
                    is_junk: has_file && is_junk(&config.plugins.join(format!("{name}.wasm"))),
                    ..row(name, record, &versions, has_file, sources)
                }
            })
            .collect();
        // Events of the configuration may have a subject of the same name.
        events.retain(|event| {
            EVENTS.contains(&event.kind.as_str()) && records.iter().any(|record| record.name == event.subject)
        });
        events.truncate(SHOWN);
        Ok(Self {
            now: chrono::Utc::now().timestamp(),
            directory: config.plugins.clone(),
            connectors,
            events,
        })
    }

    fn table(&self, out: &mut impl Write) -> std::io::Result<()> {
        if self.connectors.is_empty() {
            return writeln!(
                out,
                "no connector is installed; put a connector's .wasm file into {}",
                self.directory.display()
            );
        }
        let rows: Vec<Vec<String>> = self.connectors.iter().map(|row| self.cells(row)).collect();
        plain_table(
            &[
                "Connector",
                "Version",
                "SHA-256",
                "State",
                "Since",
                "Used by",
                "In the plugin directory",
            ],
            &rows,
            &mut *out,
        )?;
        for row in &self.connectors {
            about_update(row, out)?;
        }
        if self.events.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        let rows: Vec<Vec<String>> = self
            .events
            .iter()
            .map(|event| {
                vec![
                    rfc3339(event.at),
                    event.kind.clone(),
                    event.subject.clone(),
                    event.version.clone().unwrap_or_default(),
                    short(event.digest.as_deref().unwrap_or_default()),
                    event.cause.clone().unwrap_or_default(),
                ]
            })
            .collect();
        plain_table(
            &["Time", "Event", "Connector", "Version", "SHA-256", "Cause"],
            &rows,
            &mut *out,
        )
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let of = |text: &dyn Fn(&VersionRecord) -> String| row.version.as_ref().map(text).unwrap_or_default();
        let update = match (&row.update, row.state) {
            (Some(update), _) => format!("{} {}", update.version, update.state.as_str())
                .trim()
                .to_owned(),
            (None, "removed" | "missing") => "nothing".into(),
            (None, "new") if row.is_junk => {
                "a file that is no WebAssembly component, so no connector; replace it".into()
            }
            (None, "new") => "a file that no service has loaded yet".into(),
            (None, _) => "the same".into(),
        };
        vec![
            row.name.clone(),
            of(&|version| version.version.clone()),
            of(&|version| short(&version.digest)),
            row.state.into(),
            of(&|version| match ago(version.at, self.now).as_str() {
                "now" => "now".into(),
                time => format!("{time} ago"),
            }),
            row.sources.join(", "),
            update,
        ]
    }

    fn json(&self) -> Value {
        json!({
            "connectors": self.connectors.iter().map(row_json).collect::<Vec<_>>(),
            "events": self.events.iter().map(|event| json!({
                "time": rfc3339(event.at),
                "event": event.kind,
                "connector": event.subject,
                "version": event.version,
                "digest": event.digest,
                "cause": event.cause,
            })).collect::<Vec<_>>(),
        })
    }
}

fn row(
    name: &str,
    record: Option<&ConnectorRecord>,
    versions: &[VersionRecord],
    has_file: bool,
    sources: Vec<String>,
) -> Row {
    let of = |digest: &Option<String>| {
        let digest = digest.as_ref()?;
        versions
            .iter()
            .find(|version| version.connector == name && version.digest == *digest)
            .cloned()
    };
    let last_removed = || {
        versions
            .iter()
            .find(|version| version.connector == name && version.state == VersionState::Removed)
            .cloned()
    };
    let (version, update) = match record {
        None => (None, None),
        Some(record) => {
            let update = if record.file == record.current {
                None
            } else {
                of(&record.file)
            };
            (of(&record.current), update)
        }
    };
    let (version, state) = match (version, record) {
        (Some(version), _) if version.state == VersionState::Good => (Some(version), "good"),
        (Some(version), _) => (Some(version), "trial"),
        (None, Some(record)) if record.file.is_some() => (None, "unused"),
        (None, Some(_)) => (last_removed(), "removed"),
        (None, None) if has_file => (None, "new"),
        (None, None) => (None, "missing"),
    };
    Row {
        name: name.to_owned(),
        version,
        state,
        sources,
        update,
        is_junk: false,
    }
}

/// Whether a file does not begin as a component does. A file that cannot be read may be one.
fn is_junk(file: &Path) -> bool {
    let mut begin = Vec::new();
    let read = File::open(file).and_then(|file| file.take(BEGIN).read_to_end(&mut begin));
    read.is_ok() && no_component(&begin).is_some()
}

/// Prints what is known of a file that passes do not use.
fn about_update(row: &Row, out: &mut impl Write) -> std::io::Result<()> {
    let Some(update) = &row.update else { return Ok(()) };
    let title = format!("{} {}", plain(&row.name), plain(&update.version));
    let title = title.trim();
    match update.state {
        VersionState::Held => {
            writeln!(out, "\n{title} is on hold: it wants more than was approved:")?;
            for word in wants(update).words() {
                writeln!(out, "  {word}")?;
            }
            writeln!(out, "To approve it: collector approve {}", plain(&row.name))
        }
        VersionState::Approved => writeln!(
            out,
            "\n{title} is approved; a running service uses it within a second"
        ),
        state => match &update.cause {
            Some(cause) => writeln!(out, "\n{title} was {}: {}", state.as_str(), plain(cause)),
            None => Ok(()),
        },
    }
}

fn wants(version: &VersionRecord) -> Permissions {
    Permissions::read(version.wants.as_deref().unwrap_or_default())
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}

fn row_json(row: &Row) -> Value {
    let version = row.version.as_ref();
    json!({
        "name": row.name,
        "version": version.map(|version| &version.version),
        "digest": version.map(|version| &version.digest),
        "state": row.state,
        "since": version.map(|version| rfc3339(version.at)),
        "sources": row.sources,
        "update": row.update.as_ref().map(|update| {
            let held = update.state == VersionState::Held;
            json!({
                "version": update.version,
                "digest": update.digest,
                "state": update.state.as_str(),
                "since": rfc3339(update.at),
                "cause": update.cause,
                "wants": held.then(|| wants(update)),
                "approve": held.then(|| format!("collector approve {}", row.name)),
            })
        }),
    })
}

/// A connector as a row of CSV.
fn row_csv(row: &Row) -> Value {
    let (version, update) = (row.version.as_ref(), row.update.as_ref());
    json!({
        "connector": row.name,
        "version": version.map(|version| &version.version),
        "digest": version.map(|version| &version.digest),
        "state": row.state,
        "since": version.map(|version| rfc3339(version.at)),
        "sources": row.sources,
        "update_version": update.map(|update| &update.version),
        "update_digest": update.map(|update| &update.digest),
        "update_state": update.map(|update| update.state.as_str()),
    })
}
