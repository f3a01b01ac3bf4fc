//! The collecting part of a pass: slices side by side until every room (or every space; here all are called rooms) is settled, or the time is
//! up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use collector_commit::Change;
use collector_egress::trace;
use collector_model::outcome::{Outcome, Reason};
use collector_model::pass::{Cursors, Past, Trouble};
use collector_model::window::Window;
use collector_sandbox::{CallError, CollectError, Collected, Limits, Sandbox};
use collector_stores::Collected as Store;
use collector_tasks::watched::Broken;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::part::{Answer, Part, Read};
use super::plan::{Lane, plan};
use super::queue::{Queue, Slice};
use super::storing::store;
use super::{Circumstances, Observer, PassReport, PlaceResult, Stop, later, reason, sleep_until};
use crate::source::ReadySource;

/// After this many rooms in a row that failed alone as they had failed with others, the rooms are not to blame.
const STRIKES: usize = 3;

/// A room that asks for a later try this often in one pass is left to the next pass: the other rooms need not wait for it.
const PATIENCE: u32 = 10;

/// A pass whose rooms are known.
pub(super) struct Pass<'a, P: Part> {
    sandbox: &'a Arc<Sandbox>,
    source: &'a ReadySource,
    window: Window,
    store: &'a Arc<dyn Store>,
    deadline: Instant,
    limits: Limits,
    queue: Queue,
    running: JoinSet<SliceResult<P>>,
    /// The running slices that hold one room, read alone.
    running_alone: HashSet<Id>,
    /// Rooms that failed together, with the cause, until each was read alone.
    again: HashMap<usize, Reason>,
    /// How many of those in a row failed alone too.
    strikes: usize,
    /// How often rooms were put back.
    put_back: HashMap<usize, u32>,
    report: PassReport,
}

/// A slice, and what became of its rooms, in order.
struct SliceResult<P: Part> {
    slice: Slice,
    /// How many cursors had been dropped when the slice began.
    drops: i64,
    time: Duration,
    answer: Answer<P>,
}

impl<'a, P: Part> Pass<'a, P> {
    pub(super) fn new(circumstances: &Circumstances<'a>, pasts: &[Past], report: PassReport) -> Self {
        let Circumstances {
            sandbox,
            source,
            window,
            store,
            deadline,
        } = *circumstances;
        // A slice that hangs must be noticed, and its rooms read alone, while there is time left.
        let limits = Limits {
            time: source.limits.call.time.min(source.limits.pass_time / 2),
            ..source.limits.call.clone()
        };
        // Some rooms have a result before they are read.
        let unread = plan(pasts)
            .into_iter()
            .filter(|(room, _)| !P::roll(&report).is_settled(*room))
            .collect();
        Self {
            sandbox,
            source,
            window,
            store,
            deadline,
            limits,
            queue: Queue::new(unread, source.connector.manifest().slice_size),
            running: JoinSet::new(),
            running_alone: HashSet::new(),
            again: HashMap::new(),
            strikes: 0,
            put_back: HashMap::new(),
            report,
        }
    }

    /// Ends what was given up, and counts what was used.
    pub(super) async fn end(mut self) -> PassReport {
        self.running.shutdown().await;
        self.report
    }

    pub(super) async fn collect(&mut self, observer: &dyn Observer, stop: &mut Stop) {
        loop {
            self.start_slices();
            // While all places are taken, a room that is due waits for one.
            let next_due = if self.running.len() < self.source.places() {
                self.queue.next_due()
            } else {
                None
            };
            if self.running.is_empty() && next_due.is_none() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(self.deadline) => {
                    self.give_up();
                    observer.settled(self.report.settled());
                    return;
                }
                // Running slices may finish; no other is started.
                deadline = stop.requested(), if !self.report.interrupted => {
                    self.report.interrupted = true;
                    self.deadline = self.deadline.min(deadline);
                    self.queue.clear();
                    self.leave_again();
                }
                () = sleep_until(next_due) => {}
                Some(ended) = self.running.join_next_with_id() => {
                    let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
                    self.running_alone.remove(&id);
                    // The place is given away before the rooms are committed, so that instances do not wait for the store.
                    self.start_slices();
                    match ended {
                        Ok((_, slice)) => self.settle(slice).await,
                        // Only a defect of the host. Which rooms it had is unknown: they fail at the end.
                        Err(_) => self.broke(Broken),
                    }
                    observer.settled(self.report.settled());
                }
            }
        }
    }

    /// Starts as many slices as there are places for requests in flight.
    fn start_slices(&mut self) {
        loop {
            let places = self.source.places();
            if self.running.len() >= places {
                return;
            }
            // Rooms that are read alone may take long: one place is kept free for rooms that become due.
            let alone = !self.queue.holds_usual() || self.running_alone.len() + 1 < places || places == 1;
            let Some(slice) = self.queue.take_slice(Instant::now(), alone) else {
                return;
            };
            self.start(slice);
        }
    }

    fn start(&mut self, slice: Slice) {
        let roll = P::roll(&self.report);
        let places: Vec<&P::Place> = slice
            .rooms
            .iter()
            .filter_map(|place| roll.place(*place))
            .collect();
        let mut requests: Vec<P::Request> = places.iter().copied().map(P::request).collect();
        let is_alone = slice.lane.is_alone();
        // A room that is read alone made trouble, perhaps because of its cursor: it is read in full.
        let names: Vec<String> = if is_alone && P::READ_IN_FULL {
            Vec::new()
        } else {
            places.iter().copied().map(P::name).collect()
        };
        let sandbox = Arc::clone(self.sandbox);
        let connector = self.source.connector.clone();
        let access = self.source.access(self.deadline);
        let limits = self.limits.clone();
        let settings = self.source.settings.clone();
        let window = self.window;
        let (store, source) = (Arc::clone(self.store), self.source.name.clone());
        let span = trace::slice(requests.len());
        let collected = async move {
            // Cursors are read when they are needed: those of ten thousand rooms would take megabytes.
            let known = store.cursors(P::PLACES, &source, names).await;
            // Without cursors the rooms are read in full; a failing store is reported when they are committed.
            let Cursors { drops, each } = known.unwrap_or_default();
            for (request, cursor) in requests.iter_mut().zip(each) {
                *P::cursor(request) = cursor;
            }
            let begun = Instant::now();
            let answer = P::collect(&connector, &sandbox, access, &limits, settings, requests, window).await;
            SliceResult {
                slice,
                drops,
                time: begun.elapsed(),
                answer,
            }
        };
        let id = self.running.spawn(collected.instrument(span)).id();
        if is_alone {
            self.running_alone.insert(id);
        }
    }

    async fn settle(&mut self, ended: SliceResult<P>) {
        let SliceResult {
            slice,
            drops,
            time,
            answer,
        } = ended;
        // A slice that takes a share of its time that no good answer takes.
        let slow = time >= self.limits.time / 4;
        match answer {
            Ok(Ok(rooms)) => self.settle_rooms(&slice, drops, slow, rooms).await,
            Ok(Err(CollectError::RetryAfter(seconds))) => {
                self.source.throttled();
                for room in slice.rooms {
                    self.postpone(room, slice.lane, seconds);
                }
            }
            // A quick failure is the source's as a whole, and says nothing about the rooms.
            Ok(Err(CollectError::Failed(why) | CollectError::Unreachable(why))) if slow => {
                self.stopped(slice, why).await;
            }
            Ok(Err(error)) => self.fail(slice.rooms, &reason(error)),
            Err(error) => {
                if let CallError::Broken(broken) = &error {
                    self.broke(*broken);
                }
                let why = error.reason();
                self.report.stopped.get_or_insert_with(|| why.clone());
                self.stopped(slice, why).await;
            }
        }
    }

    fn broke(&mut self, broken: Broken) {
        self.report.broken = Some(broken);
        self.report
            .stopped
            .get_or_insert_with(|| Reason::new(broken.to_string()));
    }

    /// Stores what was read, and notes how it went.
    async fn settle_rooms(
        &mut self,
        slice: &Slice,
        drops: i64,
        slow: bool,
        rooms: Vec<Collected<P::Name, P::Item>>,
    ) {
        let failed = |room: &&Collected<P::Name, P::Item>| matches!(room.outcome, Outcome::Failed(_));
        let failed = rooms.iter().filter(failed).count();
        // Rooms that share an answer fail with it: the answer was too large, or too late.
        let together = failed > 1 && (slow || failed == rooms.len());
        let mut attempts = Vec::with_capacity(rooms.len());
        let (mut to_store, mut reads) = (Vec::new(), Vec::new());
        let mut throttled = false;
        for (number, collected) in slice.rooms.iter().zip(rooms) {
            let Collected {
                place,
                outcome,
                items,
            } = collected;
            let change = match outcome {
                Outcome::Changes(_) => Change::Changes,
                _ => Change::Complete,
            };
            let mut trouble = Trouble::NotCollected;
            let result = match outcome {
                Outcome::Complete(cursor) | Outcome::Changes(cursor) => {
                    to_store.push((*number, place.as_ref().to_owned()));
                    reads.push((place, self.read(change, items, cursor, drops)));
                    continue;
                }
                Outcome::RetryAfter(seconds) => {
                    throttled = true;
                    if self.postpone(*number, slice.lane, seconds) {
                        continue;
                    }
                    PlaceResult::Throttled { seconds }
                }
                Outcome::Denied(why) => PlaceResult::Denied(why),
                Outcome::Missing(why) => PlaceResult::Missing(why),
                Outcome::Failed(why) if together && !self.report.interrupted => {
                    self.read_again(*number, why);
                    continue;
                }
                Outcome::Failed(why) => {
                    if slow {
                        trouble = Trouble::Harmful;
                    }
                    PlaceResult::Failed(why)
                }
            };
            attempts.push((place.as_ref().to_owned(), Some(trouble)));
            self.settle_one(*number, result);
        }
        let stored = store::<P>(&**self.store, &self.source.name, reads).await;
        for ((number, place), stored) in to_store.into_iter().zip(stored) {
            let (trouble, result) = match stored {
                Ok(changes) => (None, PlaceResult::Collected(changes)),
                Err(problem) => {
                    self.report.unstored.get_or_insert_with(|| problem.clone());
                    let failed = PlaceResult::Failed(Reason::new(problem));
                    (Some(Trouble::NotCollected), failed)
                }
            };
            attempts.push((place, trouble));
            self.settle_one(number, result);
        }
        if throttled {
            // The sender does not see throttling inside a batch.
            self.source.throttled();
        }
        self.note(attempts).await;
    }

    /// Handles a slice that was stopped.
    async fn stopped(&mut self, slice: Slice, why: Reason) {
        match *slice.rooms {
            _ if self.report.interrupted => self.fail(slice.rooms, &why),
            [room] => {
                let name = P::roll(&self.report).place(room).map(P::name);
                let attempts = name.into_iter().map(|name| (name, Some(Trouble::Harmful)));
                self.note(attempts.collect()).await;
                self.settle_one(room, PlaceResult::Failed(why));
            }
            _ => {
                for room in slice.rooms {
                    self.read_again(room, why.clone());
                }
            }
        }
    }

    /// Puts a room in line to be read again, after the others and alone, so that the room to blame costs only itself.
    fn read_again(&mut self, room: usize, why: Reason) {
        self.again.insert(room, why);
        self.queue.push(room, Lane::Again);
    }

    /// Notes what became of a room.
    fn settle_one(&mut self, room: usize, result: PlaceResult<P::Changes>) {
        self.was_read_again(room, !matches!(result, PlaceResult::Failed(_)));
        P::roll_mut(&mut self.report).set(room, result);
    }

    /// Notes that a room was read alone, if it was in line for that.
    fn was_read_again(&mut self, room: usize, well: bool) {
        if self.again.remove(&room).is_none() {
            return;
        }
        self.strikes = if well { 0 } else { self.strikes + 1 };
        if self.strikes >= STRIKES {
            self.leave_again();
        }
    }

    /// Stops reading rooms again: they fail with their slices. Those in progress are settled when they finish.
    fn leave_again(&mut self) {
        self.queue.forget(Lane::Again);
        for (room, why) in std::mem::take(&mut self.again) {
            P::roll_mut(&mut self.report).set(room, PlaceResult::Failed(why));
        }
    }

    fn read(&self, change: Change, items: Vec<P::Item>, cursor: Option<String>, drops: i64) -> Read<P::Item> {
        Read {
            change,
            items,
            window: self.window,
            cursor,
            drops,
        }
    }

    /// Stores how reading the rooms went. Without this the next pass only has another order.
    async fn note(&self, attempts: Vec<(String, Option<Trouble>)>) {
        let at = chrono::Utc::now().timestamp_millis();
        let noted = self
            .store
            .put_attempts(P::PLACES, &self.source.name, at, attempts)
            .await;
        match noted {
            Ok(()) => {}
            // The rooms could not be stored either, and the pass reports that.
            Err(error) if self.report.unstored.is_some() => {
                tracing::debug!(source = %self.source.name, "cannot store which {}s were read, so the next pass may use another order: {error:#}", P::WORD);
            }
            Err(error) => {
                tracing::warn!(source = %self.source.name, "cannot store which {}s were read, so the next pass may use another order: {error:#}", P::WORD);
            }
        }
    }

    /// Puts a room back. Not if it would be due after the pass's end, or was put back too often: then it stays throttled.
    fn postpone(&mut self, room: usize, lane: Lane, seconds: u32) -> bool {
        let due = later(seconds);
        let times = self.put_back.entry(room).or_default();
        *times += 1;
        if due >= self.deadline || *times > PATIENCE || self.report.interrupted {
            P::roll_mut(&mut self.report).set(room, PlaceResult::Throttled { seconds });
            return false;
        }
        self.report.postponed += 1;
        self.source.put_back(due);
        self.queue.postpone(room, lane, due);
        true
    }

    fn fail(&mut self, rooms: Vec<usize>, why: &Reason) {
        for room in rooms {
            self.settle_one(room, PlaceResult::Failed(why.clone()));
        }
    }

    /// The time is up: abandons running slices, and fails every room that is not settled.
    fn give_up(&mut self) {
        self.running.abort_all();
        if self.report.interrupted {
            return;
        }
        let limit = humantime::format_duration(self.source.limits.pass_time);
        let why = Reason {
            message: format!("the pass ended after {limit}, before it read the {}", P::WORD),
            advice: Some(format!(
                "allow the pass more time with `pass-time` in [source.limits], or give the source fewer {0}s; the next pass starts \
                 with the unread {0}s",
                P::WORD
            )),
            code: None,
        };
        self.leave_again();
        P::roll_mut(&mut self.report).fail_unsettled(&why);
    }
}
