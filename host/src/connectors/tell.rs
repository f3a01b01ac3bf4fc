//! How a step is told: in the log, in the store, to the passes, and in the counters.

use super::folder;
use super::journal::Step;
use super::keeper::{Keeper, LOG};
use super::plugin::{Candidate, Plugin};
use crate::store::{Event, VersionRecord, VersionState};
use crate::text::plain;

/// What happened to which version, for the log and the store.
pub(super) struct Told<'a> {
    pub(super) kind: &'static str,
    pub(super) digest: &'a str,
    pub(super) version: &'a str,
    pub(super) cause: Option<&'a str>,
}

impl Keeper {
    /// Tells a step and keeps it.
    pub(super) fn save(&self, name: &str, versions: Vec<VersionRecord>, told: Option<Told<'_>>) {
        let Some(plugin) = self.plugins.get(name) else {
            return;
        };
        let event = told.map(|told| {
            self.shared.count(name, told.kind);
            log(name, &told);
            let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Event {
                at: now(),
                kind: told.kind.to_owned(),
                subject: name.to_owned(),
                version: filled(told.version),
                digest: filled(told.digest),
                cause: told.cause.map(str::to_owned),
            }
        });
        self.journal.put(Step {
            connector: plugin.record.clone(),
            versions,
            events: event.into_iter().collect(),
        });
    }

    /// What passes get from now on.
    pub(super) fn publish(&self, name: &str) {
        let Some(plugin) = self.plugins.get(name) else {
            return;
        };
        let file = folder::file(&self.shared.directory, name);
        let file = file.display();
        let answer = match (&plugin.serving, &plugin.candidate) {
            (Some(serving), _) => Ok(serving.version.clone()),
            (None, Some(Candidate::Held { more, .. })) => Err(format!(
                "connector \"{name}\": {file} wants more than was approved ({}); approve it with `collector approve {name}`",
                more.words().join(", ")
            )),
            (None, Some(Candidate::Out(cause))) => Err(format!(
                "connector \"{name}\": {file} is not used: {}; replace it by one that works",
                plain(cause)
            )),
            (None, None) if plugin.file.is_some() => Err(match &plugin.doubt {
                None => format!(
                    "connector \"{name}\": {file} is being checked; it is used as soon as that is done"
                ),
                Some((_, refusal)) => format!(
                    "connector \"{name}\": {file} is not whole, or not a connector: {}; wait until it is written, or replace it",
                    plain(&refusal.cause)
                ),
            }),
            (None, None) => Err(format!(
                "connector \"{name}\": there is no file {file}; put the connector's .wasm file there, or correct `connector` in the \
                 source or `plugins` in [collector]"
            )),
        };
        self.shared.publish(name, answer);
    }
}

/// Notes what became of a version; what it calls itself is kept when it is not given.
pub(super) fn mark(
    plugin: &mut Plugin,
    digest: &str,
    version: &str,
    state: VersionState,
) -> Vec<VersionRecord> {
    let known = plugin.versions.get(digest).map(|known| known.version.clone());
    let record = VersionRecord {
        connector: plugin.record.name.clone(),
        digest: digest.to_owned(),
        version: match known {
            Some(known) if version.is_empty() => known,
            _ => version.to_owned(),
        },
        state,
        cause: None,
        wants: None,
        checked: None,
        at: now(),
    };
    plugin.versions.insert(digest.to_owned(), record.clone());
    vec![record]
}

pub(super) fn words(records: &[VersionRecord]) -> String {
    records
        .first()
        .map(|record| record.version.clone())
        .unwrap_or_default()
}

fn log(connector: &str, told: &Told<'_>) {
    let (kind, digest, version) = (told.kind, told.digest, plain(told.version));
    let cause = plain(told.cause.unwrap_or_default());
    match kind {
        "refused" | "held" | "rolled-back" | "failing" | "damaged" => {
            tracing::warn!(target: LOG, connector, digest, %version, %cause, "{kind}");
        }
        _ => tracing::info!(target: LOG, connector, digest, %version, "{kind}"),
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
