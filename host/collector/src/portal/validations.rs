//! The validations that administrators started. Each one repeats in the background until no check is pending or its patience is over, and
//! continues after a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector_admin::draft::words::of_check;
use collector_engine::pass::{Observer, Stop};
use collector_engine::validation::{self, PATIENCE, Record};
use collector_model::check::{Check, CheckStatus, Mailbox};
use collector_model::consent::ConsentState;
use collector_model::outcome::Reason;
use collector_portal::api::{self, Result, Target};
use collector_tasks::watched::watched;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::consents;
use super::program::{Program, failed, key, now, target};

/// The validations that are under way.
#[derive(Default)]
pub(super) struct Validations {
    running: Mutex<HashMap<Target, Arc<Running>>>,
}

/// A validation that is under way.
struct Running {
    /// What the page shows until the next result.
    shown: Mutex<Shown>,
    /// Ends the wait for the next try: someone wants one at once.
    again: Notify,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default, Clone)]
struct Shown {
    record: Record,
    trying: bool,
    rooms: Option<(u64, u64)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Validations {
    /// Starts the validation of a target. If one is waiting, makes it try again at once.
    pub(super) async fn begin(self: &Arc<Self>, program: &Arc<Program>, target: &Target) {
        if let Some(running) = self.running(target) {
            running.again.notify_one();
            return;
        }
        let at = now();
        let record = Record {
            begun_at: at,
            // So that it continues even if the program restarts before its first try ends.
            next_try_at: Some(at),
            ..Record::default()
        };
        keep(program, target, &record).await;
        self.start(program, target, record);
    }

    /// Resumes the validations that were waiting for their next try when the program ended.
    pub(super) async fn resume(self: &Arc<Self>, program: &Arc<Program>) -> Result<()> {
        for (key, _) in program.read(|store| store.validations()).await? {
            if let Some(target) = target(&key) {
                self.resume_one(program, &target).await?;
            }
        }
        Ok(())
    }

    /// Resumes a target's validation if it was waiting for its next try.
    pub(super) async fn resume_one(self: &Arc<Self>, program: &Arc<Program>, target: &Target) -> Result<()> {
        let wanted = key(target);
        let content = program.read(move |store| store.validation(&wanted)).await?;
        let waits = content
            .and_then(|content| serde_json::from_str::<Record>(&content).ok())
            .filter(|record| record.next_try_at.is_some());
        if let Some(record) = waits {
            self.start(program, target, record);
        }
        Ok(())
    }

    fn running(&self, target: &Target) -> Option<Arc<Running>> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(target)
            .cloned()
    }

    /// Whether the checks of a source go on only because permissions do not work yet that were granted: nothing else failed.
    pub(super) fn awaits_permissions(&self, source: &str) -> bool {
        let Some(running) = self.running(&Target::Source(source.to_owned())) else {
            return false;
        };
        let shown = running.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |status| shown.record.checks.iter().any(|check| check.status == status);
        has(CheckStatus::Pending) && !has(CheckStatus::Failed)
    }

    fn start(self: &Arc<Self>, program: &Arc<Program>, target: &Target, record: Record) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(target) {
            return;
        }
        let one = Arc::new(Running {
            shown: Mutex::new(Shown {
                trying: record.ended_at.is_none(),
                record,
                rooms: None,
            }),
            again: Notify::new(),
            task: Mutex::default(),
        });
        running.insert(target.clone(), Arc::clone(&one));
        let (all, program, target, shown) = (
            Arc::clone(self),
            Arc::clone(program),
            target.clone(),
            Arc::downgrade(&one),
        );
        let task = tokio::spawn(async move {
            if let Some(running) = shown.upgrade() {
                // After a defect in the program, the page shows the result before it.
                let _ = watched(run(&program, &target, &running)).await;
            }
            let mut running = all.running.lock().unwrap_or_else(PoisonError::into_inner);
            // Another one may have taken its place.
            if running
                .get(&target)
                .is_some_and(|one| Arc::as_ptr(one) == shown.as_ptr())
            {
                running.remove(&target);
            }
        });
        *one.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Ends the validation of a target that is removed.
    pub(super) fn end(&self, target: &Target) {
        let ended = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(target);
        if let Some(task) =
            ended.and_then(|running| running.task.lock().unwrap_or_else(PoisonError::into_inner).take())
        {
            task.abort();
        }
    }

    /// Drops what was found about a target: it is from before its consent, or from before a change of what it is read with. Checks that go on
    /// begin anew.
    pub(super) async fn renew(self: &Arc<Self>, program: &Arc<Program>, target: &Target) -> Result<()> {
        let goes_on = self.running(target).is_some();
        self.end(target);
        let key = key(target);
        program.store(move |store| store.forget_validation(&key)).await?;
        if goes_on {
            self.begin(program, target).await;
        }
        Ok(())
    }

    /// The latest checks of a target.
    pub(super) async fn show(&self, program: &Program, target: &Target) -> Result<Option<api::Validation>> {
        let shown = match self.running(target) {
            Some(running) => running
                .shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            None => {
                let wanted = key(target);
                let Some(content) = program.read(move |store| store.validation(&wanted)).await? else {
                    return Ok(None);
                };
                Shown {
                    record: serde_json::from_str(&content).map_err(|error| failed(error.into()))?,
                    ..Shown::default()
                }
            }
        };
        Ok(Some(view(shown)))
    }
}

/// Repeats the checks until none is pending or patience is over.
async fn run(program: &Arc<Program>, target: &Target, running: &Running) {
    let waiting = change(running, |shown| shown.record.next_try_at);
    if let Some(at) = waiting {
        pause(running, at).await;
    }
    loop {
        change(running, |shown| {
            shown.trying = true;
            shown.rooms = None;
            shown.record.next_try_at = None;
        });
        let (checks, mailboxes) = attempt(program, target, running).await;
        let ended = now();
        let record = change(running, |shown| {
            shown.trying = false;
            shown.record.tries = shown.record.tries.saturating_add(1);
            shown.record.ended_at = Some(ended);
            shown.record.checks = checks;
            shown.record.mailboxes = mailboxes;
            if shown.record.is_pending() {
                let pause = validation::pause(shown.record.tries);
                shown.record.next_try_at = Some(ended.saturating_add(seconds(pause)));
            }
            shown.record.clone()
        });
        keep(program, target, &record).await;
        let Some(at) = record.next_try_at else {
            if record.has_passed() {
                collect_again(program, target).await;
            }
            return;
        };
        pause(running, at).await;
    }
}

/// Makes a source due now that the last pass got nothing from: what was in its way is gone.
async fn collect_again(program: &Program, target: &Target) {
    let Target::Source(name) = target else { return };
    let passes = program.read(|store| store.passes()).await.unwrap_or_default();
    let has_worked = passes
        .iter()
        .any(|pass| pass.source == *name && pass.has_succeeded());
    let is_paused = program.source(name).is_ok_and(|source| source.paused);
    if let Some(now) = (program.now)().remove(name).filter(|_| !has_worked && !is_paused) {
        now.wanted.notify_one();
    }
}

/// Makes one try: the checks, judged by the time of consent, and then every room.
async fn attempt(program: &Arc<Program>, target: &Target, running: &Running) -> (Vec<Check>, Vec<Mailbox>) {
    let source = match program.ready(target).await {
        Ok(Ok(source)) => source,
        Ok(Err(problems)) => {
            let checks = problems.into_iter().map(|problem| {
                let name = if problem.key.is_empty() {
                    "details".to_owned()
                } else {
                    problem.key
                };
                failed_check(name, problem.problem, Some(problem.remedy))
            });
            return (checks.collect(), Vec::new());
        }
        Err(error) => {
            return (
                vec![failed_check("connector".to_owned(), error.to_string(), None)],
                Vec::new(),
            );
        }
    };
    // If the consent cannot be read, there is none to wait for: pending checks then fail, with advice.
    let consent = consents::known(program, target, &source)
        .await
        .unwrap_or_default();
    let consented_at = consent.as_ref().and_then(ConsentState::given_at);
    change(running, |shown| shown.record.consented_at = consented_at);
    let judged = |checks| -> Vec<Check> { validation::judge(checks, consented_at, now()) };
    let mut checks = judged(validation::checks(&program.sandbox, &source).await);
    change(running, |shown| {
        shown.record.checks.clone_from(&checks);
    });
    let hopeless = |check: &Check| matches!(check.status, CheckStatus::Failed | CheckStatus::Pending);
    if checks.iter().any(hopeless) {
        return (checks, Vec::new());
    }
    let (check, mailboxes) = validation::every_room(
        &program.sandbox,
        &source,
        &Progress(running),
        &mut Stop::never(),
        now(),
    )
    .await;
    checks.extend(judged(vec![check]));
    (checks, mailboxes)
}

fn failed_check(name: String, message: String, advice: Option<String>) -> Check {
    Check {
        name,
        status: CheckStatus::Failed,
        reason: Reason {
            message,
            advice,
            code: None,
        },
    }
}

async fn keep(program: &Program, target: &Target, record: &Record) {
    let key = key(target);
    let kept = match serde_json::to_string(record) {
        Ok(content) => {
            program
                .store(move |store| store.put_validation(&key, &content))
                .await
        }
        Err(error) => Err(failed(error.into())),
    };
    if let Err(error) = kept {
        tracing::error!("cannot store the result of a validation: {error}");
    }
}

/// Waits until an instant, or until someone wants a try at once.
async fn pause(running: &Running, at: i64) {
    let wait = u64::try_from(at.saturating_sub(now())).unwrap_or_default();
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(wait)) => {}
        () = running.again.notified() => {}
    }
}

fn change<R>(running: &Running, change: impl FnOnce(&mut Shown) -> R) -> R {
    change(&mut running.shown.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Shows how many rooms have been read.
struct Progress<'a>(&'a Running);

impl Observer for Progress<'_> {
    fn expanded(&self, rooms: usize) {
        change(self.0, |shown| shown.rooms = Some((0, rooms as u64)));
    }

    fn settled(&self, settled: usize) {
        change(self.0, |shown| {
            if let Some((done, _)) = &mut shown.rooms {
                *done = settled as u64;
            }
        });
    }
}

fn view(shown: Shown) -> api::Validation {
    let record = shown.record;
    let all = record.mailboxes.len() as u64;
    let pending = record.is_pending();
    api::Validation {
        begun_at: record.begun_at,
        running: shown.trying,
        ended_at: record.ended_at,
        next_try_at: record.next_try_at.filter(|_| !shown.trying),
        patience_until: record
            .consented_at
            .filter(|_| pending)
            .map(|at| at.saturating_add(PATIENCE)),
        checks: record.checks.into_iter().map(check_in_words).collect(),
        rooms: shown.rooms.or((all > 0).then_some((all, all))),
        mailboxes: record.mailboxes,
    }
}

fn check_in_words(mut check: Check) -> Check {
    check.reason.message = of_check(&check.reason.message);
    check.reason.advice = check.reason.advice.as_deref().map(of_check);
    check
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
