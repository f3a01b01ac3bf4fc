//! The tasks of the service, one for each source and each sink, and how a change of the configuration affects them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use collector_admin::config::{self, Config};
use collector_engine::pass::Stopper;
use collector_store::RecordChanges;
use collector_tasks::blocking::blocking;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Shared;
use super::delivery::{self, Delivery};
use super::opening::Opening;
use super::source_task::{Order, SourceTask};
use crate::usage::receivers::Receiving;

/// The running tasks.
pub(super) struct Tasks {
    in_force: watch::Receiver<Arc<Config>>,
    sources: BTreeMap<String, SourceEntry>,
    sinks: BTreeMap<String, SinkEntry>,
    reread: u64,
}

struct SourceEntry {
    orders: watch::Sender<Order>,
    stopper: Stopper,
    task: JoinHandle<()>,
}

struct SinkEntry {
    written: serde_json::Value,
    stopper: Stopper,
    task: JoinHandle<()>,
}

impl Tasks {
    /// Without any task. Tasks follow the configuration in force.
    pub(super) fn new(in_force: watch::Receiver<Arc<Config>>) -> Self {
        Self {
            in_force,
            sources: BTreeMap::new(),
            sinks: BTreeMap::new(),
            reread: 0,
        }
    }

    /// Brings the tasks in line with a configuration; unchanged sources and sinks go on undisturbed. With `reread`, credentials are read
    /// again.
    pub(super) async fn apply(
        &mut self,
        shared: &Arc<Shared>,
        config: &Config,
        reread: bool,
    ) -> anyhow::Result<()> {
        self.reread += u64::from(reread);
        self.apply_sinks(shared, config, reread).await?;
        self.apply_sources(shared, &config.sources).await;
        apply_receivers(shared, config, reread).await;
        Ok(())
    }

    async fn apply_sources(&mut self, shared: &Arc<Shared>, sources: &[config::Source]) {
        let wanted: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        let gone: Vec<String> = self
            .sources
            .keys()
            .filter(|name| !wanted.contains(name))
            .cloned()
            .collect();
        for name in gone {
            if let Some(entry) = self.sources.remove(&name) {
                entry.stopper.request(Instant::now());
                finished(&name, entry.task).await;
                shared.forget_source(&name);
                tracing::info!(source = %name, "the source was removed from the configuration; its stored meetings are kept");
            }
        }
        for source in sources {
            let name = source.name.clone();
            let order = Order {
                source: Arc::new(source.clone()),
                reread: self.reread,
            };
            match self.sources.get(&name) {
                Some(entry) => {
                    entry.orders.send_if_modified(|before| {
                        let changed = !before.source.is_like(&order.source);
                        if changed {
                            tracing::info!(source = %name, "the source was changed");
                        }
                        let wanted = changed || before.reread != order.reread;
                        if wanted {
                            *before = order;
                        }
                        wanted
                    });
                }
                None => {
                    shared.add_source(&order.source);
                    let (orders, received) = watch::channel(order);
                    let stopper = Stopper::default();
                    let task = SourceTask::new(Arc::clone(shared), received, stopper.stop());
                    let entry = SourceEntry {
                        orders,
                        stopper,
                        task: tokio::spawn(task.run()),
                    };
                    self.sources.insert(name, entry);
                }
            }
        }
    }

    async fn apply_sinks(
        &mut self,
        shared: &Arc<Shared>,
        config: &Config,
        reread: bool,
    ) -> anyhow::Result<()> {
        let sinks = &config.sinks;
        // First, because it may fail: then everything goes on as before.
        let names: Vec<String> = sinks.iter().map(|sink| sink.name.clone()).collect();
        let (stored, viewing) = (names.clone(), config.viewing());
        let (new, gone) = shared
            .try_store(move |store| {
                // Before a new sink is filled, and before a running pass stores its next room.
                store.set_viewing(
                    viewing
                        .iter()
                        .map(|(source, viewing)| (source.as_str(), *viewing)),
                )?;
                store.set_sinks(&stored.iter().map(String::as_str).collect::<Vec<_>>())
            })
            .await
            .context("the sinks could not be set up")?;
        let same = |name: &str, entry: &SinkEntry| {
            !reread
                && sinks
                    .iter()
                    .any(|sink| sink.name == name && sink.written == entry.written)
        };
        let ended: Vec<String> = self
            .sinks
            .iter()
            .filter(|(name, entry)| !same(name, entry))
            .map(|(name, _)| name.clone())
            .collect();
        for name in ended {
            if let Some(entry) = self.sinks.remove(&name) {
                // The batch under way is delivered again.
                entry.stopper.request(Instant::now());
                finished(&name, entry.task).await;
            }
        }
        shared.metrics.configure_sinks(&names);
        for name in new {
            tracing::info!(sink = %name, "the sink is new; it receives all stored meetings");
        }
        for name in gone {
            tracing::info!(sink = %name, "the sink was removed from the configuration; changes that waited for it were dropped");
        }
        let mut deliveries = Vec::new();
        for sink in sinks {
            if self.sinks.contains_key(&sink.name) {
                continue;
            }
            match delivery::open(sink).await {
                Ok(opened) => deliveries.push((sink, opened)),
                Err(problem) => {
                    tracing::error!(sink = %sink.name, "cannot deliver to the sink: {problem}");
                    let name = sink.name.clone();
                    shared
                        .store("a sink that cannot be used", move |store| {
                            store.sink_failed(&name, &problem)
                        })
                        .await;
                }
            }
        }
        let openings = Opening::of(deliveries.len());
        for ((sink, opened), opening) in deliveries.into_iter().zip(openings) {
            let stopper = Stopper::default();
            let in_force = self.in_force.clone();
            let delivery = Delivery::new(
                sink,
                opened,
                Arc::clone(shared),
                stopper.stop(),
                opening,
                in_force,
            );
            let entry = SinkEntry {
                written: sink.written.clone(),
                stopper,
                task: tokio::spawn(delivery.run()),
            };
            self.sinks.insert(sink.name.clone(), entry);
        }
        Ok(())
    }

    /// Stops all tasks; passes and deliveries under way have until `by`.
    pub(super) async fn stop(self, by: Instant) {
        for entry in self.sources.values() {
            entry.stopper.request(by);
        }
        for (name, entry) in self.sources {
            finished(&name, entry.task).await;
        }
        // The last slices' changes are still delivered, as far as there is time.
        for entry in self.sinks.values() {
            entry.stopper.request(by);
        }
        for (name, entry) in self.sinks {
            finished(&name, entry.task).await;
        }
    }
}

/// Brings the sources that receive in line with a configuration. With `reread`, their tokens are read again.
pub(super) async fn apply_receivers(shared: &Shared, config: &Config, reread: bool) {
    let names: Vec<&str> = config
        .receivers
        .iter()
        .map(|receiver| receiver.name.as_str())
        .collect();
    for name in shared.receivers.keep(&names) {
        tracing::info!(source = %name, "the source that received was removed from the configuration; its stored records are kept");
        shared.metrics.forget_source(&name);
    }
    for receiver in &config.receivers {
        if !reread && shared.receivers.has(receiver) {
            continue;
        }
        let opened = receiver.clone();
        let receiving = blocking(move || Receiving::open(&opened)).await;
        let problem = receiving.problem().map(ToString::to_string);
        shared.receivers.put(&receiver.name, receiving);
        match problem {
            Some(problem) => {
                tracing::error!(source = %receiver.name, "the source receives nothing: {problem}")
            }
            None => tracing::info!(source = %receiver.name, "the source receives"),
        }
        // Its counters begin at 0.
        shared.metrics.records(&receiver.name, RecordChanges::default());
    }
    if !config.receivers.is_empty() && config.portal.listen.is_none() {
        tracing::warn!("sources receive on the portal's listener, which is off: set `listen` in [portal]");
    }
}

async fn finished(name: &str, task: JoinHandle<()>) {
    if let Err(error) = task.await {
        // A panic, which is a defect of the collector, ends this one task and nothing else.
        tracing::error!(%name, "the task ended unexpectedly: {error}");
    }
}
