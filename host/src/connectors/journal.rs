//! Writes to the store in their order, from a task of their own: a store that is busy or full holds up no connector. What failed is
//! tried again before what comes after it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::keeper::LOG;
use crate::store::{ConnectorRecord, Event, SharedStore, VersionRecord};

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(2);
/// Steps that wait at most while the store fails; each stands for itself, so the oldest may go.
const WAITING: usize = 1_000;
/// What ending waits for.
const LAST: Duration = Duration::from_secs(5);

/// What changed in one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Step {
    pub(super) connector: ConnectorRecord,
    pub(super) versions: Vec<VersionRecord>,
    pub(super) events: Vec<Event>,
}

/// The way to the store.
pub(super) struct Journal {
    steps: UnboundedSender<Step>,
    task: JoinHandle<()>,
}

impl Journal {
    pub(super) fn new(store: SharedStore) -> Self {
        let (steps, received) = unbounded_channel();
        Self {
            steps,
            task: tokio::spawn(write_all(store, received)),
        }
    }

    pub(super) fn put(&self, step: Step) {
        // The task ends after the last sender only.
        let _ = self.steps.send(step);
    }

    /// Writes what is left, if the store lets it.
    pub(super) async fn close(self) {
        drop(self.steps);
        if timeout(LAST, self.task).await.is_err() {
            tracing::warn!(target: LOG, "the last steps of connectors could not be written to the store");
        }
    }
}

async fn write_all(store: SharedStore, mut received: UnboundedReceiver<Step>) {
    let mut waiting: VecDeque<Step> = VecDeque::new();
    let mut failing = false;
    let mut open = true;
    while open || !waiting.is_empty() {
        if waiting.is_empty() {
            match received.recv().await {
                Some(step) => waiting.push_back(step),
                None => open = false,
            }
        }
        while let Ok(step) = received.try_recv() {
            waiting.push_back(step);
        }
        while waiting.len() > WAITING {
            waiting.pop_front();
        }
        let Some(step) = waiting.front().cloned() else {
            continue;
        };
        match write(&store, step).await {
            Ok(()) => {
                waiting.pop_front();
                failing = false;
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(target: LOG, "a step of a connector is not in the store yet, it is tried again: {error}");
                }
                failing = true;
                sleep(PAUSE).await;
            }
        }
    }
}

async fn write(store: &SharedStore, step: Step) -> Result<(), String> {
    store
        .write(move |store| store.put_connector(&step.connector, &step.versions, &step.events))
        .await
        .map_err(|error| format!("{error:#}"))
}
