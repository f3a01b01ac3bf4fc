//! One `[[source]]` that receives: others post its records, so it has a token where a collected source has a connector.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_engine::configured::{ConfigProblem, Location, location, source_title};
use serde_json::Value;

use super::reader::Reader;
use super::secret::{Folders, REMEDY, secrets};

/// The key that makes a source a receiver.
pub(super) const RECEIVE: &str = "receive";
/// The key that makes a source one that is collected.
const CONNECTOR: &str = "connector";
/// Further keys of sources that are collected.
const COLLECTED: [&str; 9] = [
    "every",
    "paused",
    "view-subjects",
    "window",
    "settings",
    "credentials",
    "grants",
    "limits",
    "egress",
];
/// How often a device may promise to post. A moment between two posts counts as observed if both are at most two such times apart.
const HEARTBEAT: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 60 * 60);

/// A source whose records are posted to the collector.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The source's name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Where the tokens are that a sender may show: one, or several while it is replaced.
    pub tokens: Vec<SecretRef>,
    /// How often each RoomOS device posts at least; none if they do not promise that.
    pub heartbeat: Option<Duration>,
    /// The whole table as written.
    pub written: Value,
    /// The place of each key in the file.
    places: BTreeMap<String, Location>,
}

impl Receiver {
    /// Reads a `[[source]]` that has the key [`RECEIVE`].
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Option<Self> {
        let name = reader.source_name();
        if reader.has(CONNECTOR) {
            reader.ask(CONNECTOR);
            reader.problem(
                CONNECTOR,
                "the source has `receive`, too, so it would be both collected and received",
                "remove one of the two, or make two sources of it",
            );
        }
        for key in COLLECTED {
            if reader.has(key) {
                reader.ask(key);
                reader.problem(
                    key,
                    "it is for sources that are collected, and this one receives",
                    "remove it",
                );
            }
        }
        let (tokens, heartbeat) = reader
            .table(RECEIVE)
            .map(|table| receive(table, folders))
            .unwrap_or_default();
        let receiver = Self {
            tokens,
            heartbeat,
            written: reader.json(),
            places: reader.places(),
            name: name.clone().unwrap_or_default(),
        };
        reader.finish();
        name.map(|_| receiver)
    }

    /// The source's name in problems.
    pub fn title(&self) -> String {
        source_title(&self.name)
    }

    /// A problem with one key of the source (`receive.token`), with file, line and remedy.
    pub fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem::of_source(&self.name, &self.places, key, problem, remedy)
    }

    /// The place of a key, or of the nearest table above it that the file has.
    pub fn location(&self, key: &str) -> String {
        location(&self.places, key)
    }
}

/// `receive = { … }`.
fn receive(mut reader: Reader<'_>, folders: Folders<'_>) -> (Vec<SecretRef>, Option<Duration>) {
    if !reader.has("token") {
        reader.problem("token", "it is missing", REMEDY);
    }
    let tokens = secrets(&mut reader, "token", folders);
    reader.ask("token");
    let heartbeat = reader.duration("heartbeat", HEARTBEAT);
    reader.finish();
    (tokens, heartbeat)
}
