//! What is forgotten when its time is over, and the room that it leaves in the file.

use rusqlite::params;

use super::{Store, StoreError};

/// Rows of one transaction: others write between two.
const ROWS: i64 = 10_000;

impl Store {
    /// Forgets the meetings that ended before an instant (UTC seconds), and gives the room they took back to the file system. How many
    /// they were. No sink is told: they were not cancelled, they are past.
    ///
    /// # Errors
    /// The store failed; what was forgotten before stays forgotten.
    pub fn forget_before(&self, instant: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let rows = self.connection.execute(
                "DELETE FROM meeting WHERE (room, id) IN (SELECT room, id FROM meeting WHERE end_at < ?1 LIMIT ?2)",
                params![instant, ROWS],
            )?;
            if rows == 0 {
                break;
            }
            forgotten += rows as u64;
        }
        self.vacuum()?;
        Ok(forgotten)
    }

    /// Gives pages that are free back to the file system.
    fn vacuum(&self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
        let mut pages = statement.query([])?;
        // A page a step.
        while pages.next()?.is_some() {}
        Ok(())
    }
}
