//! Where the rows of meetings lie, and how one is found by its id: the migration that makes the table so.
//!
//! Exchange's ids have 150 characters. As the key of the table they would stand in each of its indexes too, and scatter the meetings of a room over
//! all its pages. So a row has a number: those of one room lie together, in the order in which they came, which is nearly that of their time. And an
//! id is found by a hash of it.

use std::hash::Hasher as _;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Transaction, params};
use rusqlite_migration::{HookResult, M};
use siphasher::sip::SipHasher13;

/// How many bits of a slot count the meetings of its room.
const OF_ROOM: i64 = 32;

/// As many meetings are moved in some seconds: more of them are worth a word.
const MANY: i64 = 1_000_000;

/// The migration.
pub(super) fn migration<'m>() -> M<'m> {
    M::up_with_hook(
        "
        CREATE TABLE placed (
            slot        INTEGER PRIMARY KEY,     -- the room's number, and 32 bits that count up
            room        INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
            key         INTEGER NOT NULL,        -- a hash of the id
            id          TEXT NOT NULL,           -- one row of a room for each
            series      TEXT,
            subject     TEXT,                    -- null: none, or withheld
            withheld    INTEGER NOT NULL,        -- 1: not to be shown
            start_at    INTEGER NOT NULL,        -- UTC seconds
            end_at      INTEGER NOT NULL,
            all_day     INTEGER NOT NULL,
            status      INTEGER NOT NULL,        -- 0 confirmed, 1 tentative, 2 cancelled
            first_seen  INTEGER,                 -- UTC seconds; null: it was stored before this was kept
            removed_at  INTEGER,                 -- UTC seconds: when it was cancelled, if it was confirmed before; null: it was not
            read_before TEXT                     -- JSON [[from,to],...]: from first_seen on, what was read before it was seen; null: nothing
        ) STRICT;
        ",
        move_all,
    )
}

/// Moves all meetings, room by room: sorting all at once would take as much space on the disk again.
fn move_all(transaction: &Transaction<'_>) -> HookResult {
    let meetings: i64 = transaction.query_row("SELECT coalesce(sum(meetings), 0) FROM room", [], |row| {
        row.get(0)
    })?;
    if meetings >= MANY {
        tracing::warn!(
            "{meetings} meetings get another place in the store, once: that takes minutes, and as much space on the disk again"
        );
    }
    let rooms: Vec<i64> = transaction
        .prepare("SELECT number FROM room ORDER BY number")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut of_room = transaction.prepare(
        "SELECT id, series, subject, withheld, start_at, end_at, all_day, status, first_seen, removed_at, read_before
         FROM meeting WHERE room = ?1 ORDER BY start_at, id",
    )?;
    let columns = of_room.column_count();
    let mut put = transaction.prepare(
        "INSERT INTO placed (slot, room, key, id, series, subject, withheld, start_at, end_at, all_day, status, first_seen, removed_at, read_before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    for room in rooms {
        let mut meetings = of_room.query([room])?;
        let mut slot = first_slot(room);
        while let Some(row) = meetings.next()? {
            let key = key_of(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
            for (position, value) in [slot, room, key].into_iter().enumerate() {
                put.raw_bind_parameter(position + 1, value)?;
            }
            for column in 0..columns {
                put.raw_bind_parameter(column + 4, ToSqlOutput::Borrowed(row.get_ref(column)?))?;
            }
            put.raw_execute()?;
            slot += 1;
        }
    }
    transaction.execute_batch(
        "
        DROP TABLE meeting;
        ALTER TABLE placed RENAME TO meeting;
        CREATE INDEX meeting_key ON meeting (room, key);
        CREATE INDEX meeting_end ON meeting (room, end_at, start_at);
        -- As the file `indexes` tells.
        CREATE INDEX meeting_long ON meeting (room, end_at, start_at) WHERE end_at - start_at > 172800;
        CREATE INDEX meeting_removed ON meeting (room, end_at, start_at) WHERE removed_at IS NOT NULL;
        CREATE TRIGGER meeting_deleted AFTER DELETE ON meeting BEGIN
            INSERT INTO touch SELECT source, 0, address, OLD.start_at, OLD.end_at + 1 FROM room WHERE number = OLD.room;
        END;
        ",
    )?;
    Ok(())
}

/// The hash by which a meeting's id is looked up. It stays as it is: it is stored. Other ids of a room may have the same.
#[must_use]
pub fn key_of(id: &str) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write(id.as_bytes());
    hasher.finish().cast_signed()
}

/// The slot for the next meeting of a room that has no row yet.
///
/// # Errors
/// The store failed.
pub fn next_slot(connection: &Connection, room: i64) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT coalesce(max(slot) + 1, ?1) FROM meeting WHERE slot >= ?1 AND slot < ?2")?
        .query_row(params![first_slot(room), first_slot(room + 1)], |row| row.get(0))
}

fn first_slot(room: i64) -> i64 {
    room << OF_ROOM
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn the_stored_hash_of_an_id_never_changes() {
        assert_eq!(key_of(""), -3_315_872_660_926_475_476);
        assert_eq!(
            key_of("AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OA=="),
            8_560_516_887_495_079_597
        );
    }
}
