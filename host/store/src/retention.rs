//! What is forgotten when its time is over or its source is, and the room that it leaves in the file.
//!
//! All of it is long work: it is done in small transactions with pauses between, so that others write meanwhile. It is meant to run on a
//! connection of its own ([`super::SharedStore::beside`]).

use std::time::{Duration, Instant};

use rusqlite::params;

use super::outbox::forget_room;
use super::{BUSY, Reader, Store, StoreError};

/// How often the write-ahead log is tried to be emptied while somebody reads, and the pause between.
const CHECKPOINTS: usize = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);
/// Rows of one transaction: others write between two.
const ROWS: i64 = 500;
/// Pages that are given back at once.
const PAGES: i64 = 500;
/// How long others are left to write between two transactions: at least so long, and so many times as long as the last one took. Who
/// waits for a transaction of another process waits in steps, and for longer than it takes.
const ROOM: Duration = Duration::from_millis(5);
const ROOM_TIMES: u32 = 3;
/// … and not longer than this: it may have waited itself.
const MOST_ROOM: Duration = Duration::from_millis(250);

/// A clock that went on by more than this since it was last looked for old meetings may have jumped.
const JUMP: i64 = 7 * 24 * 60 * 60;

impl Reader {
    /// Why meetings that are over their time are not forgotten; none when they are.
    ///
    /// # Errors
    /// The store failed.
    pub fn retention_held(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT held FROM store", [], |row| row.get(0))?)
    }

    /// How many meetings ended before an instant (UTC seconds), and how many there are.
    fn ended_before(&self, instant: i64) -> Result<(u64, u64), StoreError> {
        Ok(self.connection.query_row(
            "SELECT coalesce(sum((SELECT count(*) FROM meeting WHERE meeting.room = number AND end_at < ?1)), 0), coalesce(sum(meetings), 0)
             FROM room",
            [instant],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
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

    /// The store's own numbers of the rooms of a source, those that are no longer listed too.
    pub(super) fn room_numbers(&self, source: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self
            .connection
            .prepare("SELECT number FROM room WHERE source = ?1 ORDER BY number")?
            .query_map([source], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// Forgets the meetings that ended before an instant (UTC seconds), unless the clock seems to have jumped since that was done last and
    /// they are more than so many per cent of all: a wrong clock must not cost what cannot be collected again. Then the inner error says
    /// so, until [`Store::allow_retention`]. How many were forgotten.
    ///
    /// # Errors
    /// The store failed; what was forgotten before stays forgotten.
    pub fn forget_when_allowed(
        &mut self,
        instant: i64,
        now: i64,
        at_most: u8,
    ) -> Result<Result<u64, String>, StoreError> {
        let last: Option<i64> = self
            .connection
            .query_row("SELECT kept_at FROM store", [], |row| row.get(0))?;
        if let Some(last) = last.filter(|last| now - last > JUMP) {
            let (old, all) = self.ended_before(instant)?;
            if old.saturating_mul(100) > all.saturating_mul(u64::from(at_most)) {
                let days = (now - last) / (24 * 60 * 60);
                let hold = format!(
                    "{old} of {all} meetings are older than `keep` all at once, since the clock went on by {days} days: they are not                      forgotten. Correct the clock; if it is right, run `collector retention allow`"
                );
                self.connection.execute("UPDATE store SET held = ?1", [&hold])?;
                return Ok(Err(hold));
            }
        }
        self.set_kept(now)?;
        self.forget_before(instant).map(Ok)
    }

    /// Lets meetings be forgotten that are over their time by the clock as it is now.
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

    /// Forgets the meetings that ended before an instant (UTC seconds), and gives the room they took back to the file system. How many
    /// they were. No sink is told: they were not cancelled, they are past.
    ///
    /// # Errors
    /// The store failed; what was forgotten before stays forgotten.
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
                "DELETE FROM meeting WHERE (room, id) IN (SELECT room, id FROM meeting WHERE room = ?1 AND end_at < ?2 LIMIT ?3)",
            )?
            .execute([room, instant, ROWS])?;
        // What a sink is told anew says nothing about what is forgotten.
        transaction
            .prepare_cached(
                "UPDATE room SET meetings = meetings - ?2, known_from = max(known_from, ?3) WHERE number = ?1",
            )?
            .execute(params![room, rows, instant])?;
        transaction.commit()?;
        Ok(rows as u64)
    }

    /// Forgets a source: its rooms, their meetings and what of them waits for sinks, and its last pass. How many meetings they were. No
    /// sink is told.
    ///
    /// # Errors
    /// The store failed; what was forgotten before stays forgotten, and may not be overwritten in the file yet.
    pub fn forget_source(&mut self, source: &str) -> Result<u64, StoreError> {
        let meetings = self.stored_meetings(source)?;
        for room in self.room_numbers(source)? {
            loop {
                let transaction = self.connection.transaction()?;
                let begun = Instant::now();
                let rows = transaction
                    .prepare_cached(
                        "DELETE FROM meeting WHERE (room, id) IN (SELECT room, id FROM meeting WHERE room = ?1 LIMIT ?2)",
                    )?
                    .execute([room, ROWS])?;
                let last = i64::try_from(rows).is_ok_and(|rows| rows < ROWS);
                if last {
                    forget_room(&transaction, room)?;
                }
                transaction.commit()?;
                self.make_room(begun);
                if last {
                    break;
                }
            }
        }
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM pass WHERE source = ?1", [source])?;
        // What was found when it was authorized and validated names its rooms.
        super::administration::forget_target(&transaction, &format!("source:{source}"))?;
        transaction.commit()?;
        self.overwrite()?;
        Ok(meetings)
    }

    /// Sees to it that what was taken out of the file is in it no more: neither in a page, nor in the write-ahead log. (Too slow for every
    /// pass.)
    pub(super) fn overwrite(&mut self) -> Result<(), StoreError> {
        if self.erase_leftovers()? {
            self.vacuum()?;
        } else {
            // Nobody else writes meanwhile.
            self.connection.execute_batch("VACUUM")?;
        }
        if !self.without_waiting(Self::empty_log)? {
            tracing::warn!(
                "another process reads the store: what was erased is overwritten in its write-ahead log when that process ends"
            );
        }
        Ok(())
    }

    /// Makes the store ready to be copied, at the end of the program: what is in the write-ahead log goes into the file, so that a copy of the
    /// file alone is whole. When somebody reads in the log, it stays.
    ///
    /// # Errors
    /// The store or the files beside it failed.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.renew_origin()?;
        self.without_waiting(Self::try_to_empty_log)?;
        Ok(())
    }

    /// Does something in which an attempt that waited for a reader would keep everybody from writing meanwhile.
    fn without_waiting<R>(&self, work: impl FnOnce(&Self) -> Result<R, StoreError>) -> Result<R, StoreError> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = work(self);
        self.connection.busy_timeout(BUSY)?;
        done
    }

    /// Whether the write-ahead log could be emptied: nobody reads in it.
    fn try_to_empty_log(&self) -> Result<bool, StoreError> {
        let busy: bool = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!busy)
    }

    /// Empties the write-ahead log. False when somebody reads in it for longer than is waited.
    fn empty_log(&self) -> Result<bool, StoreError> {
        for _ in 0..CHECKPOINTS {
            if self.try_to_empty_log()? {
                return Ok(true);
            }
            std::thread::sleep(CHECKPOINT_PAUSE);
        }
        Ok(false)
    }

    /// Gives pages that are free back to the file system.
    pub(super) fn vacuum(&self) -> Result<(), StoreError> {
        let mut before = i64::MAX;
        loop {
            let free: i64 = self
                .connection
                .query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
            // None left, or others free as many as are given back.
            if free == 0 || free >= before {
                return Ok(());
            }
            before = free;
            let begun = Instant::now();
            let mut statement = self
                .connection
                .prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
            let mut pages = statement.query([])?;
            // A page a step.
            while pages.next()?.is_some() {}
            self.make_room(begun);
        }
    }

    /// Leaves others the time to write after a transaction that began at an instant. Who has the store in memory is alone.
    pub(super) fn make_room(&self, begun: Instant) {
        if self.data.is_some() {
            std::thread::sleep((begun.elapsed() * ROOM_TIMES).clamp(ROOM, MOST_ROOM));
        }
    }
}
