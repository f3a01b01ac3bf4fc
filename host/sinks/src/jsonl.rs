//! JSON Lines: one change or insight a line, appended to a file or written to standard output or a named pipe.
//!
//! A batch counts as taken only when it is on disk, or in the pipe of a reader. A crash can tear the last line of a file. The torn line is
//! cut off before the next batch, which brings that line again. Readers recognise a repeated line by its `change_id`.
//!
//! A reader may block for any time, even for ever. So one thread of the sink's own writes one batch at a time: not one of the threads that
//! the whole program shares, and not one that the end of the program waits for.

mod file;
#[cfg(unix)]
mod pipe;
mod thread;

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use collector_model::change::Change;
use collector_model::insight::{After, Insight};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::thread::Thread;
use crate::{Sink, SinkError};

/// The destination of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file, created if missing and readable only by its owner; or a named pipe, while a process reads it.
    File(PathBuf),
}

/// The settings of this sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonlSettings {
    /// The destination of the lines.
    pub target: Target,
    /// The size in bytes at which the sink puts a file aside, as `NAME.1`, and begins a new one.
    pub rotate: u64,
    /// How many files to keep aside. Beyond that the sink deletes the oldest.
    pub keep: u32,
}

/// The longest wait for a batch, which the reader of standard output or of a pipe may hold up.
const TIME: Duration = Duration::from_secs(60);

/// The sink that writes lines.
pub(crate) struct Jsonl {
    settings: JsonlSettings,
    /// [`TIME`], except in tests.
    time: Duration,
    /// Started when needed.
    thread: Option<Thread>,
    #[cfg(unix)]
    pipe: pipe::Pipe,
    /// The batch that is being written, even if its caller has given up waiting.
    flight: Option<Flight>,
}

/// A batch that is being written.
struct Flight {
    /// The ids of its changes.
    changes: HashSet<String>,
    result: oneshot::Receiver<Result<(), SinkError>>,
}

impl Jsonl {
    pub(crate) fn new(settings: JsonlSettings) -> Self {
        Self {
            settings,
            time: TIME,
            thread: None,
            #[cfg(unix)]
            pipe: pipe::Pipe::default(),
            flight: None,
        }
    }

    /// Writes lines, each with its id, which a failed batch before may have written already.
    async fn take(&mut self, all: impl Iterator<Item = (String, String)>) -> Result<(), SinkError> {
        // Write a failed batch again as a whole: it is unknown how much of it was read.
        let written = self.landed().await.unwrap_or_default();
        let (mut ids, mut lines) = (HashSet::new(), String::new());
        for (id, line) in all.filter(|(id, _)| !written.contains(id)) {
            lines.push_str(&line);
            lines.push('\n');
            ids.insert(id);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let result = self.write(lines).await?;
        self.flight = Some(Flight { changes: ids, result });
        self.landed().await?;
        Ok(())
    }

    /// Waits for the batch that is being written, if there is one, and returns the changes that it wrote.
    async fn landed(&mut self) -> Result<HashSet<String>, SinkError> {
        let Some(flight) = &mut self.flight else {
            return Ok(HashSet::new());
        };
        let result = (&mut flight.result).await;
        let written = self.flight.take().map(|flight| flight.changes);
        match result {
            Ok(result) => result.map(|()| written.unwrap_or_default()),
            Err(_) => Err(self.broken_off()),
        }
    }

    async fn write(&mut self, lines: String) -> Result<oneshot::Receiver<Result<(), SinkError>>, SinkError> {
        let path = match &self.settings.target {
            Target::Stdout => return Ok(self.thread()?.run(move || write_stdout(lines.as_bytes()))),
            Target::File(path) => path.clone(),
        };
        #[cfg(unix)]
        {
            let name = path.clone();
            let found = self.thread()?.run(move || pipe::find(&name)).await;
            if let Some(place) = found.map_err(|_| self.broken_off())? {
                return Ok(self.pipe.write(path, place, lines));
            }
        }
        let (rotate, keep) = (self.settings.rotate, self.settings.keep);
        Ok(self.thread()?.run(move || {
            file::append(&path, rotate, keep, lines.as_bytes())
                .map_err(|cause| file::unwritable(&path, &cause))
        }))
    }

    async fn read(&mut self, store: &str) -> Result<Option<i64>, SinkError> {
        let Target::File(path) = &self.settings.target else {
            return Ok(None);
        };
        let (path, store) = (path.clone(), store.to_owned());
        // Runs after a batch that is still being written.
        let read = self.thread()?.run(move || {
            file::last_change(&path, &store).map_err(|cause| {
                SinkError::new(format!(
                    "{} cannot be read: {cause}; {}",
                    path.display(),
                    file::remedy(&cause)
                ))
            })
        });
        read.await.unwrap_or_else(|_| Err(self.broken_off()))
    }

    fn thread(&mut self) -> Result<&Thread, SinkError> {
        if self.thread.is_none() {
            self.thread = Some(Thread::start().map_err(|cause| {
                SinkError::new(format!(
                    "cannot start a thread for writing: {cause}; check the limits of the user"
                ))
            })?);
        }
        self.thread
            .as_ref()
            .ok_or_else(|| SinkError::new("the thread for writing is not running"))
    }

    async fn look(&mut self) -> Result<String, SinkError> {
        let Target::File(path) = &self.settings.target else {
            return Ok(
                "Standard output needs no connection. Changes go where the service's output goes.".to_owned(),
            );
        };
        let path = path.clone();
        let looked = self.thread()?.run(move || {
            #[cfg(unix)]
            if pipe::find(&path).is_some() {
                // Opening and closing it would show its reader an end.
                return Ok(format!(
                    "{} is a named pipe. Changes are delivered while a process reads it.",
                    path.display()
                ));
            }
            file::try_out(&path)
                .map(|found| format!("{} {found}.", path.display()))
                .map_err(|cause| file::unwritable(&path, &cause))
        });
        looked.await.unwrap_or_else(|_| Err(self.broken_off()))
    }

    /// The error when the thread, or the pipe's task, has ended. The next delivery starts new ones.
    fn broken_off(&mut self) -> SinkError {
        self.thread = None;
        SinkError::new("writing was interrupted; the collector tries again")
    }
}

impl Sink for Jsonl {
    fn applied<'a>(&'a mut self, store: &'a str) -> BoxFuture<'a, Result<Option<i64>, SinkError>> {
        let time = self.time;
        async move {
            timeout(time, self.read(store))
                .await
                .unwrap_or_else(|_| Err(unread()))
        }
        .boxed()
    }

    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        let time = self.time;
        let lines = changes.iter().map(|change| (change.change_id(), change.json()));
        async move {
            timeout(time, self.take(lines))
                .await
                .unwrap_or_else(|_| Err(unread()))
        }
        .boxed()
    }

    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>> {
        let time = self.time;
        async move { timeout(time, self.look()).await.unwrap_or_else(|_| Err(unread())) }.boxed()
    }

    fn tell<'a>(
        &'a mut self,
        after: &'a After,
        insights: &'a [Insight],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        let time = self.time;
        let lines = insights
            .iter()
            .map(|insight| (insight.id.clone(), insight.json(after)));
        async move {
            timeout(time, self.take(lines))
                .await
                .unwrap_or_else(|_| Err(unread()))
        }
        .boxed()
    }
}

fn unread() -> SinkError {
    SinkError::new("the output is not being read; check its reader")
}

fn write_stdout(lines: &[u8]) -> Result<(), SinkError> {
    let mut out = io::stdout().lock();
    out.write_all(lines).and_then(|()| out.flush()).map_err(|cause| {
        SinkError::new(format!(
            "cannot write to standard output: {cause}; its reader may have ended"
        ))
    })
}

#[cfg(test)]
mod tests;
