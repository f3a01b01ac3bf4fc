//! Notices changes of the configuration file by looking at it twice a second. That works on every file system, through renames, and
//! through mounts that do not report changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const LOOK: Duration = Duration::from_millis(500);

/// The state of a file, as far as it shows without reading the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    modified: Option<SystemTime>,
    length: u64,
    file: u64,
}

/// A watched file.
#[derive(Debug)]
pub(super) struct WatchedFile {
    path: PathBuf,
    seen: Option<Mark>,
}

impl WatchedFile {
    /// Watches a file; its present state counts as seen.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            seen: mark(path),
        }
    }

    /// Marks the present state as seen.
    pub(super) fn saw(&mut self) {
        self.seen = mark(&self.path);
    }

    /// Waits until the file has changed and then stayed the same for a moment.
    pub(super) async fn changed(&mut self) {
        let mut before = mark(&self.path);
        loop {
            tokio::time::sleep(LOOK).await;
            let now = mark(&self.path);
            // A missing file is about to come back: editors replace it.
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
