//! `collector status`: how the last passes and deliveries of the service went, from the store. Works with and without a running service.

mod table;

use std::collections::BTreeMap;
use std::path::Path;

use collector_admin::config::{Config, Source};
use collector_model::instant::rfc3339;
use collector_store::lock::Owner;
use collector_store::{PassRecord, RoomRecord, SetAside, SinkState, Store};
use serde_json::{Value, json};

use super::{Exit, say_error};
use crate::cli::Status;
use crate::output::{RecordForm, Records, Sheet};

pub(super) fn run(path: &Path, arguments: &Status) -> anyhow::Result<Exit> {
    let names = &arguments.sources.sources;
    let loaded = Config::load(path).and_then(|config| config.need_source(path).map(|()| config));
    if loaded.is_err()
        && let Some(report) = before_any_source(path, names)
    {
        print(&report, arguments.format)?;
        return Ok(report.exit());
    }
    let (read, mistake) = match loaded {
        Ok(config) => {
            if let Err(exit) = super::known(&config, path, names) {
                return Ok(exit);
            }
            (Report::read(&config.data, Some(&config), names), false)
        }
        Err(error) if error.is_of_content() => {
            // A running service goes on with the last configuration that it could use, and its operator asks how.
            let data = Config::data_of_broken(path);
            super::say_config(&error);
            let read = Report::read(&data, None, names);
            if read.as_ref().is_ok_and(Report::is_empty) {
                return Ok(Exit::Usage);
            }
            say_error(&format!(
                "{} cannot be used; what is stored in {} is shown without it",
                path.display(),
                data.display()
            ));
            (read, true)
        }
        Err(error) => {
            super::say_config(&error);
            return Ok(Exit::Usage);
        }
    };
    let report = match read {
        Ok(report) => report,
        Err(error) => {
            say_error(&format!("{error:#}"));
            return Ok(Exit::SourceFailed);
        }
    };
    print(&report, arguments.format)?;
    Ok(if mistake { Exit::Usage } else { report.exit() })
}

fn print(report: &Report, format: Sheet) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    super::unless_closed(match format {
        Sheet::Json => super::write_json(&mut out, &report.json()),
        Sheet::Table => report.table(&mut out),
        Sheet::Csv => Records::all(
            RecordForm::Csv,
            &COLUMNS,
            report.sources.iter().map(row),
            &mut out,
        ),
    })
}

/// The report of a service that runs before the first source is added, even before there is a file. None if a pass ever ended: then a file
/// without a source is a mistake.
fn before_any_source(path: &Path, names: &[String]) -> Option<Report> {
    let (config, _) = Config::load_or_empty(path).ok()?;
    let collected = Report::read(&config.data, None, &[]).ok()?;
    let is_new = names.is_empty()
        && config.source_names().next().is_none()
        && collected.sources.iter().all(|source| source.pass.is_none());
    let report = Report::read(&config.data, Some(&config), &[]).ok()?;
    (is_new && report.running.is_some()).then_some(report)
}

/// The columns of CSV, which has a row for each source that is collected.
const COLUMNS: [&str; 14] = [
    "source",
    "connector",
    "version",
    "every_seconds",
    "paused",
    "pass_ended",
    "verdict",
    "problem",
    "collected",
    "denied",
    "missing",
    "throttled",
    "failed",
    "last_success",
];

/// How many refused changes are named.
const SET_ASIDE: usize = 20;

/// What is known of one source.
struct SourceStatus {
    name: String,
    connector: String,
    /// Unknown when the configuration cannot be read.
    every: Option<std::time::Duration>,
    paused: bool,
    pass: Option<PassRecord>,
    /// The rooms that the last pass could not collect.
    left: Vec<RoomRecord>,
}

/// What is known of one source that receives.
struct ReceiverStatus {
    name: String,
    /// When its last record came, in UTC seconds.
    last_at: Option<i64>,
}

struct Report {
    now: i64,
    /// Whether the configuration could be read.
    configured: bool,
    /// The service that holds the data directory.
    running: Option<Owner>,
    sources: Vec<SourceStatus>,
    receivers: Vec<ReceiverStatus>,
    sinks: Vec<SinkState>,
    /// The newest changes that sinks refused.
    set_aside: Vec<SetAside>,
    /// When and why the store took a new identity; none if it still has its first.
    taken: Option<(i64, String)>,
    /// Why the deletion of old meetings is held back.
    held: Option<String>,
}

impl Report {
    /// Whether no service runs, and nothing was ever collected.
    fn is_empty(&self) -> bool {
        self.running.is_none() && self.sources.is_empty()
    }

    /// If the configuration cannot be read, the sources are those that something is stored of: also what `run-once` collected, which leaves no
    /// record of a pass.
    fn read(data: &Path, config: Option<&Config>, names: &[String]) -> anyhow::Result<Self> {
        let store = Store::open_existing(data)?;
        let passes = store.as_ref().map_or(Ok(Vec::new()), |store| store.passes())?;
        let mut sources = match config {
            Some(config) => config
                .sources
                .iter()
                .map(|source| of_source(source, &passes))
                .collect(),
            None => store
                .as_ref()
                .map_or(Ok(Vec::new()), |store| store.collected_sources())?
                .into_iter()
                .map(|source| of_stored(source, &passes))
                .collect::<Vec<_>>(),
        };
        sources.retain(|source| names.is_empty() || names.contains(&source.name));
        if let Some(store) = &store {
            for source in &mut sources {
                source.left = store.rooms(&source.name)?;
                source.left.extend(
                    store
                        .spaces(Some(&source.name))?
                        .into_iter()
                        .map(|space| RoomRecord {
                            address: space.key,
                            name: space.name,
                            outcome: space.outcome,
                            cause: space.cause,
                            since: space.since,
                        }),
                );
                source.left.retain(|room| {
                    room.outcome
                        .as_deref()
                        .is_some_and(|outcome| outcome != "collected")
                });
            }
        }
        let arrivals = store
            .as_ref()
            .map_or(Ok(BTreeMap::new()), |store| store.arrivals())?;
        let receivers = config.map_or(&[][..], |config| config.receivers.as_slice());
        let receivers = receivers
            .iter()
            .filter(|receiver| names.is_empty() || names.contains(&receiver.name))
            .map(|receiver| ReceiverStatus {
                name: receiver.name.clone(),
                last_at: arrivals.get(&receiver.name).copied(),
            })
            .collect();
        Ok(Self {
            receivers,
            configured: config.is_some(),
            now: chrono::Utc::now().timestamp(),
            running: collector_store::lock::owner(data),
            sources,
            sinks: store.as_ref().map_or(Ok(Vec::new()), |store| store.sinks())?,
            set_aside: store
                .as_ref()
                .map_or(Ok(Vec::new()), |store| store.set_aside(None, SET_ASIDE))?,
            taken: match &store {
                Some(store) => store.identity()?.taken,
                None => None,
            },
            held: store.as_ref().map_or(Ok(None), |store| store.retention_held())?,
        })
    }

    /// The exit status of the last passes: 1 if one failed, 3 if one was partial. Paused sources do not count.
    fn exit(&self) -> Exit {
        let stored = match self.running.as_ref().and_then(|owner| owner.trouble.as_ref()) {
            Some(_) => Exit::SourceFailed,
            None => Exit::Everything,
        };
        self.sources
            .iter()
            .filter(|source| !source.paused)
            .filter_map(|source| source.pass.as_ref())
            .fold(stored, |exit, pass| {
                exit.and(match pass.verdict.as_str() {
                    "everything" => Exit::Everything,
                    "part" => Exit::Part,
                    _ => Exit::SourceFailed,
                })
            })
    }

    fn json(&self) -> Value {
        json!({
            "running": self.running.is_some(),
            "not_stored": self.running.as_ref().and_then(|owner| owner.trouble.as_ref()),
            "sources": self.sources.iter().map(source_json).collect::<Vec<_>>(),
            "receiving": self.receivers.iter().map(|receiver| json!({
                "name": receiver.name,
                "last_record": receiver.last_at.map(rfc3339),
            })).collect::<Vec<_>>(),
            "sinks": self.sinks.iter().map(sink_json).collect::<Vec<_>>(),
            "set_aside": self.set_aside.iter().map(|change| json!({
                "sink": change.sink,
                "source": change.source,
                "room": change.room,
                "id": change.id,
                "change": change.number,
                "since": rfc3339(change.at),
                "problem": change.problem,
            })).collect::<Vec<_>>(),
            "new_identity": self.taken.as_ref().map(|(at, reason)| json!({
                "at": rfc3339(*at),
                "reason": reason,
            })),
            "retention_held": self.held,
        })
    }
}

fn of_source(source: &Source, passes: &[PassRecord]) -> SourceStatus {
    SourceStatus {
        name: source.name.clone(),
        connector: source.connector.clone(),
        every: Some(source.every),
        paused: source.paused,
        pass: passes.iter().find(|pass| pass.source == source.name).cloned(),
        left: Vec::new(),
    }
}

/// A source that is known from the store alone.
fn of_stored(name: String, passes: &[PassRecord]) -> SourceStatus {
    let pass = passes.iter().find(|pass| pass.source == name).cloned();
    SourceStatus {
        connector: pass
            .as_ref()
            .map_or_else(String::new, |pass| pass.connector.clone()),
        name,
        every: None,
        paused: false,
        pass,
        left: Vec::new(),
    }
}

fn source_json(source: &SourceStatus) -> Value {
    let pass = source.pass.as_ref();
    json!({
        "name": source.name,
        "connector": source.connector,
        "every_seconds": source.every.map(|every| every.as_secs_f64()),
        "paused": source.paused,
        "last_pass": pass.map(|pass| json!({
            "begun": rfc3339(pass.begun_at),
            "ended": rfc3339(pass.ended_at),
            "verdict": pass.verdict,
            "problem": pass.problem,
            "version": pass.version,
            "digest": pass.digest,
            "rooms": {
                "collected": pass.rooms.collected,
                "denied": pass.rooms.denied,
                "missing": pass.rooms.missing,
                "throttled": pass.rooms.throttled,
                "failed": pass.rooms.failed,
            },
        })),
        "last_success": pass.and_then(|pass| pass.success_at).map(rfc3339),
        "not_collected": source.left.iter().map(|room| json!({
            "room": room.address,
            "room_name": room.name,
            "outcome": room.outcome,
            "since": room.since.map(rfc3339),
            "cause": room.cause,
        })).collect::<Vec<_>>(),
    })
}

/// A source as a row of CSV.
fn row(source: &SourceStatus) -> Value {
    let pass = source.pass.as_ref();
    let rooms = pass.map(|pass| &pass.rooms);
    json!({
        "source": source.name,
        "connector": source.connector,
        "version": pass.map(|pass| &pass.version),
        "every_seconds": source.every.map(|every| every.as_secs_f64()),
        "paused": source.paused,
        "pass_ended": pass.map(|pass| rfc3339(pass.ended_at)),
        "verdict": pass.map(|pass| &pass.verdict),
        "problem": pass.and_then(|pass| pass.problem.as_ref()),
        "collected": rooms.map(|rooms| rooms.collected),
        "denied": rooms.map(|rooms| rooms.denied),
        "missing": rooms.map(|rooms| rooms.missing),
        "throttled": rooms.map(|rooms| rooms.throttled),
        "failed": rooms.map(|rooms| rooms.failed),
        "last_success": pass.and_then(|pass| pass.success_at).map(rfc3339),
    })
}

/// When the oldest of the changes that wait was stored. A new sink waits for rooms, which may have no meetings.
fn oldest(sink: &SinkState) -> Option<i64> {
    sink.oldest_at.filter(|_| sink.backlog > 0)
}

fn sink_json(sink: &SinkState) -> Value {
    json!({
        "name": sink.name,
        "waiting": sink.backlog,
        "rooms_to_tell_anew": sink.refill,
        "set_aside": sink.set_aside,
        "oldest": oldest(sink).map(rfc3339),
        "last_delivery": sink.success_at.map(rfc3339),
        "failing_since": sink.failing_since.map(rfc3339),
        "problem": sink.problem,
    })
}
