//! The connectors of the plugin directory, hot: which version of each the next pass uses.
//!
//! A file that was dropped, replaced or removed takes effect at once: it is read when it is whole, checked beside what serves, and
//! swapped in. A version that wants more than was approved is held; one that fails its check is refused; one whose first pass fails
//! is rolled back; the last good one is kept in the data directory. Each of these is an event in the log and the store. Passes are
//! others' business: they ask for [`Connectors::current`] and tell with [`Connectors::ended`] how it went.
//!
//! What becomes of a connector is decided by one function without side effects, `machine::next`: from its state and an event to its
//! next state and what is to be done. The driver has the states. It takes events from passes, from the watcher and from the tasks that
//! it begins; it does what follows, and never waits for any of it. What a transition changes is stored in one transaction.
//!
//! | file | what it does | uses |
//! | --- | --- | --- |
//! | `permissions` | what a connector wants to reach and see, and what of it is more than was approved | |
//! | `approval` | approving it, from another process | `permissions` |
//! | `machine` | what becomes of a connector: values only | `permissions` |
//! | `log` | what the log says of it | `machine` |
//! | `watcher` | what is in the directory, when it changed, and whole reads | `machine`, `log` |
//! | `published` | what passes and pages read | `machine`, `watcher` |
//! | `check` | whether bytes are a connector that can take over | `machine` |
//! | `copies` | the copies in the data directory | |
//! | `tasks` | what is done beside the driver | `check`, `copies`, `published`, `watcher` |
//! | `driver` | the task that has all connectors | all of these |

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

/// The connectors of the plugin directory. Cheap to clone; the last clone that goes ends the watching.
#[derive(Clone)]
pub struct Connectors {
    published: Arc<Published>,
    messages: mpsc::UnboundedSender<Message>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Connectors {
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

    /// All current versions, by the name under which they are installed.
    pub fn installed(&self) -> Vec<Version> {
        self.published.versions()
    }

    /// Ticks whenever a current version changed, or there is none any more.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.published.changed.subscribe()
    }

    /// The sources after a change of the configuration. What was refused because of them is tried again.
    pub fn set_uses(&self, uses: Vec<Use>) {
        // Nobody is there only after `stop`.
        let _ = self.messages.send(Message::Uses(uses));
    }

    /// Looks at the directory now, and tries again what was refused.
    pub fn rescan(&self) {
        let _ = self.messages.send(Message::TryAgain);
    }

    /// How a pass with a version ended. When this returns, [`Connectors::current`] is what follows from it.
    pub async fn ended(&self, source: &str, version: &Version, end: End) {
        let (done, waiting) = oneshot::channel();
        let event = Event::PassEnded(source.to_owned(), version.digest().to_owned(), end);
        let _ = self
            .messages
            .send(Message::Event(version.name().to_owned(), event, done));
        let _ = waiting.await;
    }

    /// How often what happened since the start: connector, kind (one of [`EVENTS`]), count.
    pub fn reloads(&self) -> Vec<(String, &'static str, u64)> {
        self.published.counts()
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

#[cfg(test)]
mod tests;
