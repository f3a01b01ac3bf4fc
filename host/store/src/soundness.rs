//! The check of the whole file. That of a large store takes minutes where the disk is slow, so that it can be done beside other work, and given
//! up.

use super::{Reader, StoreError};

/// Gives up what a reader is doing, from another thread.
pub struct Interrupt(rusqlite::InterruptHandle);

impl Interrupt {
    /// The reader's work fails at once; without any, nothing happens.
    pub fn give_up(&self) {
        self.0.interrupt();
    }
}

impl Reader {
    /// The size of the file in bytes.
    ///
    /// # Errors
    /// The store failed.
    pub fn size(&self) -> Result<u64, StoreError> {
        let pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let bytes: i64 = self.connection.query_row(pages, [], |row| row.get(0))?;
        Ok(bytes.unsigned_abs())
    }

    /// Checks the whole file. Returns what is wrong with it, if anything.
    ///
    /// # Errors
    /// The file is too damaged to be read, or the check was given up.
    pub fn check(&self) -> Result<Option<String>, StoreError> {
        let found: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((found != "ok").then_some(found))
    }

    /// What gives up this reader's work.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(self.connection.get_interrupt_handle())
    }
}
