//! A store that tasks share: one writes at a time, several read beside it, each on a connection of its own, and all away from the
//! executor's threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use tokio::sync::Semaphore;

use super::{Reader, Store, StoreError};

/// Connections that read at once: pages, metrics and deliveries need few, and each has its own cache.
const READERS: usize = 4;

/// A store that slices, deliveries and pages share. Clones are handles to the same store.
#[derive(Clone)]
pub struct SharedStore(Arc<Inner>);

/// They are closed in this order: the last one moves the write-ahead log into the file and removes it, which only a writer can do.
struct Inner {
    /// None: the store is in memory, and readers take turns with the writer.
    readers: Option<Readers>,
    /// Writers wait here rather than on a thread.
    turn: Arc<Semaphore>,
    writer: Mutex<Store>,
}

struct Readers {
    data: PathBuf,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
}

impl SharedStore {
    /// Shares a store.
    pub fn new(store: Store) -> Self {
        let readers = store.data.clone().map(|data| Readers {
            data,
            places: Arc::new(Semaphore::new(READERS)),
            idle: Mutex::default(),
        });
        Self(Arc::new(Inner {
            writer: Mutex::new(store),
            turn: Arc::new(Semaphore::new(1)),
            readers,
        }))
    }

    /// Changes the store. Long work belongs in [`SharedStore::beside`].
    ///
    /// # Errors
    /// The work failed or panicked.
    pub async fn write<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<R, StoreError> + Send + 'static,
    ) -> anyhow::Result<R> {
        let turn = Arc::clone(&self.0.turn).acquire_owned().await?;
        let shared = self.clone();
        away(move || {
            let done = work(&mut shared.lock());
            drop(turn);
            done
        })
        .await
    }

    /// Reads the store beside a writer: sees everything committed before.
    ///
    /// # Errors
    /// The work failed or panicked.
    pub async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<R, StoreError> + Send + 'static,
    ) -> anyhow::Result<R> {
        let Some(readers) = &self.0.readers else {
            return self.write(move |store| work(store)).await;
        };
        let place = Arc::clone(&readers.places).acquire_owned().await?;
        let shared = self.clone();
        away(move || {
            let done = shared.read_now(work);
            drop(place);
            done
        })
        .await
    }

    /// Does long work that itself leaves time for others, on a connection of its own.
    ///
    /// # Errors
    /// The work failed or panicked.
    pub async fn beside<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<R, StoreError> + Send + 'static,
    ) -> anyhow::Result<R> {
        match &self.0.readers {
            None => self.write(work).await,
            Some(readers) => {
                let data = readers.data.clone();
                away(move || work(&mut Store::open(&data)?)).await
            }
        }
    }

    /// The store itself, for callers on a thread that may block.
    pub fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now<R>(&self, work: impl FnOnce(&Reader) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let Some(readers) = &self.0.readers else {
            return work(&self.lock());
        };
        let idle = || readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let reader = match kept {
            Some(reader) => reader,
            None => Reader::open(&readers.data)?,
        };
        let done = work(&reader)?;
        // A connection that failed is not used again.
        idle().push(reader);
        Ok(done)
    }
}

async fn away<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, StoreError> + Send + 'static,
) -> anyhow::Result<R> {
    let done = tokio::task::spawn_blocking(work);
    Ok(done.await.context("the work on the store was aborted")??)
}
