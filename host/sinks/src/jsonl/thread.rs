//! A thread that may be kept waiting for ever: the program's end does not wait for it.

use std::io;
use std::sync::mpsc::{Sender, channel};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// Does one thing after the other. It ends when it is dropped, and whatever it was given before is done.
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

    /// What the work comes to; an error when the thread ended before.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (done, result) = oneshot::channel();
        // Whoever waits learns of a thread that is gone when `done` is dropped, and a result that nobody waits for is of no use.
        let _ = self.work.send(Box::new(move || {
            let _ = done.send(work());
        }));
        result
    }
}
