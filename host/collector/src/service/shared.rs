//! The state that the tasks of a service share: the store, the sandbox, the connectors, and the present state of each source.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use collector_engine::connectors::Connectors;
use collector_sandbox::Sandbox;
use collector_store::lock::Lock;
use collector_store::{SharedStore, Store, StoreError};
use tokio::sync::watch;

use super::pulse::Pulse;
use super::said::Said;
use crate::metrics::Metrics;
use crate::portal::SourceNow;
use crate::usage::receivers::Receivers;

/// The state that all tasks share.
pub(crate) struct Shared {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) plugins: Connectors,
    pub(super) store: SharedStore,
    pub(super) metrics: Metrics,
    pub(super) grace: std::time::Duration,
    /// The lock of the data directory.
    pub(super) lock: Lock,
    /// Why sources cannot store what they collect.
    pub(super) unstored: Mutex<BTreeMap<String, String>>,
    /// The logged trouble of each kind of record that could not be kept.
    pub(super) unkept: Mutex<BTreeMap<&'static str, Said>>,
    /// Whether the store and the schedule make progress.
    pub(super) pulse: Pulse,
    /// Counts up whenever something was stored.
    pub(super) stored: watch::Sender<u64>,
    /// Counts up whenever figures were computed.
    pub(super) folded: watch::Sender<u64>,
    /// The sources that receive.
    pub(super) receivers: Arc<Receivers>,
    /// The present state of each source that is collected. A source that was not tried yet is not ready.
    pub(super) sources: Mutex<BTreeMap<String, SourceNow>>,
}

impl Shared {
    /// Writes to the store away from the executor's threads.
    pub(super) async fn try_store<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<R, StoreError> + Send + 'static,
    ) -> anyhow::Result<R> {
        self.store.write(work).await
    }

    /// Like [`Shared::try_store`], for records that only people look at: a failure is logged, and returned as text.
    pub(super) async fn store(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Option<String> {
        let stored = self.try_store(work).await;
        self.tell_unkept(what, stored)
    }

    /// Logs that something could not be stored that only people look at, and returns why.
    pub(super) fn tell_unkept(&self, what: &'static str, stored: anyhow::Result<()>) -> Option<String> {
        let problem = stored.err().map(|error| format!("{error:#}"));
        let mut unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
        let said = unkept.entry(what).or_default();
        match &problem {
            Some(problem) if said.is_new(problem) => {
                tracing::error!("could not store {what}: {problem}");
            }
            Some(problem) => tracing::debug!("could not store {what}, as before: {problem}"),
            None if said.over() => tracing::info!("storing {what} works again"),
            None => {}
        }
        problem
    }

    /// Notes whether a source can store what it collects, in the lock, where `collector status` reads it although the store takes nothing.
    pub(super) fn tell_unstored(&self, source: &str, problem: Option<String>) {
        let mut unstored = self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
        let before = unstored.get(source).cloned();
        if before == problem {
            return;
        }
        match problem {
            Some(problem) => unstored.insert(source.to_owned(), problem),
            None => unstored.remove(source),
        };
        let trouble = unstored
            .iter()
            .next()
            .map(|(source, problem)| format!("source \"{source}\": {problem}"));
        if let Err(error) = self.lock.tell(trouble.as_deref()) {
            tracing::warn!("`collector status` cannot show that meetings are not stored: {error}");
        }
    }

    pub(super) fn is_unstored(&self, source: &str) -> bool {
        let unstored = self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
        unstored.contains_key(source)
    }

    /// Adds a source. It counts as not ready until it is tried, unless it is paused.
    pub(super) fn add_source(&self, source: &collector_admin::config::Source) {
        let problem = (!source.paused).then(|| "not tried yet".to_owned());
        self.sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(
                source.name.clone(),
                SourceNow {
                    is_untried: problem.is_some(),
                    problem,
                    ..SourceNow::default()
                },
            );
    }

    pub(super) fn forget_source(&self, name: &str) {
        self.tell_unstored(name, None);
        self.sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
        self.metrics.forget_source(name);
    }
}
