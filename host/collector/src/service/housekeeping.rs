//! Periodic clean-up: deletes meetings older than `keep`, usage records older than `keep-usage`, and changes that every sink has. A task of its own, in small transactions:
//! nothing waits for it.

use std::sync::Arc;
use std::time::Duration;

use collector_admin::config::Config;
use collector_engine::pass::Stop;
use collector_store::{Deleted, Expiry};
use tokio::sync::watch;

use super::said::Said;
use super::{Shared, now};

/// How often changes that every sink has are deleted. Most go with the last delivery that needs them.
const PRUNE: Duration = Duration::from_secs(10);
/// How often old meetings and usage records are deleted.
const RETENTION: Duration = Duration::from_secs(60 * 60);

/// How often the store is marked anew, so that copies made before can be told from it.
const ORIGIN: Duration = Duration::from_secs(10 * 60);

/// Cleans up until told to stop.
pub(super) async fn run(shared: Arc<Shared>, mut in_force: watch::Receiver<Arc<Config>>, mut stop: Stop) {
    let mut prune = tokio::time::interval(PRUNE);
    let mut retention = tokio::time::interval(RETENTION);
    let mut origin = tokio::time::interval_at(tokio::time::Instant::now() + ORIGIN, ORIGIN);
    let mut held = Said::default();
    loop {
        tokio::select! {
            _ = stop.requested() => return,
            _ = prune.tick() => prune_all(&shared).await,
            _ = origin.tick() => {
                if let Err(error) = shared.try_store(|store| store.renew_origin()).await {
                    tracing::warn!("could not mark the store, so an older copy of it would not be noticed: {error:#}");
                }
            }
            _ = retention.tick() => forget_the_old(&shared, &in_force, &mut held).await,
            // A new `keep` or `keep-usage` applies at once.
            Ok(()) = in_force.changed() => retention.reset_immediately(),
        }
    }
}

async fn prune_all(shared: &Shared) {
    loop {
        match shared.try_store(|store| store.prune()).await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => return,
            Err(error) => {
                tracing::error!("could not delete delivered changes: {error:#}");
                return;
            }
        }
    }
}

async fn forget_the_old(shared: &Shared, in_force: &watch::Receiver<Arc<Config>>, held: &mut Said) {
    let now = now();
    let before = |keep: Duration| now.saturating_sub(i64::try_from(keep.as_secs()).unwrap_or(i64::MAX));
    let (expiry, at_most) = {
        let config = in_force.borrow();
        let expiry = Expiry {
            meetings: config.keep.map(before),
            usage: Some(before(config.keep_usage)),
        };
        (expiry, config.forget_at_most)
    };
    let forgotten = shared
        .store
        .beside(move |store| store.forget_when_allowed(expiry, now, at_most))
        .await;
    match forgotten {
        Ok(Ok(Deleted { meetings, usage })) => {
            held.over();
            if meetings > 0 {
                tracing::info!(meetings, "deleted meetings older than `keep`");
            }
            if usage > 0 {
                tracing::info!(
                    records = usage,
                    "deleted usage and coverage records older than `keep-usage`"
                );
            }
        }
        Ok(Err(hold)) => {
            if held.is_new("held") {
                tracing::warn!("{hold}");
            }
        }
        Err(error) => tracing::error!("could not delete old meetings and usage records: {error:#}"),
    }
}
