//! Taking subjects out of what is stored and of what waits to be delivered.

use rusqlite::Connection;

use super::{Store, StoreError};

const OF_SOURCE: &str = "subject IS NOT NULL AND room IN (SELECT number FROM room WHERE source = ?1)";

impl Store {
    /// Takes the subjects of all meetings of a source out of the store, also out of changes that wait for a sink: they become withheld,
    /// and the file no longer holds them. How many meetings had one.
    ///
    /// # Errors
    /// The store failed; nothing was changed, or what was changed is not yet overwritten in the file.
    pub fn purge_subjects(&mut self, source: &str) -> Result<u64, StoreError> {
        let purged = self.erase(|transaction| {
            let meetings = transaction.execute(
                &format!("UPDATE meeting SET subject = NULL, withheld = 1 WHERE {OF_SOURCE}"),
                [source],
            )?;
            hide_waiting(transaction, source)?;
            Ok(meetings)
        })?;
        Ok(u64::try_from(purged).unwrap_or_default())
    }

    /// Takes the subjects of a source's meetings out of the changes that wait for a sink.
    ///
    /// # Errors
    /// The store failed.
    pub fn hide_waiting(&self, source: &str) -> Result<(), StoreError> {
        Ok(hide_waiting(&self.connection, source)?)
    }

    /// Forgets where the last readings of a source's rooms ended, so that the next pass reads them as a whole.
    ///
    /// # Errors
    /// The store failed.
    pub fn forget_cursors(&self, source: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE room SET cursor = NULL WHERE source = ?1 AND cursor IS NOT NULL")?
            .execute([source])?;
        Ok(())
    }
}

fn hide_waiting(connection: &Connection, source: &str) -> Result<(), rusqlite::Error> {
    connection.execute(
        &format!("UPDATE outbox SET subject = NULL, withheld = 1 WHERE {OF_SOURCE}"),
        [source],
    )?;
    Ok(())
}
