//! A pass: one collection of a source. Expand the room lists, cut the rooms into slices, run the slices side by side, each
//! in a fresh instance, and commit each room as it comes in. What is collected stays collected, whatever fails after it; and
//! whoever was not read is read first in the next pass.

mod collect;
mod expand;
mod plan;
mod queue;
mod report;
mod stop;

use std::sync::Arc;
use std::time::Duration;

use collector_egress::trace;
use collector_model::outcome::Reason;
use collector_model::window::Window;
use collector_sandbox::{self, CallError, CollectError, Sandbox};
use collector_store::{Past, SharedStore};
use tokio::time::Instant;
use tracing::Instrument as _;

use self::collect::Pass;
pub use self::expand::expand;
pub use self::report::{PassReport, RoomResult, Verdict};
pub use self::stop::{Stop, Stopper};
use crate::source::ReadySource;

/// Rooms that are kept of one source, with those that a pass just found counted again: rooms that are in no list any more stay, and a
/// connector that names others with each pass must not fill the disk. It is four times the rooms that a pass may find, and more.
const KNOWN_ROOMS: u64 = 250_000;

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
    #[error("{0}")]
    Store(String),
    /// No room was found where there were some: a service that answers wrongly, far more often than a company without rooms.
    #[error(
        "no room was found, and {0} are known; they and their meetings were kept. Look at the room lists; if there really are no rooms any \
         more, remove the source"
    )]
    NoRooms(u64),
    /// The connector names other rooms with each pass.
    #[error(
        "the connector found {found} rooms, and {known} are known; so many come about when a connector names other rooms with each pass. \
         Nothing was changed. If the rooms are right, collect them as a source of another name"
    )]
    TooManyRooms {
        /// Now.
        found: usize,
        /// Until now, with those that are in no list any more.
        known: u64,
    },
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
    let report = PassReport::new(&source.name, expansion);
    observer.expanded(report.found().len());
    let (report, pasts) = put_rooms(source, report, store).await?;
    let mut pass = Pass::new(sandbox, source, window, store, deadline, &pasts, report);
    drop(pasts);
    pass.collect(observer, stop).await;
    let mut report = pass.end().await;
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

/// Stores the rooms of a report; the report again, and what is known of each room.
async fn put_rooms(
    source: &ReadySource,
    report: PassReport,
    store: &SharedStore,
) -> Result<(PassReport, Vec<Past>), PassError> {
    let name = source.name.clone();
    store
        .write(move |store| {
            let found = report.found();
            if found.is_empty() && report.list_problems.is_empty() {
                let known = store.listed_rooms(&name)?;
                if known > 0 {
                    return Ok(Err(PassError::NoRooms(known)));
                }
            }
            let known = store.known_rooms(&name)?;
            if found.len() as u64 + known > KNOWN_ROOMS {
                let found = found.len();
                return Ok(Err(PassError::TooManyRooms { found, known }));
            }
            let unread: Vec<String> = report
                .list_problems
                .iter()
                .map(|problem| problem.room_list.clone())
                .collect();
            store.put_rooms(&name, found, &unread)?;
            let pasts = store.pasts(&name, found)?;
            Ok(Ok((report, pasts)))
        })
        .await
        .map_err(|error| PassError::Store(format!("{error:#}")))?
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
        // Every room of a slice may have this reason.
        CollectError::Settings(problems) => Reason::new(collector_sandbox::words(
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
        )),
    }
}
