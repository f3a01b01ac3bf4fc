//! The revision of a store: what tells whether an answer that was computed from it would be the same again.

use super::{Reader, StoreError};

impl Reader {
    /// A text that changes with every change of rooms, spaces, bookings, readings and records, and that no other store has.
    ///
    /// # Errors
    /// The store failed.
    pub fn revision(&self) -> Result<String, StoreError> {
        let number = self.last_touched()?;
        // A store that is restored counts the same numbers again, and takes another id.
        Ok(format!("{}-{number}", self.id()?))
    }
}
