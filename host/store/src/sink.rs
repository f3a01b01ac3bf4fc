//! The sinks as the store knows them: their names, and how far each has got.

use collector_commit::new_and_gone;
use collector_model::sink::SinkState;
use rusqlite::{OptionalExtension as _, params};

use super::refill::refill_sink;
use super::{Reader, Store, StoreError};

impl Reader {
    /// The number of the last change that a sink took; none before the first.
    ///
    /// # Errors
    /// The store failed.
    pub fn confirmed(&self, sink: &str) -> Result<Option<i64>, StoreError> {
        let confirmed: Option<Option<i64>> = self
            .connection
            .prepare_cached("SELECT confirmed FROM sink WHERE name = ?1")?
            .query_row([sink], |row| row.get(0))
            .optional()?;
        Ok(confirmed.flatten())
    }

    /// The number up to which a sink may have changes; none if the sink is gone.
    ///
    /// # Errors
    /// The store failed.
    pub fn offered(&self, sink: &str) -> Result<Option<i64>, StoreError> {
        let offered = self
            .connection
            .prepare_cached("SELECT offered FROM sink WHERE name = ?1")?
            .query_row([sink], |row| row.get(0))
            .optional()?;
        Ok(offered)
    }

    /// All sinks, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn sinks(&self) -> Result<Vec<SinkState>, StoreError> {
        let states = self
            .connection
            .prepare_cached(
                // From stored counts and the list of rooms: a backlog of millions is not counted here.
                "SELECT name, success_at, failing_since, problem,
                    waiting + (SELECT coalesce(sum(room.meetings), 0) FROM refill JOIN room ON room.number = refill.room WHERE refill.sink = sink.name),
                    (SELECT count(*) FROM refill WHERE refill.sink = sink.name),
                    (SELECT count(*) FROM set_aside WHERE set_aside.sink = sink.name AND NOT given_up),
                    min(CASE WHEN EXISTS (SELECT 1 FROM refill WHERE refill.sink = sink.name) THEN coalesce(refill_at, 9223372036854775807)
                        ELSE 9223372036854775807 END,
                        CASE WHEN waiting > 0 THEN
                            coalesce((SELECT at FROM outbox WHERE number > delivered ORDER BY number LIMIT 1), 9223372036854775807)
                        ELSE 9223372036854775807 END)
                 FROM sink ORDER BY name",
            )?
            .query_map([], |row| {
                Ok(SinkState {
                    name: row.get(0)?,
                    success_at: row.get(1)?,
                    failing_since: row.get(2)?,
                    problem: row.get(3)?,
                    backlog: row.get(4)?,
                    refill: row.get(5)?,
                    set_aside: row.get(6)?,
                    oldest_at: Some(row.get(7)?).filter(|at| *at != i64::MAX),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(states)
    }
}

impl Store {
    /// Sets the sinks. A new sink first gets all stored meetings; a removed one is forgotten with everything that waited for it. Returns
    /// the names of the new and of the removed ones.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn set_sinks(&mut self, names: &[&str]) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let transaction = self.connection.transaction()?;
        let known: Vec<String> = transaction
            .prepare("SELECT name FROM sink ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let (new, gone) = new_and_gone(&known, names);
        for name in &gone {
            transaction.execute("DELETE FROM sink WHERE name = ?1", [name])?;
            transaction.execute("DELETE FROM refill WHERE sink = ?1", [name])?;
            transaction.execute("DELETE FROM set_aside WHERE sink = ?1", [name])?;
        }
        for name in &new {
            transaction.execute(
                "INSERT INTO sink (name, delivered, offered) VALUES (?1, 0, 0)",
                [name],
            )?;
            refill_sink(&transaction, name)?;
        }
        transaction.commit()?;
        Ok((new, gone))
    }

    /// Notes that a sink took something that is no change of the outbox.
    ///
    /// # Errors
    /// The store failed.
    pub fn sink_works(&self, sink: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE sink SET success_at = ?2, failing_since = NULL, problem = NULL WHERE name = ?1",
            )?
            .execute(params![sink, chrono::Utc::now().timestamp()])?;
        Ok(())
    }

    /// Notes that a sink failed, and why.
    ///
    /// # Errors
    /// The store failed.
    pub fn sink_failed(&self, sink: &str, problem: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE sink SET failing_since = coalesce(failing_since, ?2), problem = ?3 WHERE name = ?1",
            )?
            .execute(params![sink, chrono::Utc::now().timestamp(), problem])?;
        Ok(())
    }
}
