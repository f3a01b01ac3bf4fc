//! Hands what waits in the outbox to one sink: at least once, in order, batch by batch. A sink that fails is tried again with growing
//! pauses, for ever; nothing else waits for it.

use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use collector_sinks::{Change, Sink};

use super::Shared;
use crate::meeting::Subject;
use crate::pass::Stop;
use crate::store::{ChangeKind, OutboxEntry};

/// How often the outbox is looked at though nobody said that something was stored: another process (`run-once`) may have.
const LOOK: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The delivery to one sink.
pub(super) struct Delivery {
    /// The sink's name.
    pub(super) name: String,
    /// The sink.
    pub(super) sink: Box<dyn Sink>,
    /// The most changes that are handed over at once.
    pub(super) batch: usize,
    /// The store, among others.
    pub(super) shared: Arc<Shared>,
    /// Told when to come to an end.
    pub(super) stop: Stop,
}

impl Delivery {
    /// Delivers until it is told to stop, and then what still waits as far as there is time.
    pub(super) async fn run(mut self) {
        let mut backoff = pauses();
        let mut stored = self.shared.stored.subscribe();
        loop {
            let last = self.stop.is_requested();
            let pause = match self.deliver_all().await {
                Ok(()) => {
                    backoff = pauses();
                    None
                }
                Err(failure) => {
                    let next = backoff.next().unwrap_or(LONGEST_PAUSE);
                    let pause = failure.retry_after.unwrap_or_default().max(next);
                    failed(&self.shared, &self.name, failure.problem, pause).await;
                    Some(pause)
                }
            };
            if last {
                return;
            }
            let mut stop = self.stop.clone();
            tokio::select! {
                _ = stop.requested() => {}
                // The sender lives as long as the service; without it the look is enough.
                _ = stored.changed(), if pause.is_none() => {}
                () = tokio::time::sleep(pause.unwrap_or(LOOK)) => {}
            }
        }
    }

    async fn deliver_all(&mut self) -> Result<(), Failure> {
        while !self.stop.is_over() {
            let changes = next_batch(&self.shared, &self.name, self.batch).await?;
            let Some(last) = changes.last().map(|change| change.number) else {
                return Ok(());
            };
            let mut stop = self.stop.clone();
            tokio::select! {
                delivered = self.sink.deliver(&changes) => delivered?,
                () = over(&mut stop) => return Ok(()),
            }
            let name = self.name.clone();
            self.shared
                .try_store(move |store| store.delivered(&name, last))
                .await?;
            self.shared.metrics.delivered(&self.name, changes.len() as u64);
            tracing::debug!(sink = %self.name, changes = changes.len(), "delivered");
        }
        Ok(())
    }
}

/// The oldest changes that wait, on disk for certain.
async fn next_batch(shared: &Shared, sink: &str, batch: usize) -> anyhow::Result<Vec<Change>> {
    let sink = sink.to_owned();
    shared
        .try_store(move |store| {
            let id = store.id()?;
            let entries = store.waiting(&sink, batch)?;
            if let Some(last) = entries.last() {
                store.offer(&sink, last.number)?;
            }
            Ok(entries.into_iter().map(|entry| change(&id, entry)).collect())
        })
        .await
}

async fn failed(shared: &Shared, sink: &str, problem: String, pause: Duration) {
    let again = humantime::format_duration(Duration::from_secs(pause.as_secs().max(1)));
    tracing::warn!(%sink, "the delivery failed and is tried again in {again}: {problem}");
    shared.metrics.delivery_failed(sink);
    let sink = sink.to_owned();
    shared
        .store("a failed delivery", move |store| {
            store.sink_failed(&sink, &problem)
        })
        .await;
}

/// The time that a stop leaves is over.
async fn over(stop: &mut Stop) {
    let by = stop.requested().await;
    tokio::time::sleep_until(by).await;
}

fn pauses() -> backon::ExponentialBackoff {
    backon::ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Why a delivery failed.
struct Failure {
    problem: String,
    retry_after: Option<Duration>,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            problem: format!("{error:#}"),
            retry_after: None,
        }
    }
}

impl From<collector_sinks::SinkError> for Failure {
    fn from(error: collector_sinks::SinkError) -> Self {
        Self {
            problem: error.to_string(),
            retry_after: error.retry_after,
        }
    }
}

fn change(store: &str, entry: OutboxEntry) -> Change {
    let meeting = entry.meeting;
    Change {
        store: store.to_owned(),
        number: entry.number,
        kind: match entry.kind {
            ChangeKind::Added => collector_sinks::ChangeKind::Added,
            ChangeKind::Updated => collector_sinks::ChangeKind::Updated,
            ChangeKind::Removed => collector_sinks::ChangeKind::Removed,
        },
        at: entry.at,
        source: entry.source,
        room: entry.room,
        room_name: entry.room_name,
        withheld: meeting.subject == Subject::Withheld,
        subject: meeting.subject.text().map(str::to_owned),
        id: meeting.id,
        series: meeting.series,
        start: meeting.start,
        end: meeting.end,
        all_day: meeting.all_day,
        status: meeting.status.as_str().to_owned(),
    }
}
