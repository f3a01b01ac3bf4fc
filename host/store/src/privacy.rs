//! Subjects that may not be seen: they are no longer stored or delivered, and can be purged.

use std::time::Instant;

use rusqlite::Connection;

use super::places::drop_cursors;
use super::{Store, StoreError};

/// What to delete from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// The subjects of a source's meetings, including those in changes that wait for a sink.
    Subjects,
    /// Everything that a source collected.
    Everything,
}

impl Store {
    /// Sets whether the subjects of each source may be seen. This holds from now on for every pass, including one in progress, and for
    /// every delivery. Sources that are not named keep their setting: what was hidden while it was configured stays hidden afterwards.
    ///
    /// If a source is shown again, its next pass reads it in full, which brings its subjects back.
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
                // A reading of changes alone would not bring them back.
                drop_cursors(&transaction, source)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Removes the subjects of all meetings of a source from the store, including changes that wait for a sink: they become withheld, and
    /// the file no longer contains them. Goes room by room, so that others can write in between. Returns how many meetings had a subject.
    /// The next pass reads the source in full.
    ///
    /// # Errors
    /// The store failed; earlier changes stay, but may not be overwritten in the file yet.
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
                    super::same::forget(&transaction, room)?;
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

/// Whether the subjects of a source may not be seen.
pub(super) fn is_hidden(connection: &Connection, source: &str) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached("SELECT 1 FROM hidden WHERE source = ?1")?
        .exists([source])
}
