//! The plugin directory: which files it holds, and reading them whole.
//!
//! Events of the operating system only say when to look: some get lost, and some mounts have none. Only what a look finds counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use collector_sandbox::LARGEST_FILE;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use super::log::LOG;
use super::machine::{Identity, Unread};

/// How often to look at the directory without a request.
const RESCAN: Duration = Duration::from_secs(2);
/// How often to look where there are no events, or no directory.
const POLL: Duration = Duration::from_millis(500);
/// The least time between two looks: a copy causes an event for each of its writes.
const GAP: Duration = Duration::from_millis(20);

/// The end of a connector's file name.
const ENDING: &str = ".wasm";

/// The connectors in the directory, by name. Without an identity: something is there, but the system does not tell what.
pub(super) type Listing = BTreeMap<String, Option<Identity>>;

/// Looks into the directory again and again, in a task of its own. Dropping this ends it.
pub(super) struct Watcher {
    requests: UnboundedSender<Instant>,
    looks: Receiver<io::Result<Listing>>,
}

impl Watcher {
    pub(super) fn start(directory: &Path) -> Self {
        let (requests, requested) = unbounded_channel();
        let (found, looks) = channel(1);
        tokio::spawn(look_again_and_again(directory.to_owned(), requested, found));
        Self { requests, looks }
    }

    /// Requests a look by then at the latest.
    pub(super) fn look_by(&self, at: Instant) {
        // The task lives as long as this.
        let _ = self.requests.send(at);
    }

    /// The result of the next look. Cancel-safe.
    pub(super) async fn next(&mut self) -> io::Result<Listing> {
        match self.looks.recv().await {
            Some(found) => found,
            // The runtime is ending, and with it every waiting task.
            None => std::future::pending().await,
        }
    }
}

async fn look_again_and_again(
    directory: PathBuf,
    mut requested: UnboundedReceiver<Instant>,
    found: Sender<io::Result<Listing>>,
) {
    let wake = Arc::new(Notify::new());
    let mut folder = Folder::new(directory.clone(), Arc::clone(&wake));
    loop {
        let begun = Instant::now();
        let looked = tokio::task::spawn_blocking(move || {
            let listing = folder.look();
            (folder, listing)
        });
        let listing;
        (folder, listing) = looked.await.unwrap_or_else(|error| {
            let folder = Folder::new(directory.clone(), Arc::clone(&wake));
            (folder, Err(io::Error::other(error)))
        });
        let mut next = begun + if folder.watch.is_some() { RESCAN } else { POLL };
        if found.send(listing).await.is_err() {
            return;
        }
        loop {
            tokio::select! {
                at = requested.recv() => match at {
                    Some(at) => next = next.min(at.max(begun + GAP)),
                    None => return,
                },
                () = wake.notified() => next = next.min(begun + GAP),
                () = sleep_until(next) => break,
            }
        }
    }
}

/// The directory and the watch on it.
struct Folder {
    path: PathBuf,
    wake: Arc<Notify>,
    watch: Option<(DirectoryNode, RecommendedWatcher)>,
    /// Whether the lack of events was reported.
    told: bool,
}

/// Identifies the directory: one that was removed and created again has no watch.
#[cfg(unix)]
type DirectoryNode = (u64, u64);
#[cfg(not(unix))]
type DirectoryNode = Option<std::time::SystemTime>;

impl Folder {
    fn new(path: PathBuf, wake: Arc<Notify>) -> Self {
        Self {
            path,
            wake,
            watch: None,
            told: false,
        }
    }

    /// Lists the directory. Watches first and looks then, so that no change is missed.
    fn look(&mut self) -> io::Result<Listing> {
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
                tracing::warn!(target: LOG, "cannot watch the plugin directory {} for changes ({error}); checking it \
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
        // Reading is no change, and the collector itself reads.
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
        // Follows links. A dangling link, or a file removed since, counts as absent.
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

/// The names of the connectors whose files are in the directory.
///
/// # Errors
/// The directory cannot be read.
pub fn installed_files(directory: &Path) -> io::Result<BTreeSet<String>> {
    Ok(list(directory)?.into_keys().collect())
}

/// The path of a connector's file.
pub(super) fn file(directory: &Path, connector: &str) -> PathBuf {
    directory.join(format!("{connector}{ENDING}"))
}

/// Reads the bytes of a file that has the expected identity before and after.
pub(super) fn read(path: &Path, expected: Identity) -> Result<Vec<u8>, Unread> {
    if expected.size > LARGEST_FILE {
        return Err(Unread::Failed(format!(
            "it has {} bytes; a connector may have at most {LARGEST_FILE}",
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
