//! What passes and pages read: which version of each connector the next pass uses, or why there is none; and the counts of events.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use collector_model::text::plain;
use collector_sandbox::Connector;
use tokio::sync::watch;

use super::machine::{Answer, EVENTS};
use super::watcher;

/// A version of a connector that passes may use. Cheap to clone.
#[derive(Clone)]
pub struct Version {
    /// The connector, compiled, with its manifest.
    pub connector: Connector,
}

impl Version {
    /// The connector's name.
    pub fn name(&self) -> &str {
        &self.connector.manifest().name
    }

    /// The version string that it gives for itself: foreign text.
    pub fn version(&self) -> &str {
        &self.connector.manifest().version
    }

    /// The SHA-256 of its file, in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        self.connector.digest()
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.name(), self.version(), self.digest())
    }
}

pub(super) struct Published {
    pub(super) directory: PathBuf,
    current: RwLock<HashMap<String, Result<Version, String>>>,
    pub(super) changed: watch::Sender<u64>,
    counts: Mutex<BTreeMap<(String, &'static str), u64>>,
    compiled: AtomicU64,
}

impl Published {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            current: RwLock::default(),
            changed: watch::Sender::new(0),
            counts: Mutex::default(),
            compiled: AtomicU64::new(0),
        }
    }

    /// The version of a connector, or why there is none, with a remedy.
    pub(super) fn current(&self, connector: &str) -> Result<Version, String> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let answer = current.get(connector).cloned();
        answer.unwrap_or_else(|| Err(self.words(connector, &Answer::NoFile)))
    }

    /// All versions, by name.
    pub(super) fn versions(&self) -> Vec<Version> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let mut versions: Vec<Version> = current.values().flatten().cloned().collect();
        versions.sort_by(|one, other| one.name().cmp(other.name()));
        versions
    }

    /// Publishes the answer for a connector, and ticks if the version changed.
    pub(super) fn publish(&self, connector: &str, answer: &Answer, version: Option<Version>) {
        let now = version.ok_or_else(|| self.words(connector, answer));
        let digest = |version: &Version| version.digest().to_owned();
        let digest_now = now.as_ref().ok().map(digest);
        let before = {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            current.insert(connector.to_owned(), now)
        };
        if before.and_then(Result::ok).as_ref().map(digest) != digest_now {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    fn words(&self, name: &str, answer: &Answer) -> String {
        let file = watcher::file(&self.directory, name);
        let file = file.display();
        let what = match answer {
            Answer::Held(more) => format!(
                "{file} wants more than was approved ({}); to allow this, run `collector approve {name}`",
                more.words().join(", ")
            ),
            Answer::Unused(cause) => {
                format!(
                    "{file} is not used: {}; replace it with a working one",
                    plain(cause)
                )
            }
            Answer::Checking | Answer::Serves(_) => {
                format!("{file} is still being checked; it will be used once it passes")
            }
            Answer::NotWhole(cause) => format!(
                "{file} is incomplete or not a connector: {}; wait until it is fully written, or replace it",
                plain(cause)
            ),
            Answer::NoFile => format!(
                "there is no file {file}; put the connector's .wasm file there, or correct `connector` in the source or `plugins` in \
                 [collector]"
            ),
        };
        format!("connector \"{name}\": {what}")
    }

    /// Counts an event of a connector.
    pub(super) fn count(&self, connector: &str, kind: &str) {
        let Some(kind) = EVENTS.into_iter().find(|known| *known == kind) else {
            return;
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((connector.to_owned(), kind)).or_default() += 1;
    }

    /// The number of events: connector, kind, count.
    pub(super) fn counts(&self) -> Vec<(String, &'static str, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((connector, kind), count)| (connector.clone(), *kind, *count))
            .collect()
    }

    pub(super) fn count_compiled(&self) {
        self.compiled.fetch_add(1, Ordering::Relaxed);
    }

    /// Files compiled since start.
    #[cfg(test)]
    pub(super) fn compiled(&self) -> u64 {
        self.compiled.load(Ordering::Relaxed)
    }
}
