//! Tells a sink that asks for them about verdicts and days, once no meeting waits for it. What is told is computed when it is told; and only when the
//! sink has all of a page, that is noted.

use std::sync::Arc;

use collector_admin::config::Config;
use collector_admin::figures::FiguresError;
use collector_admin::telling::{self, Telling};
use collector_model::insight::{After, Insight};
use collector_sinks::{Cause, SinkError};
use collector_tasks::blocking::blocking;
use tokio::sync::watch;

use super::{Delivery, Failure, over};
use crate::service::now;

/// What a delivery keeps of what it tells.
pub(super) struct Insights {
    in_force: watch::Receiver<Arc<Config>>,
    /// Changes when figures were computed.
    folded: watch::Receiver<u64>,
    /// Whether there may be more to tell.
    may_have_more: bool,
    /// What the sink is being told, and how many of it it has.
    telling: Option<(Telling, usize)>,
    /// How often the sink refused the next one.
    refused: u32,
}

impl Insights {
    pub(super) fn new(in_force: watch::Receiver<Arc<Config>>, folded: watch::Receiver<u64>) -> Self {
        Self {
            in_force,
            folded,
            may_have_more: true,
            telling: None,
            refused: 0,
        }
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.in_force.borrow())
    }
}

impl Delivery {
    /// Tells the sink something. False if there is nothing to tell for now.
    pub(super) async fn tell(&mut self) -> Result<bool, Failure> {
        let Some(insights) = &mut self.insights else {
            return Ok(false);
        };
        // What is not told before a stop is told after the next start.
        if self.stop.is_requested() {
            return Ok(false);
        }
        // The sender lives as long as the service.
        if insights.folded.has_changed().unwrap_or_default() {
            insights.folded.mark_unchanged();
            insights.may_have_more = true;
        }
        let Some((telling, done)) = &insights.telling else {
            return self.look().await;
        };
        let left = telling.insights.get(*done..).unwrap_or_default();
        if left.is_empty() {
            self.all_told().await?;
            return Ok(true);
        }
        let part: Vec<Insight> = left.iter().take(self.limit.max(1)).cloned().collect();
        let name = self.name.clone();
        let read = self.shared.store.read(move |store| {
            Ok(After {
                store: store.id()?,
                number: store.confirmed(&name)?.unwrap_or_default(),
            })
        });
        let after = read.await?;
        let mut stop = self.stop.clone();
        let taken = tokio::select! {
            taken = self.sink.tell(&after, &part) => taken,
            () = over(&mut stop) => return Ok(false),
        };
        match taken {
            Ok(()) => {
                self.grows();
                self.shared.metrics.told(&self.name, part.len() as u64);
                tracing::debug!(sink = %self.name, insights = part.len(), "told");
                self.passed(part.len());
            }
            // Halving finds the one that is refused.
            Err(error) if matches!(error.cause, Cause::Refused(_)) && part.len() > 1 => {
                self.limit = part.len() / 2
            }
            Err(error) => self.not_told(&part, error)?,
        }
        Ok(true)
    }

    /// Looks for what to tell next. False if there is nothing.
    async fn look(&mut self) -> Result<bool, Failure> {
        let Some(insights) = self.insights.as_mut().filter(|insights| insights.may_have_more) else {
            return Ok(false);
        };
        let (config, name) = (insights.config(), self.name.clone());
        let looking =
            self.shared
                .store
                .beside(move |store| match telling::next(store, &config, &name, now()) {
                    Err(FiguresError::Store(error)) => Err(error),
                    other => Ok(other),
                });
        let mut stop = self.stop.clone();
        let found = tokio::select! {
            found = looking => found?.map_err(anyhow::Error::from)?,
            () = over(&mut stop) => return Ok(false),
        };
        insights.may_have_more = found.is_some();
        insights.telling = found.map(|telling| (telling, 0));
        Ok(insights.may_have_more)
    }

    /// Notes that the sink has all that it is being told.
    async fn all_told(&mut self) -> Result<(), Failure> {
        let Some(insights) = &mut self.insights else {
            return Ok(());
        };
        let Some((telling, done)) = insights.telling.take() else {
            return Ok(());
        };
        let config = insights.config();
        // If this fails, the same is told again.
        blocking(move || telling::told(&config, &telling))
            .await
            .map_err(anyhow::Error::from)?;
        if done > 0 {
            let name = self.name.clone();
            self.shared
                .try_store(move |store| store.sink_works(&name))
                .await?;
            self.came_further = true;
            self.say_that_it_works();
        }
        Ok(())
    }

    /// Handles an error that is not about one of several insights.
    fn not_told(&mut self, part: &[Insight], error: SinkError) -> Result<(), Failure> {
        let (Some(insights), [refused], Cause::Refused(_)) = (&mut self.insights, part, error.cause) else {
            return Err(error.into());
        };
        insights.refused = insights.refused.saturating_add(1);
        let tries = insights.refused;
        self.go_on_without(tries, &error)?;
        tracing::warn!(
            sink = %self.name, source = %refused.source, room = %refused.room, change = %refused.id,
            "the sink refused a {}: it is passed over until there is something new about it, and the others go on: {error}",
            refused.about.as_str()
        );
        self.passed(1);
        Ok(())
    }

    /// Notes that so many more need not be told any more.
    fn passed(&mut self, count: usize) {
        if let Some(insights) = &mut self.insights {
            insights.refused = 0;
            if let Some((_, done)) = &mut insights.telling {
                *done += count;
            }
        }
    }

    /// Tells the sink everything again, because it lost what it had.
    pub(super) async fn tell_again(&mut self) -> anyhow::Result<()> {
        let Some(insights) = &mut self.insights else {
            return Ok(());
        };
        insights.telling = None;
        insights.may_have_more = true;
        let (config, name) = (insights.config(), self.name.clone());
        blocking(move || telling::tell_again(&config, &name)).await?;
        Ok(())
    }
}
