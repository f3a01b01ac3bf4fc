//! Notices that the configuration file changed. One file is looked at twice a second: that works on every file system, through renames
//! and through mounts that tell nobody of their changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const LOOK: Duration = Duration::from_millis(500);

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    modified: Option<SystemTime>,
    length: u64,
    file: u64,
}

/// One file.
#[derive(Debug)]
pub(super) struct WatchedFile {
    path: PathBuf,
    seen: Option<Mark>,
}

impl WatchedFile {
    /// The file as it is now.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            seen: mark(path),
        }
    }

    /// The file as it is now is known.
    pub(super) fn saw(&mut self) {
        self.seen = mark(&self.path);
    }

    /// Waits until the file was changed and has been left alone since.
    pub(super) async fn changed(&mut self) {
        let mut before = mark(&self.path);
        loop {
            tokio::time::sleep(LOOK).await;
            let now = mark(&self.path);
            // A file that is gone is about to come back: editors replace it.
            if now.is_some() && now == before && now != self.seen {
                self.seen = now;
                return;
            }
            before = now;
        }
    }
}

fn mark(path: &Path) -> Option<Mark> {
    let data = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(&data);
    #[cfg(not(unix))]
    let file = 0;
    Some(Mark {
        modified: data.modified().ok(),
        length: data.len(),
        file,
    })
}
