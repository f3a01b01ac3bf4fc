//! A named pipe, which the sink writes only while a process has it open for reading.
//!
//! The pipe stays open between batches, so that its reader does not see an end. The system writes up to 4,096 bytes (`PIPE_BUF`) whole or
//! not at all, and so nearly every line, even when the program is killed. Once begun, a longer line is written to its end before anything
//! else goes into the pipe, even if its sink was replaced meanwhile. What a reader had not read when it ended is lost.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};

use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe::{OpenOptions, Sender};
use tokio::sync::{Mutex, oneshot};

use crate::SinkError;

/// The error of opening a pipe without a reader: `ENXIO`, the same number on every Unix.
const NO_READER: i32 = 6;

/// Device and inode.
pub(super) type Place = (u64, u64);

/// The place of the pipe, if it is one.
pub(super) fn find(path: &Path) -> Option<Place> {
    let data = std::fs::metadata(path).ok()?;
    data.file_type().is_fifo().then(|| (data.dev(), data.ino()))
}

/// A pipe, open from the first batch until an error.
type Open = Arc<Mutex<Option<Sender>>>;

/// The pipes in use. A sink shares its pipe with the sink that replaces it.
static OPEN: StdMutex<BTreeMap<Place, Weak<Mutex<Option<Sender>>>>> = StdMutex::new(BTreeMap::new());

/// The pipe at a place.
fn at(place: Place) -> Open {
    let mut all = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, open| open.strong_count() > 0);
    let known = all.entry(place).or_default();
    known.upgrade().unwrap_or_else(|| {
        let open = Open::default();
        *known = Arc::downgrade(&open);
        open
    })
}

/// The pipe that a sink wrote to last.
#[derive(Default)]
pub(super) struct Pipe {
    kept: Option<Open>,
}

impl Pipe {
    /// Writes lines in a task of its own, which ends early once the receiver is dropped.
    pub(super) fn write(
        &mut self,
        path: PathBuf,
        place: Place,
        lines: String,
    ) -> oneshot::Receiver<Result<(), SinkError>> {
        let open = at(place);
        // Keep it open until the next batch. By then another pipe may have the name.
        self.kept = Some(Arc::clone(&open));
        let (mut done, result) = oneshot::channel();
        tokio::spawn(async move {
            let mut open = tokio::select! {
                biased;
                () = done.closed() => return,
                open = open.lock() => open,
            };
            let written = write(&mut open, &path, &lines, || done.is_closed()).await;
            // The caller may have stopped waiting.
            let _ = done.send(written.map_err(|cause| unwritable(&path, &cause)));
        });
        result
    }
}

/// Writes lines until the caller gives up, but never stops in the middle of a line.
async fn write(
    open: &mut Option<Sender>,
    path: &Path,
    lines: &str,
    is_given_up: impl Fn() -> bool,
) -> io::Result<()> {
    // Taken out, so that after an error it is not used again and its reader sees the end.
    let mut sender = match open.take() {
        Some(sender) => sender,
        None => OpenOptions::new().open_sender(path)?,
    };
    for line in lines.split_inclusive('\n') {
        if is_given_up() {
            break;
        }
        sender.write_all(line.as_bytes()).await?;
    }
    *open = Some(sender);
    Ok(())
}

fn unwritable(path: &Path, cause: &io::Error) -> SinkError {
    if cause.raw_os_error() == Some(NO_READER) {
        return SinkError::new(format!(
            "no process reads the pipe {}; start its reader",
            path.display()
        ));
    }
    if cause.kind() == io::ErrorKind::BrokenPipe {
        return SinkError::new(format!(
            "no process reads the pipe {} any more; start its reader again",
            path.display()
        ));
    }
    super::file::unwritable(path, cause)
}

#[cfg(test)]
mod tests;
