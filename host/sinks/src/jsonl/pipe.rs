//! A named pipe: it is written only while somebody has it open to read.
//!
//! It stays open between batches, so that its reader is not told that this was all. Up to 4,096 bytes (`PIPE_BUF`) are written whole or
//! not at all, so nearly every line is, also when the program is killed. A longer line that was begun is written to its end before anything
//! else goes into the pipe, also when its sink was made anew meanwhile. What a reader had not read when it went away is lost.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};

use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe::{OpenOptions, Sender};
use tokio::sync::{Mutex, oneshot};

use crate::SinkError;

/// What opening a pipe gives that has no reader: `ENXIO`, the same number on every Unix.
const NO_READER: i32 = 6;

/// Device and inode.
pub(super) type Place = (u64, u64);

/// The place of the pipe, if it is one.
pub(super) fn find(path: &Path) -> Option<Place> {
    let data = std::fs::metadata(path).ok()?;
    data.file_type().is_fifo().then(|| (data.dev(), data.ino()))
}

/// A pipe that is open after the first batch, until something went wrong.
type Open = Arc<Mutex<Option<Sender>>>;

/// Those that somebody uses: two sinks that follow each other share theirs.
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

/// The pipe that a sink wrote last.
#[derive(Default)]
pub(super) struct Pipe {
    kept: Option<Open>,
}

impl Pipe {
    /// Writes lines, whether or not somebody waits for it, until nobody can wait for it any more.
    pub(super) fn write(
        &mut self,
        path: PathBuf,
        place: Place,
        lines: String,
    ) -> oneshot::Receiver<Result<(), SinkError>> {
        let open = at(place);
        // Kept open until the next batch. Another pipe may be called so then.
        self.kept = Some(Arc::clone(&open));
        let (mut done, result) = oneshot::channel();
        tokio::spawn(async move {
            let mut open = tokio::select! {
                biased;
                () = done.closed() => return,
                open = open.lock() => open,
            };
            let written = write(&mut open, &path, &lines, || done.is_closed()).await;
            // Whoever waited may have left.
            let _ = done.send(written.map_err(|cause| unwritable(&path, &cause)));
        });
        result
    }
}

/// Writes lines, until nobody wants them any more: not in the middle of one.
async fn write(
    open: &mut Option<Sender>,
    path: &Path,
    lines: &str,
    is_given_up: impl Fn() -> bool,
) -> io::Result<()> {
    // Taken out: after an error it is not used again, and its reader sees the end.
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
            "nobody reads the pipe {}; start its reader",
            path.display()
        ));
    }
    if cause.kind() == io::ErrorKind::BrokenPipe {
        return SinkError::new(format!(
            "nobody reads the pipe {} any more; start its reader again",
            path.display()
        ));
    }
    super::file::unwritable(path, cause)
}

#[cfg(test)]
mod tests;
