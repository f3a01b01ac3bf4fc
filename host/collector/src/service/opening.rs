//! The moment before the first delivery: every sink is asked for its position before any sink receives something, since one of them may
//! reveal that the store went back in time. The wait for a sink that does not answer is short.

use std::sync::Arc;
use std::time::Duration;

use collector_engine::pass::Stop;
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(15);

/// A place in the opening of several deliveries. Dropping it leaves it, too.
pub(super) struct Opening(Arc<watch::Sender<usize>>);

impl Opening {
    /// Creates places for so many deliveries.
    pub(super) fn of(deliveries: usize) -> Vec<Self> {
        let left = Arc::new(watch::Sender::new(deliveries));
        (0..deliveries).map(|_| Self(Arc::clone(&left))).collect()
    }

    /// Marks this delivery as having asked, and waits for the others.
    pub(super) async fn passed(self, stop: &Stop) {
        let mut left = self.0.subscribe();
        drop(self);
        let mut stop = stop.clone();
        tokio::select! {
            _ = left.wait_for(|left| *left == 0) => {}
            () = tokio::time::sleep(PATIENCE) => {}
            _ = stop.requested() => {}
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.send_modify(|left| *left = left.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_has_asked_waits_for_the_others_and_not_for_ever() {
        let mut places = Opening::of(3);
        let (first, second, third) = (places.remove(0), places.remove(0), places.remove(0));
        let waiting = tokio::spawn(async move { first.passed(&Stop::never()).await });
        tokio::task::yield_now().await;
        drop(second);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        let begun = tokio::time::Instant::now();
        waiting.await.unwrap();
        assert!(begun.elapsed() >= PATIENCE);
        third.passed(&Stop::never()).await;
    }
}
