//! The check of the store at a start. A large store is checked while the service already works: reading gigabytes takes minutes where the disk is
//! slow, and what was collected meanwhile is collected again from a backup's position.

use std::time::Instant;

use collector_store::{Interrupt, Reader};
use tokio::sync::oneshot;

/// The bytes from which a store is checked while the service works. Less is read within a few seconds.
pub(super) const LARGE: u64 = 512 << 20;

/// A check on a thread of its own. Dropping it gives it up.
pub(super) struct Checking(Option<Running>);

struct Running {
    interrupt: Interrupt,
    /// Receives the fault.
    fault: oneshot::Receiver<String>,
}

impl Checking {
    /// A check that is over.
    pub(super) const OVER: Self = Self(None);

    /// Begins to check the store of a reader.
    ///
    /// # Errors
    /// The system starts no thread.
    pub(super) fn begin(reader: Reader) -> std::io::Result<Self> {
        let interrupt = reader.interrupt();
        let (found, fault) = oneshot::channel();
        // Not the executor's own threads for blocking work: its end would wait for this one.
        std::thread::Builder::new()
            .name("check of the store".to_owned())
            .spawn(move || check(&reader, found))?;
        Ok(Self(Some(Running { interrupt, fault })))
    }

    /// Waits until the store was found damaged, and tells the first fault. Waits for ever if it is sound.
    pub(super) async fn fault(&mut self) -> String {
        if let Some(running) = &mut self.0 {
            match (&mut running.fault).await {
                Ok(fault) => return fault,
                Err(_) => self.0 = None,
            }
        }
        std::future::pending().await
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        if let Some(Running { interrupt, fault }) = self.0.take() {
            // First: nobody is to receive the error of a check that was given up.
            drop(fault);
            interrupt.give_up();
        }
    }
}

fn check(reader: &Reader, found: oneshot::Sender<String>) {
    let begun = Instant::now();
    match reader.check() {
        Ok(None) => {
            let seconds = begun.elapsed().as_secs();
            tracing::info!(seconds, "the store was checked and is sound");
        }
        Ok(Some(fault)) => drop(found.send(fault)),
        Err(error) => drop(found.send(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use collector_store::Store;

    use super::*;

    /// A store in a directory, whose pages from the third on hold nothing that is right.
    fn damaged(directory: &std::path::Path) -> Reader {
        let reader = Store::open(directory).unwrap().again().unwrap().unwrap();
        let file = directory.join("collector.sqlite3");
        let mut content = std::fs::read(&file).unwrap();
        content[3 * 4_096..].fill(0x5a);
        std::fs::write(&file, content).unwrap();
        reader
    }

    #[tokio::test]
    async fn a_fault_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let mut checking = Checking::begin(damaged(directory.path())).unwrap();
        assert!(!checking.fault().await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sound_store_has_none() {
        let directory = tempfile::tempdir().unwrap();
        let reader = Store::open(directory.path()).unwrap().again().unwrap().unwrap();
        let mut checking = Checking::begin(reader).unwrap();
        let waited = tokio::time::timeout(Duration::from_secs(60), checking.fault()).await;
        assert!(waited.is_err());
    }
}
