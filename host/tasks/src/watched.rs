//! Work that is watched: a panic in it is a defect of the collector, ends that work alone, and is reported. The log tells where it was (see
//! [`log_panics`]), the metrics count them.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt as _;

/// Panics since the program started.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// The pause before a task that panicked restarts: a task that panics at once must not fill the log.
const PAUSE: Duration = Duration::from_secs(5);

/// The error that the work panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a defect of the collector stopped it; the log says where, please report it")]
pub struct Broken;

/// Does the work, and survives a panic in it. The work may leave its changes half done: after a panic, the caller may go on only with what
/// a transaction or a lock keeps whole, and must rebuild the rest.
pub async fn watched<R>(work: impl Future<Output = R>) -> Result<R, Broken> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Broken)
}

/// Runs a task for as long as the service: restarts it after each panic, with a pause. Ends when one of its runs ends normally.
pub async fn revived<R, W: Future<Output = R>>(task: &'static str, mut begin: impl FnMut() -> W) -> R {
    loop {
        match watched(begin()).await {
            Ok(ended) => return ended,
            Err(broken) => tracing::error!(task, "{broken}. The task restarts"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The number of panics since the program started.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Counts panics, and logs them with their place. A panic's words are logged only if they are a literal of the program: formatted ones may
/// contain a subject or a secret.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let words = panic.payload().downcast_ref::<&'static str>();
        tracing::error!(place, words, "a defect of the collector: it panicked");
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_result() {
        assert_eq!(watched(async { 1 }).await, Ok(1));
        assert_eq!(watched(async { panic!("broken") }).await, Err::<(), _>(Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panicked_begins_anew_until_it_ends_by_itself() {
        let runs = Mutex::new(0);
        let ended = revived("test", async || {
            let run = {
                let mut runs = runs.lock().unwrap();
                *runs += 1;
                *runs
            };
            assert!(run == 3, "broken");
            run
        })
        .await;
        assert_eq!(ended, 3);
    }
}
