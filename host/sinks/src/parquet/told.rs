//! Applies changes to the state: each to its meeting, with a mark for every day that it left or came to.

use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::{Meeting, Subject};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::day::Day;
use super::stored::{self, StateError};

/// Changes of one store within a transaction.
pub(super) struct Told<'a> {
    transaction: &'a Transaction<'a>,
    /// The state's number of the store.
    store: i64,
}

impl<'a> Told<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, store: i64) -> Self {
        Self { transaction, store }
    }

    /// Applies a change.
    pub(super) fn take(&self, change: &Change) -> Result<(), StateError> {
        let room = self.room(change)?;
        match &change.what {
            What::SnapshotBegin => self.begin(room, change.number)?,
            What::SnapshotEnd { from, .. } => self.end(room, change, *from)?,
            What::Meeting(ChangeKind::Removed, meeting) => {
                let gone = self
                    .transaction
                    .prepare_cached("DELETE FROM meeting WHERE room = ?1 AND id = ?2 RETURNING day")?
                    .query_row(params![room, meeting.id], |row| row.get(0))
                    .optional()?;
                if let Some(day) = gone {
                    self.mark(&change.source, day)?;
                }
            }
            What::Meeting(ChangeKind::Added | ChangeKind::Updated, meeting) => {
                self.put(room, change, meeting)?
            }
        }
        Ok(())
    }

    /// The state's number of a room. A new name changes all its days.
    fn room(&self, change: &Change) -> Result<i64, StateError> {
        let known: Option<(i64, bool)> = self
            .transaction
            .prepare_cached("SELECT number, name = ?3 FROM room WHERE source = ?1 AND address = ?2")?
            .query_row(params![change.source, change.room, change.room_name], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match known {
            Some((room, true)) => Ok(room),
            Some((room, false)) => {
                self.transaction.execute(
                    "UPDATE room SET name = ?2 WHERE number = ?1",
                    params![room, change.room_name],
                )?;
                self.transaction.execute(
                    "INSERT OR IGNORE INTO stale (source, day) SELECT DISTINCT ?2, day FROM meeting WHERE room = ?1",
                    params![room, change.source],
                )?;
                Ok(room)
            }
            None => {
                self.transaction.execute(
                    "INSERT INTO room (source, address, name) VALUES (?1, ?2, ?3)",
                    params![change.source, change.room, change.room_name],
                )?;
                Ok(self.transaction.last_insert_rowid())
            }
        }
    }

    fn put(&self, room: i64, change: &Change, meeting: &Meeting) -> Result<(), StateError> {
        let known: Option<Meeting> = self
            .transaction
            .prepare_cached(
                "SELECT id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting WHERE room = ?1 AND id = ?2",
            )?
            .query_row(params![room, meeting.id], stored::meeting)
            .optional()?;
        let day = Day::of(meeting.start);
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO meeting
                    (room, id, series, subject, withheld, start_at, end_at, all_day, status, day, store, change)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                room,
                meeting.id,
                meeting.series,
                meeting.subject.text(),
                meeting.subject == Subject::Withheld,
                meeting.start,
                meeting.end,
                meeting.all_day,
                meeting.status.number(),
                day.number(),
                self.store,
                change.number
            ])?;
        match known {
            // Told again, as in a snapshot.
            Some(known) if known == *meeting => Ok(()),
            Some(known) => {
                self.mark(&change.source, Day::of(known.start).number())?;
                self.mark(&change.source, day.number())
            }
            None => self.mark(&change.source, day.number()),
        }
    }

    fn begin(&self, room: i64, number: i64) -> Result<(), StateError> {
        self.transaction.execute(
            "INSERT OR REPLACE INTO snapshot (room, store, change) VALUES (?1, ?2, ?3)",
            params![room, self.store, number],
        )?;
        Ok(())
    }

    /// Removes what the snapshot did not bring.
    fn end(&self, room: i64, change: &Change, from: i64) -> Result<(), StateError> {
        let begun: Option<i64> = self
            .transaction
            .query_row(
                "DELETE FROM snapshot WHERE room = ?1 AND store = ?2 RETURNING change",
                params![room, self.store],
                |row| row.get(0),
            )
            .optional()?;
        let Some(begun) = begun else {
            return Err(StateError::NoBegin);
        };
        let gone: Vec<i64> = self
            .transaction
            .prepare_cached(
                "DELETE FROM meeting WHERE room = ?1 AND end_at > ?2 AND (store <> ?3 OR change < ?4) RETURNING day",
            )?
            .query_map(params![room, from, self.store, begun], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for day in gone {
            self.mark(&change.source, day)?;
        }
        self.settle_found(&change.source, from)
    }

    /// Files of an earlier state are written anew as far back as the source is known now.
    fn settle_found(&self, source: &str, from: i64) -> Result<(), StateError> {
        let first = Day::of(from).number();
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO stale (source, day) SELECT source, day FROM found WHERE source = ?1 AND day > ?2",
            )?
            .execute(params![source, first])?;
        self.transaction
            .prepare_cached("DELETE FROM found WHERE source = ?1 AND day > ?2")?
            .execute(params![source, first])?;
        Ok(())
    }

    fn mark(&self, source: &str, day: i64) -> Result<(), StateError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO stale (source, day) VALUES (?1, ?2)")?
            .execute(params![source, day])?;
        Ok(())
    }
}
