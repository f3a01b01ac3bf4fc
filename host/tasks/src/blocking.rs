//! Work that blocks a thread (files, keyrings, key derivation), away from the executor's threads: pages, passes and the program's end must
//! not wait for a disk, a D-Bus or a slow network file.

use std::panic::resume_unwind;

/// Does the work on a thread of its own, in the present span. A panic in it continues in the caller.
pub async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => done,
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is ending, and with it every waiting task.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn others_go_on_while_work_blocks() {
        let (go, waiting) = channel();
        let (done, ()) = tokio::join!(blocking(move || waiting.recv()), async {
            go.send("on").unwrap();
        });
        assert_eq!(done, Ok("on"));
    }

    #[tokio::test]
    async fn a_panic_is_that_of_who_waits() {
        let waits = tokio::spawn(blocking(|| panic!("broken")));
        assert!(waits.await.unwrap_err().is_panic());
    }
}
