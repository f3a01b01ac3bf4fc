//! A store that tasks share: one works on it at a time, away from the executor's threads.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::{Store, StoreError};

/// A store that slices, deliveries and pages share.
pub type SharedStore = Arc<Mutex<Store>>;

/// Works on a store away from the executor's threads.
///
/// # Errors
/// The work's own; or it was broken off.
pub async fn work<R: Send + 'static>(
    store: &SharedStore,
    work: impl FnOnce(&mut Store) -> Result<R, StoreError> + Send + 'static,
) -> anyhow::Result<R> {
    let store = Arc::clone(store);
    let done =
        tokio::task::spawn_blocking(move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner)));
    Ok(done.await.context("the work on the store was broken off")??)
}
