//! How to tell a pass to end early.

use tokio::sync::watch;
use tokio::time::Instant;

/// Tells passes, deliveries and every other holder of a [`Stop`] to end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Instant>>);

/// Receives the request to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Instant>>);

impl Default for Stopper {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stopper {
    /// A receiver of the request.
    pub fn stop(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Asks every holder to end, by an instant at the latest.
    pub fn request(&self, by: Instant) {
        self.0.send_replace(Some(by));
    }
}

impl Stop {
    /// A receiver that is never asked to end.
    pub fn never() -> Self {
        Stopper::default().stop()
    }

    /// Waits for the request. Returns the instant by which to end.
    pub async fn requested(&mut self) -> Instant {
        match self.0.wait_for(Option::is_some).await.map(|by| *by) {
            Ok(Some(by)) => by,
            // Nothing is left that could ask.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Whether the request was made and its time has run out.
    pub fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|by| by <= Instant::now())
    }

    /// Whether the request was made.
    pub fn is_requested(&self) -> bool {
        self.0.borrow().is_some()
    }
}
