//! Subjects that may not be looked at: they are not stored any more, not delivered, and taken out when that is asked for.

use std::time::Instant;

use rusqlite::Connection;

use super::attempts::drop_cursors;
use super::{Store, StoreError};

impl Store {
    /// Says of which sources subjects may be looked at; from here on this holds for every pass, also for one that is under way, and for every
    /// delivery. A source that is not named stays as it was: what was hidden while it was configured is hidden when it no longer is.
    ///
    /// A source that is shown again is read as a whole by its next pass, which brings its subjects back.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn set_viewing<'a>(
        &mut self,
        sources: impl IntoIterator<Item = (&'a str, bool)>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (source, viewing) in sources {
            if !viewing {
                transaction
                    .prepare_cached("INSERT OR IGNORE INTO hidden (source) VALUES (?1)")?
                    .execute([source])?;
            } else if transaction
                .prepare_cached("DELETE FROM hidden WHERE source = ?1")?
                .execute([source])?
                > 0
            {
                // A reading of changes alone would not bring them.
                drop_cursors(&transaction, source)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Takes the subjects of all meetings of a source out of the store, also out of changes that wait for a sink: they become withheld,
    /// and the file no longer holds them. It goes room by room, and others write between two. How many meetings had one. The next pass
    /// reads the source as a whole.
    ///
    /// # Errors
    /// The store failed; what was changed before stays so, and may not be overwritten in the file yet.
    pub fn purge_subjects(&mut self, source: &str) -> Result<u64, StoreError> {
        let mut purged = 0;
        drop_cursors(&self.connection, source)?;
        for room in self.room_numbers(source)? {
            let transaction = self.connection.transaction()?;
            let begun = Instant::now();
            for table in ["meeting", "outbox"] {
                let rows = transaction
                    .prepare_cached(&format!(
                        "UPDATE {table} SET subject = NULL, withheld = 1 WHERE room = ?1 AND subject IS NOT NULL"
                    ))?
                    .execute([room])?;
                if table == "meeting" {
                    purged += rows as u64;
                }
            }
            transaction.commit()?;
            self.make_room(begun);
        }
        self.overwrite()?;
        Ok(purged)
    }
}

/// Whether the subjects of a source may not be looked at.
pub(super) fn is_hidden(connection: &Connection, source: &str) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached("SELECT 1 FROM hidden WHERE source = ?1")?
        .exists([source])
}
