//! A thread that may block for ever, because the end of the program does not wait for it.

use std::io;
use std::sync::mpsc::{Sender, channel};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// Runs work in order. After it is dropped, the thread finishes the work it was given and ends.
pub(super) struct Thread {
    work: Sender<Work>,
}

impl Thread {
    pub(super) fn start() -> io::Result<Self> {
        let (work, given) = channel::<Work>();
        std::thread::Builder::new()
            .name("jsonl".to_owned())
            .spawn(move || {
                for work in given {
                    work();
                }
            })?;
        Ok(Self { work })
    }

    /// Runs work and returns its result; an error if the thread has ended.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (done, result) = oneshot::channel();
        // If the thread has ended, dropping `done` tells the caller. A result without a caller is not needed.
        let _ = self.work.send(Box::new(move || {
            let _ = done.send(work());
        }));
        result
    }
}
