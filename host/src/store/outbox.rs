//! The outbox: each change of a meeting, appended in the transaction that stores the change and kept until every sink has it; and
//! how far each sink is.
//!
//! What a sink is offered was synced to disk before ([`Store::offer`]): a number that was seen outside is never used again for
//! another change, not even after a power cut.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::commit::status_number;
use super::{Store, StoreError};
use crate::meeting::{Meeting, Subject};

/// What happened to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is otherwise than before.
    Updated,
    /// It is no longer there.
    Removed,
}

/// One change of one meeting, as it waits for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Ascending, with gaps, never used twice.
    pub number: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// When it was stored, UTC seconds.
    pub at: i64,
    /// The source.
    pub source: String,
    /// The room's address.
    pub room: String,
    /// The room's display name as it is now: foreign text.
    pub room_name: String,
    /// The meeting as it is after the change; as it was, without its subject, when it was removed.
    pub meeting: Meeting,
}

/// How far a sink is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// How many changes wait for it.
    pub backlog: u64,
    /// When the oldest of them was stored, UTC seconds.
    pub oldest_at: Option<i64>,
    /// Its last delivery, UTC seconds.
    pub success_at: Option<i64>,
    /// Since when it fails, UTC seconds; none while it does not.
    pub failing_since: Option<i64>,
    /// Why it fails.
    pub problem: Option<String>,
}

/// Takes the changes of one room within a transaction. Without sinks there is nobody to tell, and nothing is kept.
pub(super) struct Outbox<'a> {
    transaction: &'a Transaction<'a>,
    room: i64,
    wanted: bool,
    now: i64,
}

impl<'a> Outbox<'a> {
    pub(super) fn of(transaction: &'a Transaction<'a>, room: i64) -> Result<Self, rusqlite::Error> {
        let wanted = transaction.prepare_cached("SELECT 1 FROM sink")?.exists([])?;
        Ok(Self {
            transaction,
            room,
            wanted,
            now: chrono::Utc::now().timestamp(),
        })
    }

    pub(super) fn append(&self, kind: ChangeKind, meeting: &Meeting) -> Result<(), rusqlite::Error> {
        if !self.wanted {
            return Ok(());
        }
        let subject = match kind {
            ChangeKind::Added | ChangeKind::Updated => meeting.subject.text(),
            ChangeKind::Removed => None,
        };
        if kind != ChangeKind::Added && subject.is_none() {
            // A subject that was withdrawn, or whose meeting is gone, is not delivered any more.
            self.transaction
                .prepare_cached(
                    "UPDATE outbox SET subject = NULL, withheld = ?3 WHERE room = ?1 AND id = ?2",
                )?
                .execute(params![
                    self.room,
                    meeting.id,
                    meeting.subject == Subject::Withheld
                ])?;
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO outbox (kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                kind as i64,
                self.now,
                self.room,
                meeting.id,
                meeting.series,
                subject,
                meeting.subject == Subject::Withheld,
                meeting.start,
                meeting.end,
                meeting.all_day,
                status_number(meeting.status),
            ])?;
        Ok(())
    }
}

impl Store {
    /// What tells this store from every other: 32 hexadecimal digits.
    ///
    /// # Errors
    /// The store failed.
    pub fn id(&self) -> Result<String, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT id FROM store", [], |row| row.get(0))?)
    }

    /// Makes these the sinks. One that is new is first filled with all meetings that are stored; one that is gone is forgotten with
    /// what waited for it. Their names, in this order: the new, the forgotten.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn set_sinks(&mut self, names: &[&str]) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let transaction = self.connection.transaction()?;
        let known: Vec<String> = transaction
            .prepare("SELECT name FROM sink ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let gone: Vec<String> = known
            .iter()
            .filter(|name| !names.contains(&name.as_str()))
            .cloned()
            .collect();
        for name in &gone {
            transaction.execute("DELETE FROM sink WHERE name = ?1", [name])?;
            transaction.execute("DELETE FROM outbox WHERE sink = ?1", [name])?;
        }
        let new: Vec<String> = names
            .iter()
            .filter(|name| !known.iter().any(|known| known == *name))
            .map(|name| (*name).to_owned())
            .collect();
        for name in &new {
            fill(&transaction, name)?;
        }
        prune(&transaction)?;
        transaction.commit()?;
        Ok((new, gone))
    }

    /// The oldest changes that wait for a sink.
    ///
    /// # Errors
    /// The store failed.
    pub fn waiting(&self, sink: &str, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        let entries = self
            .connection
            .prepare_cached(
                // What may not be looked at is not delivered, whatever it was when it was stored.
                "SELECT outbox.id, series, subject, max(withheld, subject IS NOT NULL AND source IN hidden), start_at, end_at, all_day, status, outbox.number, kind, at,
                        source, address, room.name
                 FROM outbox JOIN room ON room.number = room
                 WHERE outbox.number > (SELECT delivered FROM sink WHERE name = ?1) AND (sink IS NULL OR sink = ?1)
                 ORDER BY outbox.number LIMIT ?2",
            )?
            .query_map(params![sink, i64::try_from(limit).unwrap_or(i64::MAX)], entry)?
            .collect::<Result<_, _>>()?;
        Ok(entries)
    }

    /// Notes that a sink is about to be handed changes up to a number, and syncs all that was committed to disk.
    ///
    /// # Errors
    /// The store failed: the changes must not be handed over.
    pub fn offer(&self, sink: &str, number: i64) -> Result<(), StoreError> {
        // A commit in this mode syncs the write-ahead log, and with it the commits before.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let noted = self
            .connection
            .prepare_cached("UPDATE sink SET offered = ?2 WHERE name = ?1")
            .and_then(|mut statement| statement.execute(params![sink, number]));
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        noted?;
        Ok(())
    }

    /// Notes that a sink has everything up to a number, and forgets what all have.
    ///
    /// # Errors
    /// The store failed: the changes will be handed over again.
    pub fn delivered(&mut self, sink: &str, number: i64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction
            .prepare_cached(
                "UPDATE sink SET delivered = ?2, success_at = ?3, failing_since = NULL, problem = NULL WHERE name = ?1",
            )?
            .execute(params![sink, number, chrono::Utc::now().timestamp()])?;
        prune(&transaction)?;
        transaction.commit()?;
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

    /// All sinks, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn sinks(&self) -> Result<Vec<SinkState>, StoreError> {
        let states = self
            .connection
            .prepare_cached(
                "SELECT name, success_at, failing_since, problem, count(number), min(at)
                 FROM sink LEFT JOIN outbox ON number > delivered AND (sink IS NULL OR sink = name)
                 GROUP BY name ORDER BY name",
            )?
            .query_map([], |row| {
                Ok(SinkState {
                    name: row.get(0)?,
                    success_at: row.get(1)?,
                    failing_since: row.get(2)?,
                    problem: row.get(3)?,
                    backlog: row.get(4)?,
                    oldest_at: row.get(5)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(states)
    }
}

/// A new sink gets what is stored as if it were added now; what comes after it has higher numbers.
fn fill(connection: &Connection, name: &str) -> Result<(), rusqlite::Error> {
    let last: Option<i64> = connection
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let last = last.unwrap_or(0);
    connection.execute(
        "INSERT INTO sink (name, delivered, offered) VALUES (?1, ?2, ?2)",
        params![name, last],
    )?;
    connection.execute(
        "INSERT INTO outbox (sink, kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status)
         SELECT ?1, 0, ?2, room, id, series, subject, withheld, start_at, end_at, all_day, status
         FROM meeting ORDER BY room, start_at, id",
        params![name, chrono::Utc::now().timestamp()],
    )?;
    Ok(())
}

/// Forgets what every sink has.
fn prune(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "DELETE FROM outbox WHERE number <= coalesce((SELECT min(delivered) FROM sink), 9223372036854775807)",
        )?
        .execute([])?;
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<OutboxEntry, rusqlite::Error> {
    Ok(OutboxEntry {
        meeting: super::read::meeting(row)?,
        number: row.get(8)?,
        kind: match row.get::<_, i64>(9)? {
            0 => ChangeKind::Added,
            1 => ChangeKind::Updated,
            _ => ChangeKind::Removed,
        },
        at: row.get(10)?,
        source: row.get(11)?,
        room: row.get(12)?,
        room_name: row.get(13)?,
    })
}
