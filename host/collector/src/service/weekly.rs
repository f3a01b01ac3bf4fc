//! Posts the summary of each week, once: on Monday morning, or as soon as the service runs afterwards. A task of its own, of which everything that
//! matters is in the store: what is posted stays the same from the first try on, and a try that failed is repeated after a pause, until there are too
//! many.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use collector_admin::config::{Config, Weekly};
use collector_admin::figures::FiguresError;
use collector_admin::weekly::{due, summary};
use collector_engine::pass::Stop;
use collector_insights::weekly::Week;
use collector_store::WeeklyPost;
use collector_tasks::blocking::blocking;
use tokio::sync::watch;
use tokio::time::Instant;

use super::folding::EndsWithTask;
use super::said::Said;
use super::{Shared, now};

/// How often it looks whether a week is due.
const LOOK: Duration = Duration::from_secs(60);
/// How often it looks whether all sources were tried.
const SOON: Duration = Duration::from_secs(1);
/// How long after a start a week waits for the first pass of each source, which may read what happened in it.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 60 * 60;
/// Seconds after its making after which a summary is given up: who gets it then has next to nothing of it.
const ENDS_AFTER: i64 = 3 * 86_400;

/// Posts until told to stop.
pub(super) async fn run(shared: Arc<Shared>, in_force: watch::Receiver<Arc<Config>>, stop: Stop) {
    let mut task = Posting {
        shared,
        begun: Instant::now(),
        failing: Said::default(),
        used: None,
    };
    task.run(in_force, stop).await;
}

struct Posting {
    shared: Arc<Shared>,
    begun: Instant,
    failing: Said,
    /// The settings of the last try. Others are tried at once.
    used: Option<Weekly>,
}

impl Posting {
    async fn run(&mut self, mut in_force: watch::Receiver<Arc<Config>>, mut stop: Stop) {
        loop {
            let config = Arc::clone(&in_force.borrow_and_update());
            let looked = async {
                match &config.insights.weekly {
                    None => Ok(LOOK),
                    Some(weekly) => self.look(&config, weekly).await,
                }
            };
            let looked = tokio::select! {
                looked = looked => looked,
                _ = stop.requested() => return,
            };
            let pause = looked.unwrap_or_else(|error| {
                if self.failing.is_new(&error.to_string()) {
                    tracing::warn!("the weekly summary waits, because it cannot be made: {error:#}");
                }
                LOOK
            });
            tokio::select! {
                _ = stop.requested() => return,
                changed = in_force.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Makes the summary of the week that is due, or posts it, if it is time for that. Returns after how long to look again.
    async fn look(&mut self, config: &Arc<Config>, weekly: &Weekly) -> anyhow::Result<Duration> {
        let Some(week) = due(config, now())? else {
            return Ok(LOOK);
        };
        let monday = week.monday().to_string();
        let asked = monday.clone();
        let post = self
            .shared
            .store
            .read(move |store| store.weekly_post(&asked))
            .await?;
        let Some(post) = post else {
            if self.begun.elapsed() < PATIENCE && self.shared.is_reading_first() {
                return Ok(SOON);
            }
            return self.make(config, week).await;
        };
        let Some(content) = &post.content else {
            return Ok(LOOK);
        };
        let has_changed = self.used.as_ref().is_some_and(|used| used != weekly);
        let left = next_try(&post).saturating_sub(now());
        if let Ok(left @ 1..) = u64::try_from(left)
            && !has_changed
        {
            return Ok(Duration::from_secs(left).min(LOOK));
        }
        self.used = Some(weekly.clone());
        self.post(weekly, &post, content).await
    }

    /// Computes the summary and keeps it.
    async fn make(&mut self, config: &Arc<Config>, week: Week) -> anyhow::Result<Duration> {
        let config = Arc::clone(config);
        let ends = EndsWithTask::default();
        let ended = Arc::clone(&ends.0);
        let made = self.shared.store.beside(move |store| {
            let go_on = || !ended.load(Ordering::Relaxed);
            match summary(store, &config, week, now(), &go_on) {
                Err(FiguresError::Store(error)) => Err(error),
                other => Ok(other),
            }
        });
        let Some(made) = made.await?? else {
            // Without rooms there is nothing to tell.
            return Ok(LOOK);
        };
        let monday = week.monday().to_string();
        self.shared
            .try_store(move |store| store.begin_weekly_post(&monday, &made.id, &made.content, now()))
            .await
            .context("it cannot be kept")?;
        self.failing.over();
        Ok(Duration::ZERO)
    }

    /// Tries to post a summary, and notes how that went.
    async fn post(&mut self, weekly: &Weekly, post: &WeeklyPost, content: &str) -> anyhow::Result<Duration> {
        let opened = weekly.clone();
        let posted = match blocking(move || opened.open()).await {
            Ok(messenger) => messenger
                .post(&post.id, content)
                .await
                .map_err(|error| (error.message, error.retry_after)),
            Err(problem) => Err((problem, None)),
        };
        let (monday, at) = (post.monday.clone(), now());
        let Err((problem, asked)) = posted else {
            self.shared
                .try_store(move |store| store.weekly_post_sent(&monday, at))
                .await
                .context("it was posted, but this could not be stored, so it will be posted again")?;
            self.failing.over();
            tracing::info!(week = %post.monday, "the weekly summary was posted");
            return Ok(LOOK);
        };
        let pause = pause(post.tries + 1);
        let is_last = at + pause >= post.begun_at.saturating_add(ENDS_AFTER);
        if is_last {
            tracing::error!(week = %post.monday, "the weekly summary was given up: {problem}");
        } else if self.failing.is_new(&problem) {
            tracing::warn!(week = %post.monday, "the weekly summary was not posted and is tried again: {problem}");
        }
        self.shared
            .try_store(move |store| store.weekly_post_failed(&monday, &problem, is_last, at))
            .await?;
        let pause = Duration::from_secs(u64::try_from(pause).unwrap_or_default());
        Ok(pause.max(asked.unwrap_or_default()))
    }
}

/// When a summary is tried next, UTC seconds.
fn next_try(post: &WeeklyPost) -> i64 {
    post.tried_at.map_or(0, |tried| tried + pause(post.tries))
}

/// Seconds from a try that failed to the next one.
fn pause(tries: u32) -> i64 {
    let doubled = FIRST_PAUSE << tries.saturating_sub(1).min(16);
    doubled.min(LONGEST_PAUSE)
}

impl Shared {
    /// Whether the first pass of a source since the start is not over.
    fn is_reading_first(&self) -> bool {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources
            .values()
            .any(|source| source.is_untried || source.collecting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_no_further() {
        let pauses: Vec<i64> = [1, 2, 3, 10, 11, u32::MAX].map(pause).to_vec();
        assert_eq!(pauses, [5, 10, 20, 2_560, 3_600, 3_600]);
    }
}
