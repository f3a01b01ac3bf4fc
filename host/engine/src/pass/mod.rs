//! A pass: one collection of a source. Expand the room lists, cut the rooms into slices, run the slices side by side, each in a fresh
//! instance, and commit each room as it comes in. What is collected stays collected, whatever fails later; rooms that were not read come
//! first in the next pass.

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

/// The most rooms kept of one source. Rooms that a pass just found count again: rooms that dropped out of all lists stay, and a connector
/// that names other rooms in each pass must not fill the disk. This is over four times the rooms that a pass may find.
const KNOWN_ROOMS: u64 = 250_000;

/// Why a source could not be collected at all.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The connector failed, and said why.
    #[error("{0}")]
    Connector(Reason),
    /// The connector was stopped.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Storing failed.
    #[error("{0}")]
    Store(String),
    /// The connector found no room where some are known: far more often the service answers wrongly than a company loses all its rooms.
    #[error(
        "the connector found no rooms, but {0} are known; they and their meetings were kept. Check the room lists; if there really are no \
         rooms left, remove the source"
    )]
    NoRooms(u64),
    /// The connector names other rooms in each pass.
    #[error(
        "the connector found {found} rooms, and {known} are known: together too many. This happens when a connector names other rooms in each \
         pass. Nothing was changed. If the rooms are right, collect them under a new source name"
    )]
    TooManyRooms {
        /// Rooms found in this pass.
        found: usize,
        /// Rooms known before, with those that are no longer in any list.
        known: u64,
    },
    /// The pass was told to stop before its rooms were known.
    #[error("the pass was stopped before its rooms were known")]
    Stopped,
}

/// Follows the progress of a pass.
pub trait Observer: Send + Sync {
    /// The rooms are known.
    fn expanded(&self, rooms: usize);
    /// A room is settled: `settled` of all.
    fn settled(&self, settled: usize);
}

/// An observer that ignores everything.
impl Observer for () {
    fn expanded(&self, _: usize) {}
    fn settled(&self, _: usize) {}
}

/// Collects a source once.
///
/// # Errors
/// Nothing could be collected. Single rooms that failed are in the report.
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
        "the collector was stopped before it read the room"
    } else {
        "the collector lost track of the room; this is a defect of the collector, please report it"
    };
    report.fail_unsettled(&Reason::new(why));
    let used = source.usage();
    report.traffic = used.traffic;
    report.sandbox = used.sandbox;
    report.time = begun.elapsed();
    Ok(report)
}

/// Stores the rooms of a report. Returns the report, and the history of each room.
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

/// The time of the next try.
fn later(seconds: u32) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(seconds.max(1)))
}

async fn sleep_until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// The cause of a source's failure, for people.
pub fn reason(error: CollectError) -> Reason {
    match error {
        CollectError::Denied(why) | CollectError::Unreachable(why) | CollectError::Failed(why) => why,
        CollectError::RetryAfter(seconds) => Reason {
            message: format!("the service is throttling; it asks for another try in {seconds} s"),
            advice: Some("run it again later, or less often".into()),
            code: None,
        },
        // Each room of a slice may have this reason.
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
