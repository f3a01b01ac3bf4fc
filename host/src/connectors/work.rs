//! What is done beside the keeper, so that nothing holds it up: looking, reading, compiling, checking, copying.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::Shared;
use super::check::{Place, Refusal, Task, check, refusal};
use super::folder::{self, Folder, Identity, Listing, Unread};
use super::kept::Kept;
use crate::sandbox::{Connector, Sandbox, Standing, digest};
use crate::store::SharedStore;
use tokio::sync::Semaphore;

/// What came of it, for the connector of this name.
pub(super) enum Done {
    Looked(io::Result<Listing>, bool),
    Read(String, Identity, Result<(Arc<[u8]>, String), Unread>, Place),
    Checked(Box<Checked>),
    Loaded(String, String, Result<Connector, Refusal>),
    Kept(String, String, Result<(), String>),
    Approved(Vec<(String, Option<String>)>),
}

/// A file that was checked.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) bytes: Arc<[u8]>,
    /// What it was checked against.
    pub(super) fingerprint: String,
    pub(super) result: Result<Connector, Refusal>,
}

pub(super) async fn look(folder: Arc<Mutex<Folder>>) -> Done {
    let looked = tokio::task::spawn_blocking(move || {
        let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        let listing = folder.look();
        (listing, folder.watching())
    });
    match looked.await {
        Ok((listing, watching)) => Done::Looked(listing, watching),
        Err(error) => Done::Looked(Err(io::Error::other(error)), false),
    }
}

/// Reads a file when there is a place for it. None when there are no places any more: the program ends.
pub(super) async fn read(
    places: Arc<Semaphore>,
    directory: PathBuf,
    name: String,
    expected: Identity,
) -> Done {
    let place = match places.acquire_owned().await {
        Ok(place) => place,
        // Nobody closes them.
        Err(_) => std::future::pending().await,
    };
    let path = folder::file(&directory, &name);
    let read = tokio::task::spawn_blocking(move || {
        let bytes = folder::read(&path, expected)?;
        let digest = digest(&bytes);
        Ok((Arc::from(bytes), digest))
    });
    let read = read
        .await
        .unwrap_or_else(|error| Err(Unread::Failed(error.to_string())));
    Done::Read(name, expected, read, place)
}

pub(super) async fn check_file(sandbox: Arc<Sandbox>, shared: Arc<Shared>, task: Task) -> Done {
    shared.compiled.fetch_add(1, Ordering::Relaxed);
    let path = folder::file(&shared.directory, &task.name);
    let result = check(&sandbox, &path, &task, &shared.refusals).await;
    drop(task.place);
    Done::Checked(Box::new(Checked {
        name: task.name,
        digest: task.digest,
        bytes: task.bytes,
        fingerprint: task.fingerprint,
        result,
    }))
}

pub(super) async fn load_kept(
    sandbox: Arc<Sandbox>,
    shared: Arc<Shared>,
    kept: Kept,
    name: String,
    digest: String,
) -> Done {
    let path = kept.path(&digest);
    let wanted = digest.clone();
    let read = tokio::task::spawn_blocking(move || kept.get(&wanted)).await;
    let loaded = match read {
        Ok(Ok(bytes)) => {
            shared.compiled.fetch_add(1, Ordering::Relaxed);
            let bytes = bytes.into();
            let loaded = sandbox.load_bytes(&path, &bytes, &shared.refusals, Standing::Proven);
            loaded.await.map_err(|error| {
                let cause = format!("the kept copy cannot be used any more: {error}");
                Refusal {
                    cause,
                    ..refusal(error)
                }
            })
        }
        Ok(Err(problem)) => Err(Refusal::of(problem)),
        Err(error) => Err(Refusal::of(error.to_string())),
    };
    Done::Loaded(name, digest, loaded)
}

pub(super) async fn keep(
    kept: Kept,
    name: String,
    digest: String,
    bytes: Arc<[u8]>,
    oldest: Option<String>,
) -> Done {
    let file = digest.clone();
    let path = kept.path(&digest);
    let written = tokio::task::spawn_blocking(move || kept.put(&file, &bytes, oldest.as_deref())).await;
    let written = match written {
        Ok(written) => written.map_err(|error| format!("{}: {error}", path.display())),
        Err(error) => Err(error.to_string()),
    };
    Done::Kept(name, digest, written)
}

pub(super) async fn approvals(store: SharedStore, names: Vec<String>) -> Done {
    let read = store.read(move |store| {
        let mut approved = Vec::new();
        for name in names {
            // A store that is busy is asked again.
            if let Ok(json) = store.approved(&name) {
                approved.push((name, json));
            }
        }
        Ok(approved)
    });
    Done::Approved(read.await.unwrap_or_default())
}
