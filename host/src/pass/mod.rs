//! A pass: one collection of a source. Expand the room lists, cut the rooms into slices, run the slices side by side, each
//! in a fresh instance, and commit each room as it comes in. What is collected stays collected, whatever fails after it.

mod expand;
mod queue;
mod report;
mod stop;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

pub use self::expand::expand;
use self::queue::Queue;
pub use self::report::{PassReport, RoomResult, Usage, Verdict};
pub use self::stop::{Stop, Stopper};
use crate::meeting::Meeting;
use crate::outcome::{Outcome, Reason};
use crate::room::RoomAddress;
use crate::sandbox::{CallError, CollectError, Collected, RoomRequest, Sandbox};
use crate::source::ReadySource;
use crate::store::{Change, SharedStore, StoreError};
use crate::trace;
use crate::window::Window;

/// Why a source could not be collected at all.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The connector said why.
    #[error("{0}")]
    Connector(Reason),
    /// The connector was stopped.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Nothing could be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No room was found where there were some: a service that answers wrongly, far more often than a company without rooms.
    #[error(
        "no room was found, and {0} are known; they and their meetings were kept. Look at the room lists; if there really are no rooms any \
         more, remove the source"
    )]
    NoRooms(u64),
    /// It was told to stop before the rooms were known.
    #[error("it was stopped before the rooms were known")]
    Stopped,
}

/// Told how a pass goes on.
pub trait Observer: Send + Sync {
    /// The rooms are known.
    fn expanded(&self, rooms: usize);
    /// A room is settled: `settled` of all.
    fn settled(&self, settled: usize);
}

/// An observer that looks away.
impl Observer for () {
    fn expanded(&self, _: usize) {}
    fn settled(&self, _: usize) {}
}

/// Collects a source once.
///
/// # Errors
/// Nothing could be collected; rooms that could not be are in the report.
pub async fn run(
    sandbox: &Arc<Sandbox>,
    source: &ReadySource,
    window: Window,
    store: &SharedStore,
    observer: &dyn Observer,
    stop: &mut Stop,
) -> Result<PassReport, PassError> {
    source.begin_usage();
    let span = trace::pass(&source.name);
    let ended = run_spanned(sandbox, source, window, store, observer, stop)
        .instrument(span.clone())
        .await;
    match &ended {
        Ok(report) => trace::pass_ended(&span, report.verdict().as_str(), report.settled()),
        Err(_) => trace::pass_failed(&span),
    }
    ended
}

async fn run_spanned(
    sandbox: &Arc<Sandbox>,
    source: &ReadySource,
    window: Window,
    store: &SharedStore,
    observer: &dyn Observer,
    stop: &mut Stop,
) -> Result<PassReport, PassError> {
    let begun = Instant::now();
    let deadline = begun + source.limits.pass_time;
    let expansion = tokio::select! {
        expansion = expand(sandbox, source, deadline) => expansion?,
        _ = stop.requested() => return Err(PassError::Stopped),
    };
    observer.expanded(expansion.rooms.len());
    let cursors = {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        if expansion.rooms.is_empty() && expansion.problems.is_empty() {
            match store.listed_rooms(&source.name)? {
                0 => {}
                known => return Err(PassError::NoRooms(known)),
            }
        }
        let unread: Vec<String> = expansion
            .problems
            .iter()
            .map(|problem| problem.room_list.clone())
            .collect();
        store.put_rooms(&source.name, &expansion.rooms, &unread)?;
        store.cursors(&source.name)?
    };
    let requests = expansion.rooms.iter().map(|room| RoomRequest {
        address: room.address.clone(),
        key: room.key.clone(),
        cursor: cursors.get(&room.address).cloned(),
    });
    let mut pass = Pass {
        sandbox,
        source,
        window,
        store,
        deadline,
        queue: Queue::new(requests, source.connector.manifest().slice_size),
        running: JoinSet::new(),
        report: PassReport::new(&source.name, expansion),
    };
    pass.collect(observer, stop).await;
    // What was given up has ended, and what it used is counted, before the pass is over.
    pass.running.shutdown().await;
    let mut report = pass.report;
    let why = if report.interrupted {
        "the collector was told to stop before the room was read"
    } else {
        "the collector lost it; this is a defect of the collector"
    };
    report.fail_unsettled(&Reason::new(why));
    let used = source.usage();
    report.traffic = used.traffic;
    report.sandbox = used.sandbox;
    report.time = begun.elapsed();
    Ok(report)
}

struct Pass<'a> {
    sandbox: &'a Arc<Sandbox>,
    source: &'a ReadySource,
    window: Window,
    store: &'a SharedStore,
    deadline: Instant,
    queue: Queue,
    running: JoinSet<SliceResult>,
    report: PassReport,
}

/// A slice's rooms, as they were asked for, and what became of them.
struct SliceResult {
    slice: Vec<RoomRequest>,
    answer: Result<Result<Vec<Collected>, CollectError>, CallError>,
}

impl Pass<'_> {
    async fn collect(&mut self, observer: &dyn Observer, stop: &mut Stop) {
        loop {
            self.start_slices();
            // While all places are taken, a room whose time has come waits for one.
            let next_due = if self.running.len() < self.source.limits.requests {
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
                // Slices that run may come to their end; no other is started.
                deadline = stop.requested(), if !self.report.interrupted => {
                    self.report.interrupted = true;
                    self.deadline = self.deadline.min(deadline);
                    self.queue.clear();
                }
                () = sleep_until(next_due) => {}
                Some(ended) = self.running.join_next() => {
                    // Its place is taken before its rooms are committed, so that the guests do not wait for the store.
                    self.start_slices();
                    match ended {
                        Ok(slice) => self.settle(slice).await,
                        // Only a defect of the host itself; its rooms are failed at the end.
                        // A panic's own words are not logged: they may quote what it stumbled over.
                        Err(_) => tracing::error!(source = %self.source.name, "a slice ended without a result"),
                    }
                    observer.settled(self.report.settled());
                }
            }
        }
    }

    /// Starts as many slices as may have a request in flight.
    fn start_slices(&mut self) {
        while self.running.len() < self.source.limits.requests {
            let Some(slice) = self.queue.take_slice(Instant::now()) else {
                return;
            };
            let sandbox = Arc::clone(self.sandbox);
            let connector = self.source.connector.clone();
            let access = self.source.access(self.deadline);
            let limits = self.source.limits.call.clone();
            let settings = self.source.settings.clone();
            let window = self.window;
            let span = trace::slice(slice.len());
            let collected = async move {
                let answer = connector
                    .collect(&sandbox, access, &limits, settings, slice.clone(), window)
                    .await;
                SliceResult { slice, answer }
            };
            self.running.spawn(collected.instrument(span));
        }
    }

    async fn settle(&mut self, ended: SliceResult) {
        match ended.answer {
            Ok(Ok(rooms)) => {
                let asked: std::collections::HashMap<_, _> = ended
                    .slice
                    .into_iter()
                    .map(|room| (room.address.clone(), room))
                    .collect();
                for room in rooms {
                    let request = asked.get(&room.address).cloned();
                    self.settle_room(room, request).await;
                }
            }
            Ok(Err(CollectError::RetryAfter(seconds))) => {
                for request in ended.slice {
                    self.postpone(request, seconds);
                }
            }
            Ok(Err(error)) => self.fail(ended.slice, &reason(error)),
            Err(error) => {
                let why = Reason::new(error.to_string());
                self.fail(ended.slice, &why);
                self.report.stopped.get_or_insert(why);
            }
        }
    }

    async fn settle_room(&mut self, room: Collected, request: Option<RoomRequest>) {
        let address = room.address;
        let result = match room.outcome {
            Outcome::Complete(cursor) => {
                self.commit(&address, Change::Complete, room.meetings, cursor)
                    .await
            }
            Outcome::Changes(cursor) => {
                self.commit(&address, Change::Changes, room.meetings, cursor)
                    .await
            }
            Outcome::RetryAfter(seconds) => match request {
                Some(request) => return self.postpone(request, seconds),
                None => RoomResult::Throttled { seconds },
            },
            Outcome::Denied(why) => RoomResult::Denied(why),
            Outcome::Missing(why) => RoomResult::Missing(why),
            Outcome::Failed(why) => RoomResult::Failed(why),
        };
        self.report.set(address, result);
    }

    /// Stores one room. One that cannot be stored does not lose the others.
    async fn commit(
        &self,
        room: &RoomAddress,
        change: Change,
        meetings: Vec<Meeting>,
        cursor: Option<String>,
    ) -> RoomResult {
        let store = Arc::clone(self.store);
        let (source, room, window) = (self.source.name.clone(), room.clone(), self.window);
        let committed = tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            store.commit(&source, &room, change, meetings, window, cursor.as_deref())
        })
        .instrument(trace::commit())
        .await;
        match committed {
            Ok(Ok(changes)) => RoomResult::Collected(changes),
            Ok(Err(error)) => RoomResult::Failed(Reason::new(error.to_string())),
            Err(error) => RoomResult::Failed(Reason::new(format!("storing it was broken off: {error}"))),
        }
    }

    /// Puts a room back, or gives it up when its time comes after the pass's end.
    fn postpone(&mut self, request: RoomRequest, seconds: u32) {
        let due = later(seconds);
        if due >= self.deadline || self.report.interrupted {
            self.report
                .set(request.address, RoomResult::Throttled { seconds });
        } else {
            self.report.postponed += 1;
            self.source.put_back(due);
            self.queue.postpone(request, due);
        }
    }

    fn fail(&mut self, slice: Vec<RoomRequest>, why: &Reason) {
        for room in slice {
            self.report.set(room.address, RoomResult::Failed(why.clone()));
        }
    }

    /// The time is up: what still runs is abandoned, and every room that is not settled has failed.
    fn give_up(&mut self) {
        self.running.abort_all();
        if self.report.interrupted {
            return;
        }
        let limit = humantime::format_duration(self.source.limits.pass_time);
        let why = Reason {
            message: format!("the pass ended after {limit} before the room was read"),
            advice: Some(
                "give the pass more time with `pass-time` in [source.limits], or the source fewer rooms"
                    .into(),
            ),
            code: None,
        };
        self.report.fail_unsettled(&why);
    }
}

/// When it is time to come back.
fn later(seconds: u32) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(seconds.max(1)))
}

async fn sleep_until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// What a source's failure comes down to, for people.
pub fn reason(error: CollectError) -> Reason {
    match error {
        CollectError::Denied(why) | CollectError::Unreachable(why) | CollectError::Failed(why) => why,
        CollectError::RetryAfter(seconds) => Reason {
            message: format!("the service asks to come back in {seconds} s"),
            advice: Some("it is throttling; run it again later, or less often".into()),
            code: None,
        },
        CollectError::Settings(problems) => Reason::new(
            problems
                .iter()
                .map(|problem| {
                    format!(
                        "settings.{}: {}; {}",
                        problem.key, problem.problem, problem.remedy
                    )
                })
                .collect::<Vec<_>>()
                .join("; "),
        ),
    }
}
