//! Delivers the changes in the outbox to one sink, and then what it is told about verdicts and days: at least once, in order, batch by batch. A
//! sink that fails is tried again with growing pauses, for ever; nothing else waits for it. A change that the sink itself refuses is set aside
//! after some tries, and the others go on.

mod telling;

use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use collector_admin::config::{self, Config};
use collector_engine::pass::Stop;
use collector_model::change::{Change, What};
use collector_sinks::{Cause, Sink, SinkError};
use collector_store::Handover;
use collector_tasks::blocking::blocking;
use collector_tasks::watched::watched;
use tokio::sync::watch;
use tokio::time::Instant;

use self::telling::Insights;
use super::Shared;
use super::opening::Opening;
use super::said::Said;

/// How often the outbox is checked without a signal: another process (`run-once`) may have stored something.
const LOOK: Duration = Duration::from_secs(1);
/// How often a working sink is asked for its position.
const ASK: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often a change is offered to a sink that refuses it, before it is set aside.
const TRIES: u32 = 5;
/// After so many changes set aside in a row, the fault lies with the sink and not with the changes.
const SET_ASIDE_IN_A_ROW: u32 = 10;

/// The delivery to one sink.
pub(super) struct Delivery {
    name: String,
    configured: config::Sink,
    sink: Box<dyn Sink>,
    /// The most changes that are delivered at once.
    batch: usize,
    /// The present limit: lower while the delivery finds out which change the sink refuses.
    limit: usize,
    shared: Arc<Shared>,
    stop: Stop,
    /// Awaited once, before the first delivery.
    opening: Option<Opening>,
    /// When the sink last told its position; none after a failure.
    in_step: Option<Instant>,
    /// The change that the sink refuses, and how often it did.
    refused: Option<(Key, u32)>,
    /// How many changes were set aside since the last accepted one.
    set_aside: u32,
    /// Whether the delivery made progress since the last failure.
    came_further: bool,
    said: Said,
    /// None if the sink asks for no insights.
    insights: Option<Insights>,
}

impl Delivery {
    pub(super) fn new(
        configured: &config::Sink,
        (sink, batch): (Box<dyn Sink>, usize),
        shared: Arc<Shared>,
        stop: Stop,
        opening: Opening,
        in_force: watch::Receiver<Arc<Config>>,
    ) -> Self {
        let folded = shared.folded.subscribe();
        Self {
            insights: configured.insights.then(|| Insights::new(in_force, folded)),
            name: configured.name.clone(),
            configured: configured.clone(),
            sink,
            batch,
            limit: batch,
            shared,
            stop,
            opening: Some(opening),
            in_step: None,
            refused: None,
            set_aside: 0,
            came_further: false,
            said: Said::default(),
        }
    }

    /// Delivers until told to stop, and then what still waits, as far as there is time.
    pub(super) async fn run(mut self) {
        let mut backoff = pauses();
        let mut stored = self.shared.stored.subscribe();
        loop {
            let last = self.stop.is_requested();
            let delivered = watched(self.deliver_all()).await;
            if delivered.is_err() {
                self.open_anew().await;
            }
            let pause = match delivered.unwrap_or_else(|broken| Err(anyhow::Error::from(broken).into())) {
                Ok(()) => {
                    backoff = pauses();
                    None
                }
                Err(failure) => {
                    self.in_step = None;
                    if std::mem::take(&mut self.came_further) {
                        backoff = pauses();
                    }
                    // A refused change says nothing about the health of the sink.
                    let next = if failure.is_of_a_change {
                        FIRST_PAUSE
                    } else {
                        backoff.next().unwrap_or(LONGEST_PAUSE)
                    };
                    let pause = failure.retry_after.unwrap_or_default().max(next);
                    self.failed(failure, pause).await;
                    Some(pause)
                }
            };
            if last {
                return;
            }
            match pause {
                Some(pause) => self.rest(pause).await,
                None => {
                    let mut stop = self.stop.clone();
                    tokio::select! {
                        _ = stop.requested() => {}
                        // The sender lives as long as the service; without it, the timer is enough.
                        _ = stored.changed() => {}
                        () = tokio::time::sleep(LOOK) => {}
                    }
                }
            }
        }
    }

    /// Opens the sink again after a panic, which may have left it in any state.
    async fn open_anew(&mut self) {
        self.limit = self.batch;
        match open(&self.configured).await {
            Ok((sink, _)) => self.sink = sink,
            Err(problem) => tracing::error!(sink = %self.name, "cannot open the sink again: {problem}"),
        }
    }

    /// Waits before a failed sink is tried again, until told to stop or until an operator asks for a retry.
    async fn rest(&mut self, pause: Duration) {
        let by = Instant::now() + pause;
        let before = asked(&self.shared, &self.name).await;
        let mut stop = self.stop.clone();
        while Instant::now() < by {
            tokio::select! {
                _ = stop.requested() => return,
                () = tokio::time::sleep_until(by.min(Instant::now() + LOOK)) => {}
            }
            if asked(&self.shared, &self.name).await != before {
                tracing::info!(sink = %self.name, "the sink is tried now, as an operator asked");
                (self.set_aside, self.refused) = (0, None);
                return;
            }
        }
    }

    async fn deliver_all(&mut self) -> Result<(), Failure> {
        // Asked again from time to time: a sink may be restored from a backup while nothing is delivered.
        if self.in_step.is_none_or(|at| at.elapsed() > ASK) {
            let asked = self.fall_in_step().await;
            if let Some(opening) = self.opening.take() {
                // Any sink may reveal that the store went back in time: until all were asked, none receives anything.
                opening.passed(&self.stop).await;
            }
            asked?;
            self.in_step = Some(Instant::now());
        }
        while !self.stop.is_over() {
            match self.next_changes().await? {
                Some(handover) => self.hand(handover).await?,
                None if self.tell().await? => {}
                None => return self.settle().await,
            }
        }
        Ok(())
    }

    /// The changes that wait for the sink, as many as it takes at once; none if none waits.
    async fn next_changes(&mut self) -> Result<Option<Handover>, Failure> {
        let name = self.name.clone();
        let waits = self.shared.store.read(move |store| store.has_waiting(&name));
        if !waits.await? {
            return Ok(None);
        }
        let (name, limit) = (self.name.clone(), self.limit);
        let handover = self
            .shared
            .try_store(move |store| store.hand_over(&name, limit))
            .await?;
        Ok(Some(handover).filter(|handover| !handover.is_empty()))
    }

    /// Lets the sink do what it put off until nothing waits for it.
    async fn settle(&mut self) -> Result<(), Failure> {
        let mut stop = self.stop.clone();
        tokio::select! {
            settled = self.sink.settle() => Ok(settled?),
            () = over(&mut stop) => Ok(()),
        }
    }

    /// Asks the sink for its position. A sink that lost changes receives everything again; one that has more than this store ever sent proves
    /// that the store went back in time.
    async fn fall_in_step(&mut self) -> Result<(), Failure> {
        let id = self.shared.store.read(|store| store.id()).await?;
        let mut stop = self.stop.clone();
        let applied = tokio::select! {
            applied = self.sink.applied(&id) => applied?,
            () = over(&mut stop) => return Ok(()),
        };
        let Some(applied) = applied else { return Ok(()) };
        let name = self.name.clone();
        let (offered, confirmed) = self
            .shared
            .store
            .read(move |store| Ok((store.offered(&name)?, store.confirmed(&name)?)))
            .await?;
        // Not compared with the last number: a pass may have numbered many changes since the store went back.
        if offered.is_some_and(|offered| applied > offered) {
            let reason = format!("the sink {:?} has changes that this store never made", self.name);
            let identity = self
                .shared
                .try_store(move |store| store.take_identity(&reason))
                .await?;
            super::say_identity(&identity);
        } else if confirmed.is_some_and(|confirmed| applied < confirmed) {
            tracing::warn!(
                sink = %self.name,
                "the sink lost changes that it had accepted (it was restored or emptied); it receives all meetings again"
            );
            let name = self.name.clone();
            self.shared.try_store(move |store| store.refill(&name)).await?;
            self.tell_again().await?;
        }
        Ok(())
    }

    /// Delivers a batch, in parts if its rooms are large.
    async fn hand(&mut self, handover: Handover) -> Result<(), Failure> {
        let mut left = handover.entries.as_slice();
        while !left.is_empty() {
            let (part, rest) = left.split_at(left.len().min(self.limit));
            let mut stop = self.stop.clone();
            let taken = tokio::select! {
                taken = self.sink.deliver(part) => taken,
                () = over(&mut stop) => return Ok(()),
            };
            match taken {
                Ok(()) => self.taken(part),
                Err(error) if error.cause == Cause::Refused(None) && part.len() > 1 => {
                    // Halving finds the change that is refused.
                    self.limit = part.len() / 2;
                    if handover.is_of_rooms() {
                        // A new start would send again what was accepted.
                        continue;
                    }
                    return Ok(());
                }
                Err(error) => return self.not_taken(part, error).await,
            }
            left = rest;
            if let Some(last) = part.last().filter(|_| !left.is_empty()) {
                let (name, number, id) = (self.name.clone(), last.number, handover.store.clone());
                self.shared
                    .try_store(move |store| store.confirm(&name, &id, number))
                    .await?;
            }
        }
        let name = self.name.clone();
        self.shared
            .try_store(move |store| store.delivered(&name, &handover))
            .await?;
        self.came_further = true;
        self.say_that_it_works();
        Ok(())
    }

    fn say_that_it_works(&mut self) {
        if self.said.over() {
            tracing::info!(sink = %self.name, "the sink accepts changes again");
        }
    }

    fn taken(&mut self, part: &[Change]) {
        self.grows();
        // Changes before the refused one in its room come again with each try, so they do not clear it.
        self.refused = self
            .refused
            .take()
            .filter(|(refused, _)| !part.iter().any(|change| Key::of(change) == *refused));
        let meetings = part
            .iter()
            .filter(|change| matches!(change.what, What::Meeting(..)))
            .count();
        self.shared.metrics.delivered(&self.name, meetings as u64);
        tracing::debug!(sink = %self.name, changes = part.len(), "delivered");
    }

    /// Leaves out what the sink has refused so many times, or says that it is tried again: not often enough, or too much was left out already.
    fn go_on_without(&mut self, tries: u32, error: &SinkError) -> Result<(), Failure> {
        let is_of_a_change = self.set_aside < SET_ASIDE_IN_A_ROW;
        if tries < TRIES || !is_of_a_change {
            return Err(Failure {
                is_of_a_change,
                ..error.clone().into()
            });
        }
        self.set_aside += 1;
        self.shared.metrics.set_aside(&self.name);
        Ok(())
    }

    /// Notes that the sink took all that it was given: it may be given more.
    fn grows(&mut self) {
        self.limit = (self.limit * 2).min(self.batch);
        self.set_aside = 0;
    }

    /// Handles an error that is not about one of several changes.
    async fn not_taken(&mut self, part: &[Change], error: SinkError) -> Result<(), Failure> {
        let number = match (error.cause, part) {
            (Cause::Refused(Some(number)), _) => number,
            (Cause::Refused(None), [change]) => change.number,
            (Cause::Refused(None) | Cause::Down | Cause::OutOfStep, _) => return Err(error.into()),
        };
        let Some(refused) = part.iter().find(|change| change.number == number) else {
            return Err(error.into());
        };
        let key = Key::of(refused);
        let tries = match self.refused.take() {
            Some((before, tries)) if before == key => tries + 1,
            _ => 1,
        };
        if let Err(error) = self.go_on_without(tries, &error) {
            self.refused = Some((key, tries));
            return Err(error);
        }
        tracing::warn!(
            sink = %self.name, source = %refused.source, room = %refused.room, change = number,
            "the sink refused a change: it was set aside, and the others go on; decide with \
             `collector sinks retry {0}` or `collector sinks skip {0}`: {error}",
            self.name
        );
        let (name, refused) = (self.name.clone(), refused.clone());
        self.shared
            .try_store(move |store| store.refuse(&name, &refused, &error.message))
            .await?;
        self.came_further = true;
        Ok(())
    }

    /// Logs a failure of the sink when it begins or changes, and records it.
    async fn failed(&mut self, failure: Failure, pause: Duration) {
        let problem = failure.problem;
        let again = humantime::format_duration(Duration::from_secs(pause.as_secs().max(1)));
        let sink = &self.name;
        if self.said.is_new(&problem) {
            tracing::warn!(%sink, "the delivery failed and is tried again in {again}: {problem}");
        } else {
            tracing::debug!(%sink, "the delivery failed as before and is tried again in {again}: {problem}");
        }
        self.shared.metrics.delivery_failed(sink);
        if failure.is_of_a_change {
            // The sink works. What it refused is listed apart when it is set aside.
            return;
        }
        let sink = sink.clone();
        self.shared
            .store("a failed delivery", move |store| {
                store.sink_failed(&sink, &problem)
            })
            .await;
    }
}

/// The identity of a change: source, room and meeting. Its number differs when it is sent again.
#[derive(PartialEq, Eq)]
struct Key(String, String, String);

impl Key {
    fn of(change: &Change) -> Self {
        Self(
            change.source.clone(),
            change.room.clone(),
            change.meeting_id().to_owned(),
        )
    }
}

/// How often operators asked for a retry of a sink; none if the store cannot be read.
async fn asked(shared: &Shared, sink: &str) -> Option<i64> {
    let name = sink.to_owned();
    shared.store.read(move |store| store.asked(&name)).await.ok()
}

/// Waits until the time that a stop leaves is over.
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
    /// The sink refused one change, which is soon set aside.
    is_of_a_change: bool,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            problem: format!("{error:#}"),
            retry_after: None,
            is_of_a_change: false,
        }
    }
}

impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        Self {
            retry_after: error.retry_after,
            is_of_a_change: false,
            problem: error.message,
        }
    }
}

/// Opens a sink. Its secrets may be in a keyring or a file, so this runs away from the executor's threads.
pub(super) async fn open(sink: &config::Sink) -> Result<(Box<dyn Sink>, usize), String> {
    let sink = sink.clone();
    blocking(move || sink.open())
        .await
        .map_err(|error| error.to_string())
}
