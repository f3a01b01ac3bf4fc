//! Keeps the figures of rooms up to date, so that a report has little left to compute, and closes months. A task of its own, on connections of its own, a room at a
//! time: nothing waits for it, and what it has not done yet a report does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use collector_admin::closing::close_months;
use collector_admin::config::Config;
use collector_admin::figures::{self, FiguresError};
use collector_engine::pass::Stop;
use tokio::sync::watch;

use super::said::Said;
use super::{Shared, now};

/// How often it looks for what changed.
const LOOK: Duration = Duration::from_secs(60);

/// Seconds of a day. Once on each, and when a calendar was read further back than all before, months that are due are closed: looking for them asks
/// about years.
const DAY: i64 = 86_400;

/// Folds until told to stop.
pub(super) async fn run(shared: Arc<Shared>, in_force: watch::Receiver<Arc<Config>>, mut stop: Stop) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = Said::default();
    let mut closed = None;
    loop {
        tokio::select! {
            _ = stop.requested() => return,
            _ = look.tick() => {}
        }
        let config = Arc::clone(&in_force.borrow());
        let today = now() / DAY;
        let ends = EndsWithTask::default();
        let ended = Arc::clone(&ends.0);
        let folding = shared.store.beside(move |store| {
            let go_on = || !ended.load(Ordering::Relaxed);
            let looked = Some((today, store.known_since()?));
            let folded = figures::fold(store, &config, now(), &go_on).and_then(|()| match looked == closed {
                true => Ok(()),
                false => close_months(store, &config, now(), &go_on),
            });
            match folded {
                Err(FiguresError::Store(error)) => Err(error),
                other => Ok(other.map(|()| looked)),
            }
        });
        let folded = tokio::select! {
            folded = folding => folded,
            _ = stop.requested() => return,
        };
        shared.folded.send_modify(|count| *count = count.wrapping_add(1));
        match flat(folded) {
            Ok(looked) => {
                closed = looked;
                failing.over();
            }
            Err(problem) if failing.is_new("folding") => {
                tracing::warn!("could not compute figures in advance, so reports take longer: {problem:#}");
            }
            Err(_) => {}
        }
    }
}

/// Tells a thread that computes figures to end with the room that it computes, when the task that waits for it ends, however that ends.
#[derive(Default)]
pub(super) struct EndsWithTask(pub(super) Arc<AtomicBool>);

impl Drop for EndsWithTask {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn flat<A>(folded: anyhow::Result<Result<A, FiguresError>>) -> anyhow::Result<A> {
    Ok(folded??)
}
