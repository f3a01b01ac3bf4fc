//! A named pipe: it is written only while somebody has it open to read.
//!
//! It stays open between batches, so that its reader is not told that this was all. Up to 4,096 bytes (`PIPE_BUF`) are written whole or
//! not at all, so nearly every line is, also when the program is killed. What a reader had not read when it went away is lost.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
#[derive(Default)]
pub(super) struct Pipe {
    open: Arc<Mutex<Option<(Place, Sender)>>>,
}

impl Pipe {
    /// Writes lines, whether or not somebody waits for it, until nobody can wait for it any more.
    pub(super) fn write(
        &self,
        path: PathBuf,
        place: Place,
        lines: String,
    ) -> oneshot::Receiver<Result<(), SinkError>> {
        let open = Arc::clone(&self.open);
        let (mut done, result) = oneshot::channel();
        tokio::spawn(async move {
            let mut open = open.lock().await;
            let written = tokio::select! {
                biased;
                () = done.closed() => return,
                written = write(&mut open, &path, place, &lines) => written,
            };
            // Whoever waited may have left in this moment.
            let _ = done.send(written.map_err(|cause| unwritable(&path, &cause)));
        });
        result
    }
}

async fn write(open: &mut Option<(Place, Sender)>, path: &Path, place: Place, lines: &str) -> io::Result<()> {
    // Taken out: after an error, or in the middle, it is not used again, and its reader sees the end.
    let mut sender = match open.take() {
        // Another pipe may be called so now.
        Some((was, sender)) if was == place => sender,
        _ => OpenOptions::new().open_sender(path)?,
    };
    for line in lines.split_inclusive('\n') {
        sender.write_all(line.as_bytes()).await?;
    }
    *open = Some((place, sender));
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
