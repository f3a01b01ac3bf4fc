//! The task of one source: collects it when it is due and not paused, with the connector version that is current then.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use collector_admin::config::Source;
use collector_engine::connectors::{End, Version};
use collector_engine::expiry::Kind;
use collector_engine::pass::{self, Observer, PassError, PassReport, Stop, Verdict};
use collector_engine::source::{ReadySource, SetupError};
use collector_sandbox::CallError;
use collector_store::{PassRecord, RoomCounts};
use collector_stores::Collected;
use collector_tasks::watched::{Broken, watched};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::said::Said;
use super::schedule::Schedule;
use super::{Shared, now};
use crate::portal::SourceNow;

/// How often the log warns of a certificate or a refresh token that expires soon.
const REMIND: Duration = Duration::from_secs(24 * 60 * 60);

/// An order to a source's task: the source, and how often a reread was asked for.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// The source as it is configured.
    pub(super) source: Arc<Source>,
    /// Counts the requests to read credentials again.
    pub(super) reread: u64,
}

/// Collects one source until told to stop, or until its orders end.
pub(super) struct SourceTask {
    pub(super) shared: Arc<Shared>,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) stop: Stop,
    /// The ready source, with the connector version that it was made ready for.
    ready: Option<(ReadySource, Version)>,
    /// The version that the last pass used, or tried to.
    tried: Option<Version>,
    /// Whether the connector was missing when the source was last due.
    without_connector: bool,
    /// When the ends of certificates and refresh token were last checked.
    looked_at_expiries: Option<Instant>,
    said: Said,
}

impl SourceTask {
    pub(super) fn new(shared: Arc<Shared>, orders: watch::Receiver<Order>, stop: Stop) -> Self {
        Self {
            shared,
            orders,
            stop,
            ready: None,
            tried: None,
            without_connector: false,
            looked_at_expiries: None,
            said: Said::default(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut connectors = self.shared.plugins.changed();
        let mut order = self.orders.borrow_and_update().clone();
        let wanted = self.shared.wanted(&order.source.name);
        let mut schedule = Schedule::new(order.source.every, Instant::now(), rand::random());
        loop {
            let mut stop = self.stop.clone();
            self.shared.set_due(&order.source.name, schedule.due());
            tokio::select! {
                _ = stop.requested() => return,
                changed = self.orders.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let before = std::mem::replace(&mut order, self.orders.borrow_and_update().clone());
                    self.ready = None;
                    self.looked_at_expiries = None;
                    if !before.source.is_like(&order.source) {
                        schedule.change(order.source.every, Instant::now());
                    }
                    self.note_rest(&before.source, &order.source);
                }
                // Only for a source that waits for its connector: the others use a new version when they are next due.
                Ok(()) = connectors.changed(), if self.without_connector => {
                    if self.shared.plugins.current(&order.source.connector).is_ok() {
                        self.without_connector = false;
                        schedule.change(order.source.every, Instant::now());
                    }
                }
                // Someone wants a pass now.
                () = wanted.notified(), if !order.source.paused => {
                    schedule.change(order.source.every, Instant::now());
                }
                () = sleep_until(schedule.due()), if !order.source.paused => {
                    self.shared.set_collecting(&order.source.name, true);
                    let begun_at = now();
                    if let Err(broken) = watched(self.collect(&order.source, begun_at)).await {
                        // A failure here was logged too; the next pass starts afresh.
                        let _ = watched(self.broke(&order.source, begun_at, broken)).await;
                    }
                    self.shared.set_collecting(&order.source.name, false);
                    schedule.ended(Instant::now(), rand::random());
                }
            }
        }
    }

    /// Records a pass that panicked: it failed as a whole, and counts against the connector version that it used.
    async fn broke(&mut self, source: &Source, begun_at: i64, broken: Broken) {
        self.ready = None;
        let problem = broken.to_string();
        self.shared.set_problem(&source.name, Some(problem.clone()));
        self.shared.show_unready(&source.name);
        let version = self.tried.take();
        let record = failed_record(source, begun_at, version.as_ref(), problem.clone());
        if let Some(version) = &version {
            let end = End::Stopped(problem);
            self.shared.plugins.ended(&source.name, version, end).await;
        }
        let kept = self.shared.keep_pass(record).await;
        self.shared.tell_unstored(&source.name, kept);
    }

    /// Logs a pause or resumption. A paused source has no problem, whatever was wrong before.
    fn note_rest(&self, before: &Source, now: &Source) {
        if now.paused {
            self.shared.set_problem(&now.name, None);
        }
        match (before.paused, now.paused) {
            (false, true) => tracing::info!(source = %now.name, "the source is paused"),
            (true, false) => tracing::info!(source = %now.name, "the source is resumed"),
            _ => {}
        }
    }

    /// Runs one pass and records its results.
    async fn collect(&mut self, source: &Source, begun_at: i64) {
        let (ready, version) = match self.take_ready(source).await {
            Ok(ready) => ready,
            Err(problem) => {
                self.shared.set_problem(&source.name, Some(problem.clone()));
                self.shared.show_unready(&source.name);
                if self.said.is_new(&problem) {
                    tracing::error!(source = %source.name, "the source cannot be collected: {problem}");
                } else {
                    tracing::debug!(source = %source.name, "the source cannot be collected, as before: {problem}");
                }
                let kept = self
                    .shared
                    .keep_pass(failed_record(source, begun_at, None, problem))
                    .await;
                self.shared.tell_unstored(&source.name, kept);
                return;
            }
        };
        // A store that failed stays the problem until a pass proves that it works.
        if !self.shared.is_unstored(&source.name) {
            self.shared.set_problem(&source.name, None);
        }
        self.look_at_expiries(&ready);
        let window = source.window.around(begun_at);
        let begun = Instant::now();
        let shared = Arc::clone(&self.shared);
        let store: Arc<dyn Collected> = Arc::new(shared.store.clone());
        let ended = pass::run(
            &shared.sandbox,
            &ready,
            window,
            &store,
            &Wake {
                shared: &shared,
                ready: &ready,
            },
            &mut self.stop,
        )
        .await;
        shared.show_pass(&ready, begun.elapsed(), &ended).await;
        if let Some(end) = end(&ended) {
            if end == End::Worked {
                // Kept for its token. After a failure the source is made ready again: its credentials may have been replaced.
                self.ready = Some((ready, version.clone()));
            }
            shared.plugins.ended(&source.name, &version, end).await;
        }
        log(source, &ended, &mut self.said);
        let (unstored, kept) = match &ended {
            Err(PassError::Stopped) => return,
            Err(error) => {
                let record = failed_record(source, begun_at, Some(&version), error.to_string());
                let unstored = match error {
                    PassError::Store(problem) => Some(problem.clone()),
                    _ => None,
                };
                (unstored, shared.keep_pass(record).await)
            }
            // An interrupted pass stored what it collected, and says nothing about the rooms that it did not reach.
            Ok(report) if report.interrupted => return,
            Ok(report) => {
                let record = record(source, begun_at, &version, report);
                (report.unstored.clone(), shared.keep_pass(record).await)
            }
        };
        let unstored = unstored.or(kept);
        let problem = unstored
            .as_ref()
            .map(|problem| format!("collected meetings cannot be stored: {problem}"))
            .or_else(|| Some(broken(&ended)?.to_string()));
        self.shared.set_problem(&source.name, problem);
        self.shared.tell_unstored(&source.name, unstored);
    }

    /// Warns once a day of certificates and refresh tokens that expire soon.
    fn look_at_expiries(&mut self, source: &ReadySource) {
        let expiries = source.expiries();
        for kind in [Kind::Certificate, Kind::RefreshToken] {
            let of_kind = expiries.iter().filter(|expiry| expiry.kind == kind);
            let first = of_kind.map(|expiry| expiry.at).min();
            self.shared.metrics.expires(&source.name, kind, first);
        }
        if self.looked_at_expiries.is_some_and(|at| at.elapsed() < REMIND) {
            return;
        }
        self.looked_at_expiries = Some(Instant::now());
        source.warn_of_expiry(now());
    }

    /// Makes the source ready for the connector's current version.
    async fn take_ready(&mut self, source: &Source) -> Result<(ReadySource, Version), String> {
        let current = self.shared.plugins.current(&source.connector);
        self.without_connector = current.is_err();
        self.tried = current.as_ref().ok().cloned();
        let version = current?;
        if let Some((ready, made_for)) = self.ready.take()
            && made_for.digest() == version.digest()
        {
            return Ok((ready, made_for));
        }
        match ReadySource::new(&self.shared.sandbox, source, version.connector.clone()).await {
            Ok(ready) => Ok((ready, version)),
            Err(error) => {
                let problem = setup_problem(error);
                // A new version may require settings or credentials that this source lacks: then the version before serves again.
                let end = End::FailedWhole(problem.clone());
                self.shared.plugins.ended(&source.name, &version, end).await;
                Err(problem)
            }
        }
    }
}

/// Wakes the deliveries whenever a slice was stored, and shows how many requests may be in flight.
struct Wake<'a> {
    shared: &'a Shared,
    ready: &'a ReadySource,
}

impl Observer for Wake<'_> {
    fn expanded(&self, _: usize) {}

    fn settled(&self, _: usize) {
        let Self { shared, ready } = self;
        shared.stored.send_modify(|count| *count += 1);
        shared.metrics.requests_limit(&ready.name, ready.places());
    }
}

/// The problems that make a source unusable, one line each.
fn setup_problem(error: SetupError) -> String {
    match error {
        SetupError::Configuration(problems) => collector_admin::config::lines(&problems),
        SetupError::Installed(problem) | SetupError::Connector(problem) => problem,
    }
}

/// What a pass proves about the version of its connector; none if it proves nothing.
fn end(ended: &Result<PassReport, PassError>) -> Option<End> {
    match ended {
        Ok(report) => match (&report.stopped, report.verdict()) {
            (Some(why), _) => Some(End::Stopped(why.to_string())),
            _ if report.interrupted => None,
            (None, Verdict::Nothing) => Some(End::FailedWhole(first_cause(report))),
            (None, Verdict::Everything | Verdict::Part) => Some(End::Worked),
        },
        Err(PassError::Call(error)) => Some(End::Stopped(error.to_string())),
        Err(
            error @ (PassError::Connector(_)
            | PassError::NoRooms(_)
            | PassError::NoSpaces(_)
            | PassError::TooMany { .. }),
        ) => Some(End::FailedWhole(error.to_string())),
        Err(PassError::Store(_) | PassError::Stopped) => None,
    }
}

/// The defect of the collector that a pass hit.
fn broken(ended: &Result<PassReport, PassError>) -> Option<Broken> {
    match ended {
        Ok(report) => report.broken,
        Err(PassError::Call(CallError::Broken(broken))) => Some(*broken),
        Err(_) => None,
    }
}

fn first_cause(report: &PassReport) -> String {
    let lists = report
        .list_problems
        .iter()
        .map(|problem| problem.reason.to_string());
    let unlisted = report.space_problems.iter().map(ToString::to_string);
    let rooms = report.rooms().filter_map(|(_, result)| result.cause());
    let spaces = report.spaces().filter_map(|(_, result)| result.cause());
    let mut causes = lists.chain(unlisted).chain(rooms).chain(spaces);
    causes.next().unwrap_or_default()
}

fn record(source: &Source, begun_at: i64, version: &Version, report: &PassReport) -> PassRecord {
    let verdict = report.verdict();
    PassRecord {
        verdict: verdict.as_str().to_owned(),
        problem: (verdict != Verdict::Everything).then(|| first_cause(report)),
        rooms: report.counts(),
        ..failed_record(source, begun_at, Some(version), String::new())
    }
}

fn failed_record(source: &Source, begun_at: i64, version: Option<&Version>, problem: String) -> PassRecord {
    PassRecord {
        source: source.name.clone(),
        begun_at,
        ended_at: now(),
        verdict: "failed".to_owned(),
        problem: Some(problem),
        success_at: None,
        connector: source.connector.clone(),
        version: version.map_or_else(String::new, |version| {
            version.connector.manifest().version.clone()
        }),
        digest: version.map_or_else(String::new, |version| version.connector.digest().to_owned()),
        rooms: RoomCounts::default(),
    }
}

/// Logs how a pass ended. A trouble is logged when it begins or changes; passes that fail the same way again are logged at `debug`.
fn log(source: &Source, ended: &Result<PassReport, PassError>, said: &mut Said) {
    let source = source.name.as_str();
    let report = match ended {
        Err(PassError::Stopped) => {
            tracing::info!(%source, "the pass was stopped");
            return;
        }
        Err(error) => {
            if said.is_new(&error.to_string()) {
                tracing::error!(%source, "the pass failed: {error}");
            } else {
                tracing::debug!(%source, "the pass failed, as before: {error}");
            }
            return;
        }
        Ok(report) => report,
    };
    let rooms = report.counts();
    let changes = report.changes();
    let (collected, kept) = (
        rooms.collected,
        rooms.denied + rooms.missing + rooms.throttled + rooms.failed,
    );
    let seconds = report.time.as_secs_f64();
    let (new, changed, gone) = (changes.new, changes.changed, changes.gone);
    let recorded = report.record_changes();
    // None is not written.
    let records = report.reads_spaces.then_some(recorded.new + recorded.replaced);
    if recorded.contradicted > 0 {
        tracing::warn!(
            %source,
            records = recorded.contradicted,
            "the source contradicts itself: records differ from those of the same revision, and the first stay"
        );
    }
    match report.verdict() {
        Verdict::Everything => {
            if said.over() {
                tracing::info!(%source, "the source works again");
            }
            tracing::info!(%source, collected, new, changed, gone, records, seconds, "the pass was complete");
        }
        _ if report.interrupted => {
            tracing::info!(%source, collected, new, changed, gone, records, seconds, "the pass was stopped");
        }
        Verdict::Part => {
            let cause = first_cause(report);
            if said.is_new(&cause) {
                tracing::warn!(%source, collected, kept, new, changed, gone, records, seconds, "the pass was partial: {cause}");
            } else {
                tracing::debug!(%source, collected, kept, new, changed, gone, records, seconds, "the pass was partial, as before: {cause}");
            }
        }
        Verdict::Nothing => {
            let cause = first_cause(report);
            if said.is_new(&cause) {
                tracing::error!(%source, kept, seconds, "the pass collected nothing: {cause}");
            } else {
                tracing::debug!(%source, kept, seconds, "the pass collected nothing, as before: {cause}");
            }
        }
    }
}

impl Shared {
    fn set_problem(&self, source: &str, problem: Option<String>) {
        self.change_now(source, |now| {
            now.problem = problem;
            now.is_untried = false;
        });
    }

    fn set_collecting(&self, source: &str, collecting: bool) {
        self.change_now(source, |now| now.collecting = collecting);
    }

    fn wanted(&self, source: &str) -> Arc<Notify> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&sources.entry(source.to_owned()).or_default().wanted)
    }

    fn set_due(&self, source: &str, due: Instant) {
        let wait = due.saturating_duration_since(Instant::now()).as_secs();
        let at = now().saturating_add(i64::try_from(wait).unwrap_or(i64::MAX));
        self.change_now(source, |now| now.due_at = Some(at));
    }

    fn change_now(&self, source: &str, change: impl FnOnce(&mut SourceNow)) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(sources.entry(source.to_owned()).or_default());
    }

    /// Stores the record of a pass; the error if it cannot.
    async fn keep_pass(&self, record: PassRecord) -> Option<String> {
        let stored = self.store.put_pass(record).await;
        self.tell_unkept("the end of a pass", stored)
    }
}
