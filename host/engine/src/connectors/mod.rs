//! The connectors of the plugin directory, reloaded while the service runs: which version of each the next pass uses.
//!
//! A file that is added, replaced or removed takes effect at once: the collector reads it when it is whole, checks it beside the serving
//! version, and swaps it in. A version that wants more than was approved is held; one that fails its check is refused; one whose first pass
//! fails is rolled back; the last good one is kept in the data directory. Each of these is an event in the log and the store. Passes happen
//! elsewhere: they ask for [`Connectors::current`] and report with [`Connectors::ended`] how they went.
//!
//! One function without side effects, `machine::next`, decides what becomes of a connector: from its state and an event it computes the
//! next state and the effects. The driver holds the states. It takes events from passes, from the watcher and from the tasks that it
//! starts; it carries out the effects and never waits for them. The changes of a transition are stored in one transaction.
//!
//! | file | what it does | uses |
//! | --- | --- | --- |
//! | `permissions` | what a connector wants to reach and see, and what of that was not approved | |
//! | `approval` | approving it, from another process | `permissions` |
//! | `machine` | what becomes of a connector: values only | `permissions` |
//! | `log` | log lines about connectors | `machine` |
//! | `watcher` | the directory: its files, its changes, and whole reads | `machine`, `log` |
//! | `published` | what passes and pages read | `machine`, `watcher` |
//! | `check` | whether bytes are a connector that can take over | `machine` |
//! | `copies` | the copies in the data directory | |
//! | `tasks` | work beside the driver | `check`, `copies`, `published`, `watcher` |
//! | `driver` | the task that owns all connectors | all of these |

mod approval;
mod check;
mod copies;
mod driver;
mod log;
mod machine;
mod permissions;
mod published;
mod tasks;
mod watcher;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use approval::{Held, approve, held};
use check::Checker;
use collector_sandbox::{Compilations, Sandbox};
use collector_store::SharedStore;
use copies::Copies;
use driver::{Driver, Message};
use machine::Event;
pub use machine::{EVENTS, End, Use};
pub use permissions::Permissions;
use published::Published;
pub use published::Version;
use tasks::Tools;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
pub use watcher::installed_files;

/// The connectors of the plugin directory. Cheap to clone; dropping the last clone stops the watching.
#[derive(Clone)]
pub struct Connectors {
    published: Arc<Published>,
    messages: mpsc::UnboundedSender<Message>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Connectors {
    /// Loads the connectors (the last good version where the file is refused, held or rolled back), then watches the directory.
    ///
    /// # Errors
    /// The store cannot be read: without it the collector does not know what was approved.
    pub async fn start(
        sandbox: Arc<Sandbox>,
        directory: PathBuf,
        data: PathBuf,
        store: SharedStore,
        uses: Vec<Use>,
    ) -> anyhow::Result<Self> {
        let published = Arc::new(Published::new(directory));
        let tools = Tools {
            checker: Checker {
                sandbox,
                compilations: Compilations::of(&data),
            },
            copies: Copies::new(&data),
            published: Arc::clone(&published),
        };
        let (messages, received) = mpsc::unbounded_channel();
        let mut driver = Driver::new(tools, store, uses, received).await?;
        driver.begin().await;
        let task = tokio::spawn(driver.run());
        Ok(Self {
            published,
            messages,
            task: Arc::new(Mutex::new(Some(task))),
        })
    }

    /// The version for the next pass.
    ///
    /// # Errors
    /// Why there is none, with a remedy.
    pub fn current(&self, connector: &str) -> Result<Version, String> {
        self.published.current(connector)
    }

    /// All current versions, by installed name.
    pub fn installed(&self) -> Vec<Version> {
        self.published.versions()
    }

    /// Ticks whenever a current version changes or disappears.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.published.changed.subscribe()
    }

    /// Announces the sources after a change of the configuration. What was refused because of them is tried again.
    pub fn set_uses(&self, uses: Vec<Use>) {
        // The receiver is gone only after `stop`.
        let _ = self.messages.send(Message::Uses(uses));
    }

    /// Looks at the directory now, and tries refused files again.
    pub fn rescan(&self) {
        let _ = self.messages.send(Message::TryAgain);
    }

    /// Reports how a pass with a version ended. When this returns, [`Connectors::current`] takes it into account.
    pub async fn ended(&self, source: &str, version: &Version, end: End) {
        let (done, waiting) = oneshot::channel();
        let event = Event::PassEnded(source.to_owned(), version.digest().to_owned(), end);
        let _ = self
            .messages
            .send(Message::Event(version.name().to_owned(), event, done));
        let _ = waiting.await;
    }

    /// The number of events since the start: connector, kind (one of [`EVENTS`]), count.
    pub fn reloads(&self) -> Vec<(String, &'static str, u64)> {
        self.published.counts()
    }

    /// Stops the watching and writes what is still to be written. Versions that passes hold stay usable.
    pub async fn stop(self) {
        let _ = self.messages.send(Message::Stop);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // The task can only have ended by itself; there is nothing to report.
            let _ = task.await;
        }
    }
}

#[cfg(test)]
mod tests;
