//! The plugin directory: which files are there, when to look again, and bytes that are whole.
//!
//! Events of the operating system only say when to look: they get lost, and some mounts have none. What is true is what a look
//! finds.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::sandbox::LARGEST_FILE;

/// The end of a connector's file name.
const ENDING: &str = ".wasm";

/// What tells whether a file is another one or was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    size: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change of either content or name: a copy may bring back an old modification time.
    #[cfg(unix)]
    node: (u64, u64, i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node: (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            ),
        }
    }
}

/// The connectors in the directory, by name. Without an identity: there is something, and it cannot be told what.
pub(super) type Listing = BTreeMap<String, Option<Identity>>;

/// The directory and the watch on it.
pub(super) struct Folder {
    path: PathBuf,
    wake: Arc<Notify>,
    watch: Option<(DirectoryNode, RecommendedWatcher)>,
    /// Whether it was said that there are no events.
    told: bool,
}

/// Which directory it is: one that was removed and made again has no watch.
#[cfg(unix)]
type DirectoryNode = (u64, u64);
#[cfg(not(unix))]
type DirectoryNode = Option<SystemTime>;

impl Folder {
    pub(super) fn new(path: PathBuf, wake: Arc<Notify>) -> Self {
        Self {
            path,
            wake,
            watch: None,
            told: false,
        }
    }

    /// Whether changes are told by events.
    pub(super) fn watching(&self) -> bool {
        self.watch.is_some()
    }

    /// What is there now. Watches first and looks then, so that nothing falls between.
    pub(super) fn look(&mut self) -> io::Result<Listing> {
        let looked = self.keep_watching().and_then(|()| list(&self.path));
        if looked.is_err() {
            self.watch = None;
        }
        looked
    }

    fn keep_watching(&mut self) -> io::Result<()> {
        let metadata = std::fs::metadata(&self.path)?;
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let node = metadata.created().ok();
        if self.watch.as_ref().is_some_and(|(watched, _)| *watched == node) {
            return Ok(());
        }
        self.watch = None;
        match watch(&self.path, &self.wake) {
            Ok(watcher) => {
                self.watch = Some((node, watcher));
                self.told = false;
            }
            Err(error) if !self.told => {
                self.told = true;
                tracing::warn!(target: super::keeper::LOG, "the plugin directory {} cannot be watched ({error}); it is looked at \
                    twice a second instead", self.path.display());
            }
            Err(_) => {}
        }
        Ok(())
    }
}

fn watch(path: &Path, wake: &Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let wake = Arc::clone(wake);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading is no change, and is what we do ourselves.
        let reading = event.is_ok_and(|event| match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            EventKind::Access(_) => true,
            _ => false,
        });
        if !reading {
            wake.notify_one();
        }
    })?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

fn list(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let file = entry.file_name();
        let Some(name) = file.to_str().and_then(|file| file.strip_suffix(ENDING)) else {
            continue;
        };
        if name.is_empty() || name.starts_with('.') {
            continue;
        }
        // Follows links. One that leads nowhere, or was removed since, is not there.
        match std::fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_file() => {
                listing.insert(name.to_owned(), Some(Identity::of(&metadata)));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                listing.insert(name.to_owned(), None);
            }
            _ => {}
        }
    }
    Ok(listing)
}

/// The path of a connector's file.
pub(super) fn file(directory: &Path, connector: &str) -> PathBuf {
    directory.join(format!("{connector}{ENDING}"))
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It changed before or while it was read: it is to be looked at again.
    Changed,
    /// It cannot be.
    Failed(String),
}

/// The bytes of a file that is the expected one before and after.
pub(super) fn read(path: &Path, expected: Identity) -> Result<Vec<u8>, Unread> {
    if expected.size > LARGEST_FILE {
        return Err(Unread::Failed(format!(
            "it has {} bytes; a connector has at most {LARGEST_FILE}",
            expected.size
        )));
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Changed,
        _ => Unread::Failed(format!(
            "it cannot be read ({error}); check the permissions of the file and its directory"
        )),
    };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let identity = |file: &std::fs::File| file.metadata().map(|metadata| Identity::of(&metadata));
    if identity(&file).map_err(failed)? != expected {
        return Err(Unread::Changed);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected.size).unwrap_or_default());
    file.by_ref()
        .take(LARGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length == expected.size);
    if !whole || identity(&file).map_err(failed)? != expected {
        return Err(Unread::Changed);
    }
    Ok(bytes)
}
