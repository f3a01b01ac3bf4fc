//! What a pass needs of the store.

use anyhow::Error;
use async_trait::async_trait;
use collector_commit::usage::{Committed, SpaceReading};
use collector_commit::{RoomChanges, RoomReading};
use collector_model::pass::{Counts, Cursors, PassRecord, Past, Places, Trouble};
use collector_model::room::Room;
use collector_model::space::Space;

/// A store into which passes of sources collect. Whoever holds it may collect the source; another that took over in the meantime makes everything that is
/// to be stored fail.
///
/// Errors are words for people: the store failed, and nothing of the call was stored.
#[async_trait]
pub trait Collected: Send + Sync {
    /// How many rooms or spaces of a source there are.
    ///
    /// # Errors
    /// The store failed.
    async fn counts(&self, places: Places, source: &str) -> Result<Counts, Error>;

    /// Stores the rooms of a source that were found. One that was not stays with its meetings, but is no longer listed, unless one of its lists is among
    /// `unread`.
    ///
    /// # Errors
    /// The store failed.
    async fn put_rooms(&self, source: &str, rooms: Vec<Room>, unread: Vec<String>) -> Result<(), Error>;

    /// Stores the spaces of a source that were found. One that was not stays with its records, but is no longer listed, unless `is_partial`.
    ///
    /// # Errors
    /// The store failed.
    async fn put_spaces(&self, source: &str, spaces: Vec<Space>, is_partial: bool) -> Result<(), Error>;

    /// The histories of attempts to read rooms or spaces of a source, in the order of their names.
    ///
    /// # Errors
    /// The store failed.
    async fn pasts(&self, places: Places, source: &str, names: Vec<String>) -> Result<Vec<Past>, Error>;

    /// The cursors of rooms or spaces of a source, in the order of their names.
    ///
    /// # Errors
    /// The store failed.
    async fn cursors(&self, places: Places, source: &str, names: Vec<String>) -> Result<Cursors, Error>;

    /// Stores the readings of rooms of a source, each room once, at a UTC second: each as a whole or not at all. What changed, in their order; if storing
    /// one fails, the others are not lost.
    async fn commit_rooms(
        &self,
        source: &str,
        readings: Vec<RoomReading>,
        now: i64,
    ) -> Vec<Result<RoomChanges, Error>>;

    /// The same of the records of spaces.
    async fn commit_spaces(
        &self,
        source: &str,
        readings: Vec<SpaceReading>,
        now: i64,
    ) -> Vec<Result<Committed, Error>>;

    /// Stores attempts to read rooms or spaces of a source, with their trouble (none if one was collected). `at`: UTC milliseconds.
    ///
    /// # Errors
    /// The store failed.
    async fn put_attempts(
        &self,
        places: Places,
        source: &str,
        at: i64,
        attempts: Vec<(String, Option<Trouble>)>,
    ) -> Result<(), Error>;

    /// Stores the outcomes of rooms or spaces of a source: name, outcome, cause. `at`: UTC seconds. An unchanged outcome keeps its time.
    ///
    /// # Errors
    /// The store failed.
    async fn put_outcomes(
        &self,
        places: Places,
        source: &str,
        at: i64,
        outcomes: Vec<(String, &'static str, Option<String>)>,
    ) -> Result<(), Error>;

    /// Stores the record of a pass, in place of the source's last one. Ignores `success_at` in the record: it follows from the verdict and the stored one.
    ///
    /// # Errors
    /// The store failed.
    async fn put_pass(&self, pass: PassRecord) -> Result<(), Error>;
}

/// What became of so many that were to be stored together, if nothing was, for one reason.
pub fn all_failed<T>(error: &Error, count: usize) -> Vec<Result<T, Error>> {
    let words = format!("{error:#}");
    (0..count).map(|_| Err(Error::msg(words.clone()))).collect()
}
