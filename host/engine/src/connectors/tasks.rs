//! Work beside the driver, so that nothing delays it: reading, checking and copying files, and the store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use collector_sandbox::{Connector, digest};
use collector_store::{ConnectorChange, SharedStore};
use collector_tasks::blocking::blocking;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::check::{Checker, File};
use super::copies::Copies;
use super::log::LOG;
use super::machine::{Description, Event, Identity, Refusal};
use super::permissions::Permissions;
use super::published::{Published, Version};
use super::watcher;

/// How often to look for an approval.
const POLL: Duration = Duration::from_millis(500);
/// The pause between two attempts to write to the store.
const PAUSE: Duration = Duration::from_secs(2);

/// The result of a task.
pub(super) enum Ended {
    Connector(String, Done),
    /// The approved permissions, by connector.
    Approvals(BTreeMap<String, String>),
    /// The changes are in the store.
    Written,
}

/// The resulting event for the connector, and what it brings that is not a plain value.
pub(super) type Done = (Event, Brought);

pub(super) enum Brought {
    Nothing,
    /// The file that was read.
    File(Arc<[u8]>, Place),
    /// The version that was loaded, and its bytes when no copy of it exists.
    Version(Version, Option<Arc<[u8]>>),
}

/// One of the places for files that are read and checked at the same time: each file may have a hundred megabytes. Dropping it returns the
/// place.
pub(super) type Place = OwnedSemaphorePermit;

/// What the work needs.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) checker: Checker,
    pub(super) copies: Copies,
    pub(super) published: Arc<Published>,
}

impl Tools {
    /// Reads a file when a place is free.
    pub(super) async fn read(places: Arc<Semaphore>, path: PathBuf, identity: Identity) -> Done {
        let place = match places.acquire_owned().await {
            Ok(place) => place,
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        };
        let read = blocking(move || {
            let bytes = watcher::read(&path, identity)?;
            let digest = digest(&bytes);
            Ok((Arc::from(bytes), digest))
        });
        match read.await {
            Ok((bytes, digest)) => (Event::FileRead(identity, Ok(digest)), Brought::File(bytes, place)),
            Err(unread) => (Event::FileRead(identity, Err(unread)), Brought::Nothing),
        }
    }

    /// Checks a file.
    pub(super) async fn check(self, file: File, digest: String, against: String, place: Place) -> Done {
        self.published.count_compiled();
        let path = watcher::file(&self.published.directory, &file.connector);
        let checked = self.checker.check(&path, &file).await;
        drop(place);
        let (checked, brought) = loaded(checked, Some(file.bytes));
        (Event::FileChecked(digest, against, checked), brought)
    }

    /// Loads the copy of a version.
    pub(super) async fn load_copy(self, digest: String) -> Done {
        let (copies, wanted) = (self.copies.clone(), digest.clone());
        let copy = match blocking(move || copies.get(&wanted)).await {
            Ok(bytes) => {
                self.published.count_compiled();
                let path = self.copies.path(&digest);
                self.checker.load_copy(&path, bytes.into()).await
            }
            Err(problem) => Err(Refusal::of(problem)),
        };
        let (copy, brought) = loaded(copy, None);
        (Event::CopyLoaded(digest, copy), brought)
    }

    /// Copies a version, and removes another copy.
    pub(super) async fn write_copy(self, digest: String, bytes: Arc<[u8]>, remove: Option<String>) -> Done {
        let (path, name) = (self.copies.path(&digest), digest.clone());
        let written = blocking(move || self.copies.put(&name, &bytes, remove.as_deref())).await;
        let written = written.map_err(|error| format!("{}: {error}", path.display()));
        (Event::CopyWritten(digest, written), Brought::Nothing)
    }
}

fn loaded(
    loaded: Result<Connector, Refusal>,
    bytes: Option<Arc<[u8]>>,
) -> (Result<Description, Refusal>, Brought) {
    match loaded {
        Ok(connector) => {
            let manifest = connector.manifest();
            let description = (manifest.version.clone(), Permissions::of(manifest));
            (Ok(description), Brought::Version(Version { connector }, bytes))
        }
        Err(refusal) => (Err(refusal), Brought::Nothing),
    }
}

/// Looks for approvals after a pause.
pub(super) async fn approvals(store: SharedStore) -> Ended {
    sleep(POLL).await;
    let read = store.read(|store| {
        let approved = store.connectors()?.into_iter();
        Ok(approved
            .filter_map(|record| Some((record.name, record.approved?)))
            .collect())
    });
    // If the store is busy, it is asked again.
    Ended::Approvals(read.await.unwrap_or_default())
}

/// Writes changes, all or nothing, and tries again until it works.
pub(super) async fn write(store: SharedStore, changes: Vec<ConnectorChange>) -> Ended {
    let changes = Arc::new(changes);
    let mut failing = false;
    loop {
        let batch = Arc::clone(&changes);
        let Err(error) = store.write(move |store| store.put_connectors(&batch)).await else {
            return Ended::Written;
        };
        if !failing {
            tracing::warn!(target: LOG, "cannot write a connector event to the store yet, will try again: {error:#}");
        }
        failing = true;
        sleep(PAUSE).await;
    }
}
