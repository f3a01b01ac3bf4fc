//! Removes meetings, usage and coverage records that are past their time, and sources, and returns their space in the file.
//!
//! All of this takes long: it runs in small transactions with pauses, so that others can write in between, and on a connection of its own
//! ([`super::SharedStore::beside`]).

use std::time::{Duration, Instant};

use collector_commit::{Aged, Deleted, Expiry, has_jumped, hold};
use rusqlite::{ToSql, named_params, params};

use super::outbox::forget_room;
use super::places::drop_cursors;
use super::{BUSY, Reader, Store, StoreError};

/// How often to try to empty the write-ahead log while others read, and the pause between.
const CHECKPOINTS: usize = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);
/// Rows per transaction: others write between two.
const ROWS: i64 = 500;
/// Pages returned at once.
const PAGES: i64 = 500;
/// The pause for other writers between two transactions: at least this long, and a multiple of the time of the last transaction. A process
/// that waits for another's transaction waits in steps, and so longer than the transaction takes.
const ROOM: Duration = Duration::from_millis(5);
const ROOM_TIMES: u32 = 3;
/// The longest such pause: the last transaction may itself have waited.
const MOST_ROOM: Duration = Duration::from_millis(250);

impl Reader {
    /// Why meetings and records past their time are kept; none if they are removed.
    ///
    /// # Errors
    /// The store failed.
    pub fn retention_held(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT held FROM store", [], |row| row.get(0))?)
    }

    /// The number of meetings that ended before an instant (UTC seconds), and of all meetings.
    fn ended_before(&self, instant: i64) -> Result<(u64, u64), StoreError> {
        Ok(self.connection.query_row(
            "SELECT coalesce(sum((SELECT count(*) FROM meeting WHERE meeting.room = number AND end_at < ?1)), 0), coalesce(sum(meetings), 0)
             FROM room",
            [instant],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    }

    /// Since when the calendar of any room is known, in UTC seconds; none if none was ever read as a whole.
    ///
    /// # Errors
    /// The store failed.
    pub fn known_since(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT min(known_from) FROM room", [], |row| row.get(0))?)
    }

    /// Whether anything is stored for a source.
    ///
    /// # Errors
    /// The store failed.
    pub fn knows_source(&self, source: &str) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM room WHERE source = ?1) OR EXISTS (SELECT 1 FROM space WHERE source = ?1)
                OR EXISTS (SELECT 1 FROM pass WHERE source = ?1) OR EXISTS (SELECT 1 FROM usage_source WHERE name = ?1)",
            [source],
            |row| row.get(0),
        )?)
    }

    /// The sources of which a pass, a room or a space is stored, in order.
    ///
    /// # Errors
    /// The store failed.
    pub fn collected_sources(&self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .connection
            .prepare(
                "SELECT source FROM pass UNION SELECT source FROM room UNION SELECT source FROM space ORDER BY source",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The store's own numbers of a source's rooms, including those no longer listed.
    pub(super) fn room_numbers(&self, source: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self
            .connection
            .prepare("SELECT number FROM room WHERE source = ?1 ORDER BY number")?
            .query_map([source], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// Removes what is past its time, and returns how much. If the clock seems to have jumped since the last time, and more than so many per
    /// cent of all meetings or of all records are that old, it removes nothing and returns the reason as the inner error, until
    /// [`Store::allow_retention`]: a wrong clock must not cost what cannot be collected again.
    ///
    /// # Errors
    /// The store failed; what was removed before stays removed.
    pub fn forget_when_allowed(
        &mut self,
        expiry: Expiry,
        now: i64,
        at_most: u8,
    ) -> Result<Result<Deleted, String>, StoreError> {
        let last: Option<i64> = self
            .connection
            .query_row("SELECT kept_at FROM store", [], |row| row.get(0))?;
        if has_jumped(last, now) {
            let meetings = expiry
                .meetings
                .map(|instant| self.ended_before(instant))
                .transpose()?;
            let usage = expiry
                .usage
                .map(|instant| self.usage_began_before(instant))
                .transpose()?;
            if let Some(hold) = hold(last, now, at_most, Aged { meetings, usage }) {
                self.connection.execute("UPDATE store SET held = ?1", [&hold])?;
                return Ok(Err(hold));
            }
        }
        self.set_kept(now)?;
        let mut expired = Deleted::default();
        if let Some(instant) = expiry.meetings {
            expired.meetings = self.forget_before(instant)?;
        }
        if let Some(instant) = expiry.usage {
            expired.usage = self.forget_usage_before(instant)?;
        }
        Ok(Ok(expired))
    }

    /// Allows the removal of meetings and records that are past their time by the present clock.
    ///
    /// # Errors
    /// The store failed.
    pub fn allow_retention(&mut self, now: i64) -> Result<(), StoreError> {
        self.set_kept(now)
    }

    fn set_kept(&self, now: i64) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE store SET kept_at = ?1, held = NULL", [now])?;
        Ok(())
    }

    /// Removes the meetings that ended before an instant (UTC seconds), and returns their space to the file system. Returns how many there
    /// were. Sinks are not informed: these meetings are past, not cancelled.
    ///
    /// # Errors
    /// The store failed; what was removed before stays removed.
    pub fn forget_before(&mut self, instant: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        let rooms: Vec<i64> = self
            .connection
            .prepare("SELECT number FROM room ORDER BY number")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for room in rooms {
            while self.has_ended_before(room, instant)? {
                let begun = Instant::now();
                forgotten += self.forget_some_before(room, instant)?;
                self.make_room(begun);
            }
            super::booking::forget_before(&self.connection, room, instant)?;
        }
        self.vacuum()?;
        Ok(forgotten)
    }

    fn has_ended_before(&self, room: i64, instant: i64) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM meeting WHERE room = ?1 AND end_at < ?2")?
            .exists([room, instant])?)
    }

    fn forget_some_before(&mut self, room: i64, instant: i64) -> Result<u64, StoreError> {
        let transaction = self.connection.transaction()?;
        let rows = transaction
            .prepare_cached(
                "DELETE FROM meeting WHERE slot IN (SELECT slot FROM meeting WHERE room = ?1 AND end_at < ?2 LIMIT ?3)",
            )?
            .execute([room, instant, ROWS])?;
        // A snapshot makes no statement about removed meetings.
        transaction
            .prepare_cached(
                "UPDATE room SET meetings = meetings - ?2, known_from = max(known_from, ?3) WHERE number = ?1",
            )?
            .execute(params![room, rows, instant])?;
        transaction.commit()?;
        Ok(rows as u64)
    }

    /// Removes a source: its rooms, their meetings and waiting changes, its usage and coverage records, and its last pass. Returns how much
    /// there was. Sinks are not informed.
    ///
    /// # Errors
    /// The store failed; what was removed before stays removed, but may not be overwritten in the file yet.
    pub fn forget_source(&mut self, source: &str) -> Result<Deleted, StoreError> {
        let meetings = self.stored_meetings(source)?;
        // If this is broken off and the source is collected again, its rooms are read as if for the first time.
        self.forget_readings(source)?;
        for room in self.room_numbers(source)? {
            while self.has_ended_before(room, i64::MAX)? {
                let begun = Instant::now();
                self.forget_some_before(room, i64::MAX)?;
                self.make_room(begun);
            }
            let transaction = self.connection.transaction()?;
            // While it is still known whose it is: figures must not keep what a room was found to have.
            super::booking::forget_before(&transaction, room, i64::MAX)?;
            forget_room(&transaction, room)?;
            transaction.commit()?;
        }
        let usage = self.forget_usage(source)?;
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM space WHERE source = ?1", [source])?;
        transaction.execute("DELETE FROM pass WHERE source = ?1", [source])?;
        // The results of authorizing and validating the source name its rooms.
        super::administration::forget_target(&transaction, &format!("source:{source}"))?;
        transaction.commit()?;
        self.overwrite()?;
        Ok(Deleted { meetings, usage })
    }

    /// Makes the rooms of a source such as were never read.
    fn forget_readings(&mut self, source: &str) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        drop_cursors(&transaction, source)?;
        transaction.execute("UPDATE room SET known_from = NULL WHERE source = ?1", [source])?;
        Ok(transaction.commit()?)
    }

    /// Runs a statement that removes at most `:rows` rows, until none is left, with pauses for other writers. Returns how many rows it
    /// removed.
    pub(super) fn in_small_transactions(
        &mut self,
        statement: &str,
        parameters: &[(&str, &dyn ToSql)],
    ) -> Result<u64, StoreError> {
        let parameters = [parameters, named_params! { ":rows": ROWS }].concat();
        let mut removed = 0;
        loop {
            let begun = Instant::now();
            let rows = self
                .connection
                .prepare_cached(statement)?
                .execute(parameters.as_slice())?;
            removed += rows as u64;
            self.make_room(begun);
            if i64::try_from(rows).is_ok_and(|rows| rows < ROWS) {
                return Ok(removed);
            }
        }
    }

    /// Makes sure that removed content is no longer in the file, neither in a page nor in the write-ahead log. (Too slow for every pass.)
    pub(super) fn overwrite(&mut self) -> Result<(), StoreError> {
        if self.erase_leftovers()? {
            self.vacuum()?;
        } else {
            // Nothing else writes now.
            self.connection.execute_batch("VACUUM")?;
        }
        if !self.without_waiting(Self::empty_log)? {
            tracing::warn!(
                "another process is reading the store, so erased data stays in the write-ahead log until that process ends"
            );
        }
        Ok(())
    }

    /// Makes the store ready to be copied, at the end of the program: moves the write-ahead log into the file, so that a copy of the file
    /// alone is complete. If another process reads the log, it stays.
    ///
    /// # Errors
    /// The store or the files beside it failed.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.renew_origin()?;
        self.without_waiting(Self::try_to_empty_log)?;
        Ok(())
    }

    /// Does work in which waiting for a reader would block every writer.
    fn without_waiting<R>(&self, work: impl FnOnce(&Self) -> Result<R, StoreError>) -> Result<R, StoreError> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = work(self);
        self.connection.busy_timeout(BUSY)?;
        done
    }

    /// Whether the write-ahead log could be emptied, since no process was reading it.
    fn try_to_empty_log(&self) -> Result<bool, StoreError> {
        let busy: bool = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!busy)
    }

    /// Empties the write-ahead log. False if another process keeps reading it.
    fn empty_log(&self) -> Result<bool, StoreError> {
        for _ in 0..CHECKPOINTS {
            if self.try_to_empty_log()? {
                return Ok(true);
            }
            std::thread::sleep(CHECKPOINT_PAUSE);
        }
        Ok(false)
    }

    /// Returns free pages to the file system.
    pub(super) fn vacuum(&self) -> Result<(), StoreError> {
        let mut before = i64::MAX;
        loop {
            let free: i64 = self
                .connection
                .query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
            // None are left, or others free as many as this returns.
            if free == 0 || free >= before {
                return Ok(());
            }
            before = free;
            let begun = Instant::now();
            let mut statement = self
                .connection
                .prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
            let mut pages = statement.query([])?;
            // One page per step.
            while pages.next()?.is_some() {}
            self.make_room(begun);
        }
    }

    /// Pauses so that others can write, after a transaction that began at an instant. A store in memory has no others.
    pub(super) fn make_room(&self, begun: Instant) {
        if self.data.is_some() {
            std::thread::sleep((begun.elapsed() * ROOM_TIMES).clamp(ROOM, MOST_ROOM));
        }
    }
}
