//! The outbox: each change of a meeting, appended in the transaction that stores the change and kept until every sink has it; and how far
//! each sink has got.
//!
//! Changes are synced to disk before a sink is offered them ([`Store::hand_over`]), and the number is noted beside the database: a number
//! that was seen outside is never used for another change, neither after a power cut nor by a store restored from a backup.

use collector_commit::{Handover, Steps, Told};
use collector_model::change::{Change, ChangeKind, What};
use rusqlite::{Connection, Row, Transaction, params};

use super::entry::last_number;
use super::refill::{no_longer_waits, refill_room, take_rooms};
use super::{Reader, Store, StoreError};

/// Obsolete rows deleted in one transaction: others write between two.
const PRUNED: i64 = 5_000;

/// Tells sinks the changes of one room within a transaction, at a UTC second.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    room: i64,
    steps: &Steps<i64>,
    now: i64,
) -> Result<(), rusqlite::Error> {
    if steps.is_first {
        refill_room(transaction, None, room)?;
    }
    let mut appended = 0;
    for told in steps.told() {
        if told.withdraws {
            withdraw(transaction, room, told)?;
        }
        if steps.is_told {
            append(transaction, room, told, now)?;
            appended += 1;
        }
    }
    if appended > 0 {
        transaction
            .prepare_cached(
                "UPDATE sink SET waiting = waiting + ?2
                 WHERE NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name AND refill.room = ?1 AND taken IS NULL)",
            )?
            .execute([room, appended])?;
    }
    Ok(())
}

/// Whether a sink waits for the changes of a room one by one.
pub(super) fn is_awaited(connection: &Connection, room: i64) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT 1 FROM sink
             WHERE NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name AND refill.room = ?1 AND taken IS NULL)",
        )?
        .exists([room])
}

/// Removes the subject of a meeting from changes that still wait.
fn withdraw(connection: &Connection, room: i64, told: Told<'_>) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE outbox SET subject = NULL, withheld = ?3 WHERE room = ?1 AND id = ?2")?
        .execute(params![room, told.meeting.id, told.is_withheld()])?;
    Ok(())
}

fn append(connection: &Connection, room: i64, told: Told<'_>, now: i64) -> Result<(), rusqlite::Error> {
    let meeting = told.meeting;
    connection
        .prepare_cached(
            "INSERT INTO outbox (kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            told.kind.number(),
            now,
            room,
            meeting.id,
            meeting.series,
            told.subject,
            told.is_withheld(),
            meeting.start,
            meeting.end,
            meeting.all_day,
            meeting.status.number(),
        ])?;
    Ok(())
}

impl Reader {
    /// Whether anything waits for a sink, or is counted as waiting.
    ///
    /// # Errors
    /// The store failed.
    pub fn has_waiting(&self, sink: &str) -> Result<bool, StoreError> {
        let counted = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM sink WHERE name = ?1 AND (waiting > 0 OR EXISTS (SELECT 1 FROM refill WHERE refill.sink = ?1))",
            )?
            .exists([sink])?;
        Ok(counted || !waiting(&self.connection, sink, 1)?.is_empty())
    }
}

impl Store {
    /// The next changes for a sink: at most `limit` changes that wait in the outbox; if there are none, whole rooms that must be sent
    /// again. They are on disk when this returns.
    ///
    /// # Errors
    /// The store failed: nothing may be sent.
    pub fn hand_over(&mut self, sink: &str, limit: usize) -> Result<Handover, StoreError> {
        let (mut entries, rooms, taken) = self.durably(|transaction| {
            let taken = last_number(transaction)?;
            let mut rooms = Vec::new();
            let mut entries = waiting(transaction, sink, limit)?;
            if entries.is_empty() {
                // Only now: a sink gets changes in the order of their numbers, and these are the highest.
                (rooms, entries) = take_rooms(transaction, sink, limit, taken)?;
                if let Some(last) = entries.last() {
                    use_numbers(transaction, last.number)?;
                }
            }
            match entries.last() {
                Some(last) => transaction
                    .prepare_cached("UPDATE sink SET offered = max(offered, ?2) WHERE name = ?1")?
                    .execute(params![sink, last.number])?,
                // Nothing waits, whatever the counter says.
                None => transaction
                    .prepare_cached("UPDATE sink SET waiting = 0 WHERE name = ?1 AND waiting <> 0")?
                    .execute([sink])?,
            };
            Ok((entries, rooms, taken))
        })?;
        if let Some(last) = entries.last() {
            self.note_offered(last.number)?;
        }
        let store = self.id()?;
        for entry in &mut entries {
            entry.store.clone_from(&store);
        }
        Ok(Handover {
            store,
            entries,
            rooms,
            taken,
        })
    }

    /// Notes that a sink took part of what it was sent under this id of the store, up to this number.
    ///
    /// # Errors
    /// The store failed.
    pub fn confirm(&mut self, sink: &str, store: &str, number: i64) -> Result<(), StoreError> {
        Ok(confirm(&self.connection, sink, store, number)?)
    }

    /// Notes that a sink has everything that it was sent, and removes what all sinks have.
    ///
    /// # Errors
    /// The store failed: it will be sent again.
    pub fn delivered(&mut self, sink: &str, handover: &Handover) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        // Under another identity, everything is sent again.
        let same: bool =
            transaction.query_row("SELECT id = ?1 FROM store", [&handover.store], |row| row.get(0))?;
        if !same {
            return Ok(());
        }
        // None: the rooms hold nothing that the sink would take.
        if let Some(last) = handover.entries.last() {
            confirm(&transaction, sink, &handover.store, last.number)?;
        }
        let changes = if handover.is_of_rooms() {
            0
        } else {
            handover.entries.len()
        };
        transaction
            .prepare_cached(
                "UPDATE sink SET delivered = max(delivered, ?2), waiting = max(0, waiting - ?3) WHERE name = ?1",
            )?
            .execute(params![
                sink,
                handover.last(),
                i64::try_from(changes).unwrap_or(i64::MAX)
            ])?;
        for room in &handover.rooms {
            transaction
                // Not if it was requested again in the meantime.
                .prepare_cached("DELETE FROM refill WHERE sink = ?1 AND room = ?2 AND taken = ?3")?
                .execute(params![sink, room, handover.taken])?;
        }
        if !handover.rooms.is_empty() {
            transaction
                .prepare_cached(
                    "UPDATE sink SET refill_at = NULL
                     WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name)",
                )?
                .execute([sink])?;
        }
        // It is past what was given up.
        transaction
            .prepare_cached(
                "DELETE FROM set_aside WHERE sink = ?1 AND given_up AND number <= (SELECT delivered FROM sink WHERE name = ?1)",
            )?
            .execute([sink])?;
        if handover.rooms.is_empty()
            && transaction
                .prepare_cached("SELECT 1 FROM set_aside WHERE sink = ?1")?
                .exists([sink])?
        {
            // An earlier refusal of the meeting no longer matters.
            for entry in &handover.entries {
                transaction
                    .prepare_cached("DELETE FROM set_aside WHERE sink = ?1 AND room = ?2 AND id = ?3")?
                    .execute(params![sink, entry.room_number, entry.meeting_id()])?;
            }
        }
        prune(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Removes some entries that no sink needs any more. True if there may be more.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn prune(&mut self) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction()?;
        let more = prune(&transaction)?;
        transaction.commit()?;
        Ok(more)
    }
}

/// Removes a room with its meetings and their waiting changes.
pub(super) fn forget_room(connection: &Connection, room: i64) -> Result<(), rusqlite::Error> {
    no_longer_waits(connection, None, room)?;
    // Meetings and waiting changes are deleted with their room.
    connection
        .prepare_cached("DELETE FROM room WHERE number = ?1")?
        .execute([room])?;
    Ok(())
}

/// The oldest changes that wait for a sink in the outbox, without rooms that it will be sent again, and without what it refused:
/// neither the change nor an earlier one of the meeting.
fn waiting(connection: &Connection, sink: &str, limit: usize) -> Result<Vec<Change>, rusqlite::Error> {
    connection
        .prepare_cached(
            // Subjects that may not be seen are not delivered, whatever held when they were stored.
            "SELECT outbox.id, series, subject, max(withheld, subject IS NOT NULL AND source IN hidden), start_at, end_at, all_day, status,
                    outbox.number, kind, at, source, room.number, address, room.name
             FROM outbox JOIN room ON room.number = room
             WHERE outbox.number > (SELECT delivered FROM sink WHERE name = ?1)
                AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = ?1 AND refill.room = outbox.room)
                AND NOT EXISTS (SELECT 1 FROM set_aside WHERE set_aside.sink = ?1 AND set_aside.room = outbox.room
                                AND set_aside.id = outbox.id AND set_aside.number >= outbox.number)
             ORDER BY outbox.number LIMIT ?2",
        )?
        .query_map(params![sink, i64::try_from(limit).unwrap_or(i64::MAX)], entry)?
        .collect()
}

fn confirm(connection: &Connection, sink: &str, store: &str, number: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "UPDATE sink SET confirmed = ?2, success_at = unixepoch(), failing_since = NULL, problem = NULL
             WHERE name = ?1 AND (SELECT id FROM store) = ?3",
        )?
        .execute(params![sink, number, store])?;
    Ok(())
}

/// Marks numbers up to this one as used.
fn use_numbers(connection: &Connection, last: i64) -> Result<(), rusqlite::Error> {
    let there = connection
        .prepare_cached("UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'outbox'")?
        .execute([last])?;
    if there == 0 {
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?1)",
            [last],
        )?;
    }
    Ok(())
}

/// Removes some entries that every sink has. True if there may be more.
fn prune(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM outbox WHERE number IN (
                SELECT number FROM outbox WHERE number <= coalesce((SELECT min(delivered) FROM sink), 9223372036854775807)
                ORDER BY number LIMIT ?1)",
        )?
        .execute([PRUNED])?;
    Ok(i64::try_from(gone).is_ok_and(|gone| gone == PRUNED))
}

/// Reads a change from the outbox, without the id of the store.
fn entry(row: &Row<'_>) -> Result<Change, rusqlite::Error> {
    Ok(Change {
        store: String::new(),
        what: What::Meeting(ChangeKind::of_number(row.get(9)?), super::read::meeting(row)?),
        number: row.get(8)?,
        at: row.get(10)?,
        source: row.get(11)?,
        room_number: row.get(12)?,
        room: row.get(13)?,
        room_name: row.get(14)?,
    })
}
