//! The plugin directory, hot: which version of each connector the next pass uses.
//!
//! A file that was dropped, replaced or removed takes effect at once: it is read when it is whole, checked beside what serves, and
//! swapped in. A version that wants more than was approved is held; one that fails its check is refused; one whose first pass fails
//! is rolled back; the last good one is kept in the data directory. Each step is an event in the log and the store. Passes are
//! others' business: they ask for [`Plugins::current`] and tell with [`Plugins::ended`] how it went.
//!
//! | file | what it does |
//! | --- | --- |
//! | `folder` | what is in the directory, when it changed, and whole reads |
//! | `check` | whether bytes are a connector that can take over |
//! | `asks` | what a connector wants, and what is more than was approved |
//! | `approval` | approving it, from another process |
//! | `plugin` | one connector: what serves, what waits, how a trial ends |
//! | `kept` | the copies in the data directory |
//! | `journal` | writes to the store that wait for nobody and are not lost |
//! | `keeper` | the task that has all of it: `work` goes on beside it, `steps`, `trial` and `tell` are what it does with the results |

mod approval;
mod asks;
mod check;
mod folder;
mod journal;
mod keeper;
mod kept;
mod plugin;
mod steps;
mod tell;
mod trial;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use approval::{Held, approve, held};
pub use asks::Asks;

use crate::sandbox::{Connector, Refusals, Sandbox};
use crate::store::SharedStore;
use keeper::{Keeper, Message};

/// What happened to a connector: the kinds of its events.
pub const EVENTS: [&str; 10] = [
    "installed",
    "activated",
    "proved",
    "held",
    "approved",
    "refused",
    "rolled-back",
    "removed",
    "failing",
    "damaged",
];

/// A version of a connector that passes may use. Cheap to clone.
#[derive(Clone)]
pub struct Version {
    /// Compiled, and asked what it is.
    pub connector: Connector,
}

impl Version {
    /// The connector's name.
    pub fn name(&self) -> &str {
        &self.connector.manifest().name
    }

    /// What it calls itself: foreign text.
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

/// A source as far as the check of a connector needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The source.
    pub source: String,
    /// The connector that it uses.
    pub connector: String,
    /// Its settings, a JSON object.
    pub settings: serde_json::Value,
}

/// How a pass ended, as far as the connector may be to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It brought something, and no call was stopped.
    Worked,
    /// It brought nothing, for this cause.
    FailedWhole(String),
    /// A call was stopped, for this cause: a trap, a limit, a deadline.
    Stopped(String),
}

/// The connectors of the plugin directory. Cheap to clone; the last clone that goes ends the watching.
#[derive(Clone)]
pub struct Plugins {
    shared: Arc<Shared>,
    messages: mpsc::UnboundedSender<Message>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What the task tells and everybody reads.
struct Shared {
    directory: PathBuf,
    /// What could not be compiled.
    refusals: Refusals,
    current: RwLock<HashMap<String, Result<Version, String>>>,
    changed: watch::Sender<u64>,
    reloads: Mutex<BTreeMap<(String, &'static str), u64>>,
    /// Files compiled since start.
    compiled: std::sync::atomic::AtomicU64,
}

impl Plugins {
    /// Loads what is there (the last good version where the file is refused, held or rolled back), then watches.
    ///
    /// # Errors
    /// The store cannot be read: without it nobody knows what was approved.
    pub async fn start(
        sandbox: Arc<Sandbox>,
        directory: PathBuf,
        data: PathBuf,
        store: SharedStore,
        uses: Vec<Use>,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            directory,
            refusals: Refusals::of(&data),
            current: RwLock::default(),
            changed: watch::Sender::new(0),
            reloads: Mutex::default(),
            compiled: std::sync::atomic::AtomicU64::new(0),
        });
        let (messages, received) = mpsc::unbounded_channel();
        let mut keeper = Keeper::new(sandbox, Arc::clone(&shared), &data, store, uses, received).await?;
        keeper.begin().await;
        let task = tokio::spawn(keeper.run());
        Ok(Self {
            shared,
            messages,
            task: Arc::new(Mutex::new(Some(task))),
        })
    }

    /// The version for the next pass.
    ///
    /// # Errors
    /// Why there is none, with a remedy.
    pub fn current(&self, connector: &str) -> Result<Version, String> {
        let current = self.shared.current.read().unwrap_or_else(PoisonError::into_inner);
        current.get(connector).cloned().unwrap_or_else(|| {
            Err(format!(
                "connector \"{connector}\": there is no file {}; put the connector's .wasm file there, or correct `connector` in \
                 the source or `plugins` in [collector]",
                self.shared.directory.join(format!("{connector}.wasm")).display()
            ))
        })
    }

    /// All current versions, by the name under which they are installed.
    pub fn installed(&self) -> Vec<Version> {
        let current = self.shared.current.read().unwrap_or_else(PoisonError::into_inner);
        let mut versions: Vec<Version> = current
            .values()
            .filter_map(|version| version.as_ref().ok().cloned())
            .collect();
        versions.sort_by(|one, other| one.name().cmp(other.name()));
        versions
    }

    /// Ticks whenever a current version changed, or there is none any more.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// The sources after a change of the configuration. What was refused because of them is tried again.
    pub fn set_uses(&self, uses: Vec<Use>) {
        // Nobody is there only after `stop`.
        let _ = self.messages.send(Message::Uses(uses));
    }

    /// Looks at the directory now, and tries again what was refused.
    pub fn rescan(&self) {
        let _ = self.messages.send(Message::Rescan);
    }

    /// How a pass with a version ended. When this returns, [`Plugins::current`] is what follows from it.
    pub async fn ended(&self, source: &str, version: &Version, end: End) {
        let (done, waiting) = oneshot::channel();
        let _ = self.messages.send(Message::Ended {
            source: source.to_owned(),
            connector: version.name().to_owned(),
            digest: version.digest().to_owned(),
            end,
            done,
        });
        let _ = waiting.await;
    }

    /// How often what happened since the start: connector, kind (one of [`EVENTS`]), count.
    pub fn reloads(&self) -> Vec<(String, &'static str, u64)> {
        let reloads = self.shared.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        reloads
            .iter()
            .map(|((connector, kind), count)| (connector.clone(), *kind, *count))
            .collect()
    }

    /// Ends the watching and writes what is left to write. Versions that passes hold stay usable.
    pub async fn stop(self) {
        let _ = self.messages.send(Message::Stop);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // It can only have ended by itself; there is nothing to say about how.
            let _ = task.await;
        }
    }
}

impl Shared {
    /// Makes this the answer for a connector, and ticks when it is another version than before.
    fn publish(&self, connector: &str, answer: Result<Version, String>) {
        let digest = |answer: &Result<Version, String>| answer.as_ref().ok().map(|v| v.digest().to_owned());
        let now = digest(&answer);
        let before = {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            current.insert(connector.to_owned(), answer)
        };
        if before.as_ref().and_then(digest) != now {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    fn count(&self, connector: &str, kind: &'static str) {
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        *reloads.entry((connector.to_owned(), kind)).or_default() += 1;
    }
}

#[cfg(test)]
mod tests;
