//! What is forgotten when its time is over or its source is, and the room that it leaves in the file.

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::{BUSY, Store, StoreError};

/// How often the write-ahead log is tried to be emptied while somebody reads, and the pause between.
const CHECKPOINTS: usize = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);
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

    /// Forgets a source: its rooms, their meetings and what of them waits for sinks, and its last pass. How many meetings they were. No
    /// sink is told.
    ///
    /// # Errors
    /// The store failed; nothing was forgotten.
    pub fn forget_source(&mut self, source: &str) -> Result<u64, StoreError> {
        let meetings = self.stored_meetings(source)?;
        self.erase(|transaction| {
            // Meetings and waiting changes go with their rooms.
            transaction.execute("DELETE FROM room WHERE source = ?1", [source])?;
            transaction.execute("DELETE FROM pass WHERE source = ?1", [source])?;
            // What was found when it was authorized and validated names its rooms.
            super::administration::forget_target(transaction, &format!("source:{source}"))?;
            Ok(())
        })?;
        Ok(meetings)
    }

    /// Whether anything of a source is stored.
    ///
    /// # Errors
    /// The store failed.
    pub fn knows_source(&self, source: &str) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM room WHERE source = ?1) OR EXISTS (SELECT 1 FROM pass WHERE source = ?1)",
            [source],
            |row| row.get(0),
        )?)
    }

    /// Changes the store, and writes its file anew, so that what goes is in it no more: neither in a page, nor in the write-ahead log. (Too
    /// slow for every pass.)
    pub(super) fn erase<R>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<R, rusqlite::Error>,
    ) -> Result<R, StoreError> {
        let transaction = self.connection.transaction()?;
        let changed = change(&transaction)?;
        transaction.commit()?;
        self.connection.execute_batch("VACUUM")?;
        // An attempt that waited for a reader would keep everybody from writing meanwhile.
        self.connection.busy_timeout(Duration::ZERO)?;
        let emptied = self.empty_log();
        self.connection.busy_timeout(BUSY)?;
        if !emptied? {
            tracing::warn!(
                "another process reads the store: what was erased is overwritten in its write-ahead log when that process ends"
            );
        }
        Ok(changed)
    }

    /// Empties the write-ahead log. False when somebody reads in it for longer than is waited.
    fn empty_log(&self) -> Result<bool, StoreError> {
        for _ in 0..CHECKPOINTS {
            let busy: bool = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if !busy {
                return Ok(true);
            }
            std::thread::sleep(CHECKPOINT_PAUSE);
        }
        Ok(false)
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
