//! Changes that a sink refused individually: they are set aside so that the others go on, until a user has them tried again or gives them
//! up.

use collector_model::sink::SetAside;
use rusqlite::{OptionalExtension as _, params};

use super::meeting_rows::key_of;
use super::{Reader, Store, StoreError};

impl Reader {
    /// The changes that a sink refused, or all sinks, newest first, at most so many.
    ///
    /// # Errors
    /// The store failed.
    pub fn set_aside(&self, sink: Option<&str>, limit: usize) -> Result<Vec<SetAside>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sink, source, address, id, set_aside.number, at, problem, room FROM set_aside JOIN room ON room.number = room
             WHERE NOT given_up AND (?2 IS NULL OR sink = ?2) ORDER BY at DESC, set_aside.number DESC LIMIT ?1",
        )?;
        let mut meeting = self.connection.prepare_cached(
            "SELECT start_at, end_at FROM meeting WHERE room = ?1 AND key = ?2 AND id = ?3",
        )?;
        let mut found = Vec::new();
        let mut rows = statement.query(params![i64::try_from(limit).unwrap_or(i64::MAX), sink])?;
        while let Some(row) = rows.next()? {
            let (id, room): (String, i64) = (row.get(3)?, row.get(7)?);
            found.push(SetAside {
                sink: row.get(0)?,
                source: row.get(1)?,
                room: row.get(2)?,
                number: row.get(4)?,
                at: row.get(5)?,
                meeting: meeting
                    .query_row(params![room, key_of(&id), id], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()?,
                problem: row.get(6)?,
                id,
            });
        }
        Ok(found)
    }

    /// How often an immediate retry of a sink was requested.
    ///
    /// # Errors
    /// The store failed.
    pub fn asked(&self, sink: &str) -> Result<i64, StoreError> {
        let asked: Option<i64> = self
            .connection
            .prepare_cached("SELECT asked FROM sink WHERE name = ?1")?
            .query_row([sink], |row| row.get(0))
            .optional()?;
        Ok(asked.unwrap_or(0))
    }
}

impl Store {
    /// Sets aside a change that a sink refused: it is not sent any more, and the others go on. If the sink was removed meanwhile, there is nothing to set
    /// aside.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn refuse(
        &mut self,
        sink: &str,
        change: &collector_model::change::Change,
        problem: &str,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT OR REPLACE INTO set_aside (sink, room, id, number, at, problem) SELECT name, ?2, ?3, ?4, unixepoch(), ?5 FROM sink WHERE name = ?1",
            params![sink, change.room_number, change.meeting_id(), change.number, problem],
        )?;
        transaction.execute(
            "UPDATE sink SET waiting = max(0, waiting - (SELECT count(*) FROM outbox WHERE number = ?2 AND number > delivered))
             WHERE name = ?1",
            params![sink, change.number],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Tries the changes that a sink refused again, by sending their rooms again, and tries a failing sink at once. Returns how many
    /// changes were set aside; none if there is no such sink.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn retry_sink(&mut self, sink: &str) -> Result<Option<usize>, StoreError> {
        let transaction = self.connection.transaction()?;
        if transaction.execute("UPDATE sink SET asked = asked + 1 WHERE name = ?1", [sink])? == 0 {
            return Ok(None);
        }
        let rooms: Vec<i64> = transaction
            .prepare("SELECT DISTINCT room FROM set_aside WHERE sink = ?1 AND NOT given_up")?
            .query_map([sink], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let changes =
            transaction.execute("DELETE FROM set_aside WHERE sink = ?1 AND NOT given_up", [sink])?;
        for room in rooms {
            super::refill::refill_room(&transaction, Some(sink), room)?;
        }
        transaction.commit()?;
        Ok(Some(changes))
    }

    /// Gives up the changes that a sink refused. Returns how many there were; none if there is no such sink.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn skip_set_aside(&mut self, sink: &str) -> Result<Option<usize>, StoreError> {
        let transaction = self.connection.transaction()?;
        let known: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM sink WHERE name = ?1)",
            [sink],
            |row| row.get(0),
        )?;
        let changes = transaction.execute(
            "UPDATE set_aside SET given_up = 1 WHERE sink = ?1 AND NOT given_up",
            [sink],
        )?;
        transaction.execute("UPDATE sink SET asked = asked + 1 WHERE name = ?1", [sink])?;
        transaction.commit()?;
        Ok(known.then_some(changes))
    }
}
