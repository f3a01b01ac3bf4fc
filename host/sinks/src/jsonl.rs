//! JSON Lines: one change a line, appended to a file or written to standard output or a named pipe.
//!
//! A batch counts as taken only when it is on disk, or in the pipe of a reader. A crash can tear the last line of a file: it is cut off
//! before the next batch, which brings that line again. A line that was repeated is recognised by its `change_id`.
//!
//! Whoever reads may take its time, for ever even. One batch is being written, by one thread of the sink's own: not one of those that the
//! whole program shares, and none that its end waits for.

mod file;
#[cfg(unix)]
mod pipe;
mod thread;

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use collector_model::change::Change;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::thread::Thread;
use crate::{Sink, SinkError};

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file, made when it is not there, readable by its owner only; or a named pipe, while somebody reads it.
    File(PathBuf),
}

/// What this sink needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonlSettings {
    /// Where lines go.
    pub target: Target,
    /// The size in bytes from which on a file is put aside, as `NAME.1`, and a new one begun.
    pub rotate: u64,
    /// How many files are kept aside; the oldest goes first.
    pub keep: u32,
}

/// How long a batch is waited for: the reader of standard output or of a pipe may let it wait.
const TIME: Duration = Duration::from_secs(60);

/// Writes lines.
pub(crate) struct Jsonl {
    settings: JsonlSettings,
    /// [`TIME`], but for tests.
    time: Duration,
    /// Begun when it is needed.
    thread: Option<Thread>,
    #[cfg(unix)]
    pipe: pipe::Pipe,
    /// The batch that is being written, though perhaps nobody waits for it any more.
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

    async fn take(&mut self, changes: &[Change]) -> Result<(), SinkError> {
        // What failed is written again: nobody knows how much of it was read.
        let written = self.landed().await.unwrap_or_default();
        let (mut ids, mut lines) = (HashSet::new(), String::new());
        for change in changes {
            let id = change.change_id();
            if !written.contains(&id) {
                lines.push_str(&change.json());
                lines.push('\n');
                ids.insert(id);
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let result = self.write(lines).await?;
        self.flight = Some(Flight { changes: ids, result });
        self.landed().await?;
        Ok(())
    }

    /// Waits for the end of the batch that is being written, if there is one: the changes that it wrote.
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
        // Behind a batch that is still being written.
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
                    "no thread could be started to write: {cause}; look at the limits of the user"
                ))
            })?);
        }
        self.thread
            .as_ref()
            .ok_or_else(|| SinkError::new("there is no thread to write"))
    }

    /// The thread, or the pipe's task, is gone: the next delivery begins with new ones.
    fn broken_off(&mut self) -> SinkError {
        self.thread = None;
        SinkError::new("the writing was broken off; it is tried again")
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
        async move {
            timeout(time, self.take(changes))
                .await
                .unwrap_or_else(|_| Err(unread()))
        }
        .boxed()
    }
}

fn unread() -> SinkError {
    SinkError::new("nobody reads what is written; look at the reader")
}

fn write_stdout(lines: &[u8]) -> Result<(), SinkError> {
    let mut out = io::stdout().lock();
    out.write_all(lines).and_then(|()| out.flush()).map_err(|cause| {
        SinkError::new(format!(
            "standard output cannot be written: {cause}; whoever read it may have ended"
        ))
    })
}

#[cfg(test)]
mod tests;
