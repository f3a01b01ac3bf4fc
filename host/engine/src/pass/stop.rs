//! How a pass is told to come to its end before it is done.

use tokio::sync::watch;
use tokio::time::Instant;

/// Tells passes, deliveries and whoever else holds its [`Stop`] to come to an end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Instant>>);

/// Told when to come to an end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Instant>>);

impl Default for Stopper {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stopper {
    /// What is told.
    pub fn stop(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Asks everybody to come to an end, by an instant at the latest.
    pub fn request(&self, by: Instant) {
        self.0.send_replace(Some(by));
    }
}

impl Stop {
    /// One that is never told to stop.
    pub fn never() -> Self {
        Stopper::default().stop()
    }

    /// Waits until it is asked for; until when there is time.
    pub async fn requested(&mut self) -> Instant {
        match self.0.wait_for(Option::is_some).await.map(|by| *by) {
            Ok(Some(by)) => by,
            // Nobody is left who could ask.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Whether it was asked for, and the time that was left is over.
    pub fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|by| by <= Instant::now())
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.borrow().is_some()
    }
}
