//! A pass: one collection of a source. Expand the room lists, cut the rooms into slices, run the slices side by side, each in a fresh
//! instance, and commit each room as it comes in. What is collected stays collected, whatever fails later; rooms that were not read come
//! first in the next pass. The spaces of a connector that reads what devices report follow in the same way.

mod collect;
mod expand;
mod part;
mod plan;
mod queue;
mod report;
mod stop;
mod storing;

use std::sync::Arc;
use std::time::Duration;

use collector_egress::trace;
use collector_model::outcome::Reason;
use collector_model::pass::Counts;
use collector_model::window::Window;
use collector_sandbox::{self, CallError, CollectError, Sandbox};
use collector_stores::Collected;
use tokio::time::Instant;
use tracing::Instrument as _;

use self::collect::Pass;
pub use self::expand::{expand, list_spaces};
use self::part::{Part, Rooms, Spaces};
pub use self::report::{PassReport, PlaceResult, RoomResult, SpaceResult, Verdict};
pub use self::stop::{Stop, Stopper};
use crate::source::ReadySource;

/// The most rooms, and the most spaces, kept of one source. Rooms that a pass just found count again: rooms that dropped out of all lists stay, and a connector
/// that names other rooms in each pass must not fill the disk. This is over four times the rooms that a pass may find.
const KNOWN: u64 = 250_000;

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
    /// The connector found no space where some are known.
    #[error(
        "the connector found no spaces, but {0} are known; they and their records were kept. Check the settings and what the credential may \
         see; if there really are no spaces left, remove the source"
    )]
    NoSpaces(u64),
    /// The connector names other rooms or spaces in each pass.
    #[error(
        "the connector found {found} {word}s, and {known} are known: together too many. This happens when a connector names other {word}s in \
         each pass. Nothing was changed. If the {word}s are right, collect them under a new source name"
    )]
    TooMany {
        /// `room` or `space`.
        word: &'static str,
        /// How many were found in this pass.
        found: usize,
        /// How many were known before, with those that are no longer listed.
        known: u64,
    },
    /// The pass was told to stop before its rooms were known.
    #[error("the pass was stopped before its rooms were known")]
    Stopped,
}

/// Follows the progress of a pass.
pub trait Observer: Send + Sync {
    /// The rooms and spaces are known: so many together.
    fn expanded(&self, rooms: usize);
    /// A room or space is settled: `settled` of all.
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
    store: &Arc<dyn Collected>,
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
    store: &Arc<dyn Collected>,
    observer: &dyn Observer,
    stop: &mut Stop,
) -> Result<PassReport, PassError> {
    let begun = Instant::now();
    let deadline = begun + source.limits.pass_time;
    let expansion = tokio::select! {
        expansion = expand(sandbox, source, deadline) => expansion?,
        _ = stop.requested() => return Err(PassError::Stopped),
    };
    let listing = tokio::select! {
        listing = list_spaces(sandbox, source, deadline) => listing?,
        _ = stop.requested() => return Err(PassError::Stopped),
    };
    let mut report = PassReport::new(&source.name, expansion, listing);
    observer.expanded(report.rooms.places().len() + report.spaces.places().len());
    put::<Rooms>(source, &report, store).await?;
    if source.connector.reads_spaces() {
        report.reads_spaces = true;
        put::<Spaces>(source, &report, store).await?;
    }
    let circumstances = Circumstances {
        sandbox,
        source,
        window,
        store,
        deadline,
    };
    report = circumstances.collect::<Rooms>(report, observer, stop).await?;
    report = circumstances.collect::<Spaces>(report, observer, stop).await?;
    // A pass that was interrupted says nothing about the places that it did not reach.
    if !report.interrupted {
        keep_outcomes::<Rooms>(&mut report, store).await;
        keep_outcomes::<Spaces>(&mut report, store).await;
    }
    let used = source.usage();
    report.traffic = used.traffic;
    report.sandbox = used.sandbox;
    report.time = begun.elapsed();
    Ok(report)
}

/// What both parts of a pass have in common.
struct Circumstances<'a> {
    sandbox: &'a Arc<Sandbox>,
    source: &'a ReadySource,
    window: Window,
    store: &'a Arc<dyn Collected>,
    deadline: Instant,
}

impl Circumstances<'_> {
    /// Collects a part of the pass whose places are stored.
    async fn collect<P: Part>(
        &self,
        mut report: PassReport,
        observer: &dyn Observer,
        stop: &mut Stop,
    ) -> Result<PassReport, PassError> {
        let places = P::roll(&report).places();
        if places.is_empty() {
            return Ok(report);
        }
        if !report.interrupted {
            let names = places.iter().map(P::name);
            let pasts = self
                .store
                .pasts(P::PLACES, &self.source.name, names.collect())
                .await
                .map_err(not_stored)?;
            let mut pass: Pass<'_, P> = Pass::new(self, &pasts, report);
            drop(pasts);
            pass.collect(observer, stop).await;
            report = pass.end().await;
        }
        let why = if report.interrupted {
            format!("the collector was stopped before it read the {}", P::WORD)
        } else {
            let word = P::WORD;
            format!(
                "the collector lost track of the {word}; this is a defect of the collector, please report it"
            )
        };
        P::roll_mut(&mut report).fail_unsettled(&Reason::new(why));
        Ok(report)
    }
}

/// Stores the places of a part. Refuses places that are far more likely a mistake of the other side.
async fn put<P: Part>(
    source: &ReadySource,
    report: &PassReport,
    store: &Arc<dyn Collected>,
) -> Result<(), PassError> {
    let found = P::roll(report).places().len();
    let Counts { listed, known } = store.counts(P::PLACES, &source.name).await.map_err(not_stored)?;
    if found == 0 && P::is_listed(report) && listed > 0 {
        return Err(P::none(listed));
    }
    if found as u64 + known > KNOWN {
        let word = P::WORD;
        return Err(PassError::TooMany { word, found, known });
    }
    P::put(&**store, &source.name, report).await.map_err(not_stored)
}

fn not_stored(error: anyhow::Error) -> PassError {
    PassError::Store(format!("{error:#}"))
}

/// Stores what became of the places of a part.
async fn keep_outcomes<P: Part>(report: &mut PassReport, store: &Arc<dyn Collected>) {
    let outcomes: Vec<_> = P::roll(report)
        .each()
        .map(|(place, result)| (P::name(place), result.word(), result.cause()))
        .collect();
    // Most sources have one part only, and a transaction without content waits like any other.
    if outcomes.is_empty() {
        return;
    }
    let at = chrono::Utc::now().timestamp();
    let kept = store.put_outcomes(P::PLACES, &report.source, at, outcomes).await;
    if let Err(error) = kept {
        report.unstored.get_or_insert_with(|| format!("{error:#}"));
    }
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
