//! Work that is watched: a panic in it is a defect of the collector, costs that work alone, and is told. The log says where it was (see
//! [`log_panics`]), the metrics how many there were.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt as _;

/// Since the program started.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// The pause before a task that panicked begins again: one that panics at once must not fill the log.
const PAUSE: Duration = Duration::from_secs(5);

/// The work panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a defect of the collector broke it off; the log says where: please report it")]
pub struct Broken;

/// Does the work, and outlives a panic in it. Whatever the work changed may be half done: who calls this goes on only with what a
/// transaction or a lock keeps whole, and makes the rest anew.
pub async fn watched<R>(work: impl Future<Output = R>) -> Result<R, Broken> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Broken)
}

/// A task that is to run as long as the service: begun anew after each panic, with a pause. It ends when one of its runs does.
pub async fn revived<R, W: Future<Output = R>>(task: &'static str, mut begin: impl FnMut() -> W) -> R {
    loop {
        match watched(begin()).await {
            Ok(ended) => return ended,
            Err(broken) => tracing::error!(task, "{broken}. The task begins anew"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How many panics there were since the program started.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Has panics counted, and logged with their place. A panic's words are logged only when they are a literal of the program: what was put
/// into others may be a subject or a secret.
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
