//! What the sink was told: the meetings as they are now, and the days whose files are behind.
//!
//! A change names a meeting by its id, not by the day that it was on, and a room's snapshot ends with all that is gone from it. So the sink
//! remembers, in SQLite beside the files: what was accepted is there before it leaves the collector, and a file is written from it whenever
//! there is time. A day stays marked until its file is in place, whatever ends the program.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use collector_model::change::Change;
use collector_model::meeting::MeetingRow;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::day::Day;
use super::stored::{StateError, TABLES, VERSION, meeting};
use super::told::Told;

/// How long to wait for another process: only one that replaces this one may be writing.
const BUSY: Duration = Duration::from_secs(60);

type Result<T, E = StateError> = std::result::Result<T, E>;

/// The state.
pub(super) struct State {
    connection: Connection,
}

impl State {
    /// Opens the state, or begins one, beside files of the days that are found then.
    pub(super) fn open<E: From<StateError>>(
        path: &Path,
        found: impl FnOnce() -> Result<Vec<(String, Day)>, E>,
    ) -> Result<Self, E> {
        let mut connection = Self::connect(path)?;
        if form(&connection)? == 0 {
            let transaction = immediate(&mut connection)?;
            // Another process may have been faster.
            if form(&transaction)? == 0 {
                begin(&transaction, &found()?)?;
            }
            transaction.commit().map_err(StateError::from)?;
        }
        match form(&connection)? {
            VERSION => Ok(Self { connection }),
            newer => Err(StateError::Newer(newer).into()),
        }
    }

    fn connect(path: &Path) -> Result<Connection> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        // What was accepted survives a power cut; what was withdrawn is overwritten.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
        )?;
        Ok(connection)
    }

    /// The number of the last change of a store; 0 if there is none.
    pub(super) fn applied(&self, store: &str) -> Result<i64> {
        let applied = self
            .connection
            .query_row("SELECT applied FROM store WHERE id = ?1", [store], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(applied.unwrap_or(0))
    }

    /// Takes the changes that were not taken yet: all or none. None if the number of the last change of a store is not the known one.
    pub(super) fn apply(&mut self, changes: &[Change], known: Option<&(String, i64)>) -> Result<()> {
        let transaction = immediate(&mut self.connection)?;
        for changes in changes.chunk_by(|one, next| one.store == next.store) {
            let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
                continue;
            };
            let known = known
                .filter(|(store, _)| *store == first.store)
                .map(|(_, number)| *number);
            let (store, had) = stand(&transaction, first, known)?;
            let told = Told::new(&transaction, store);
            for change in changes.iter().filter(|change| change.number > had) {
                told.take(change)?;
            }
            transaction.execute(
                "UPDATE store SET applied = max(applied, ?2) WHERE number = ?1",
                params![store, last.number],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// Has the file of one day written that is behind, from its meetings in the order of a file; false if none is. The day is behind until
    /// `write` has done it.
    pub(super) fn settle<E: From<StateError>>(
        &mut self,
        write: impl FnOnce(&str, Day, &[MeetingRow]) -> Result<(), E>,
    ) -> Result<bool, E> {
        let sql = |error: rusqlite::Error| E::from(StateError::from(error));
        // Nobody changes the day, or writes its file, until it is done.
        let transaction = immediate(&mut self.connection)?;
        let stale: Option<(String, i64)> = transaction
            .query_row("SELECT source, day FROM stale LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(sql)?;
        let Some((source, day)) = stale else {
            return Ok(false);
        };
        let rows = rows(&transaction, &source, day).map_err(sql)?;
        write(&source, Day::of_number(day), &rows)?;
        transaction
            .execute(
                "DELETE FROM stale WHERE source = ?1 AND day = ?2",
                params![source, day],
            )
            .map_err(sql)?;
        transaction.commit().map_err(sql)?;
        Ok(true)
    }
}

/// A transaction in which nobody else writes.
fn immediate(connection: &mut Connection) -> Result<Transaction<'_>> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// The form of the tables; 0 if there are none.
fn form(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn begin(transaction: &Transaction<'_>, found: &[(String, Day)]) -> Result<()> {
    transaction.execute_batch(TABLES)?;
    for (source, day) in found {
        transaction.execute(
            "INSERT OR IGNORE INTO found (source, day) VALUES (?1, ?2)",
            params![source, day.number()],
        )?;
    }
    Ok(())
}

/// The number of the store of a change, which may be new, and the number of its last change that was taken.
fn stand(transaction: &Transaction<'_>, first: &Change, known: Option<i64>) -> Result<(i64, i64)> {
    let find = || {
        transaction
            .query_row(
                "SELECT number, applied FROM store WHERE id = ?1",
                [&first.store],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
    };
    let mut found: Option<(i64, i64)> = find()?;
    if found.is_none() && known.is_none_or(|known| known == 0) {
        // Of an unknown store, every change before this batch counts as taken.
        let before = known.unwrap_or_else(|| first.number.saturating_sub(1));
        transaction.execute(
            "INSERT INTO store (id, applied) VALUES (?1, ?2)",
            params![first.store, before],
        )?;
        found = find()?;
    }
    match (found, known) {
        (Some((store, had)), known) if known.is_none_or(|known| known == had) => Ok((store, had)),
        (found, known) => Err(StateError::Elsewhere {
            was: known.unwrap_or(0),
            is: found.map_or(0, |(_, had)| had),
        }),
    }
}

/// The meetings of a day, in the order of a file.
fn rows(transaction: &Transaction<'_>, source: &str, day: i64) -> rusqlite::Result<Vec<MeetingRow>> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, series, subject, withheld, start_at, end_at, all_day, status, address, name
         FROM room JOIN meeting ON meeting.room = room.number
         WHERE source = ?1 AND day = ?2 ORDER BY address, start_at, id",
    )?;
    let mut found = statement.query(params![source, day])?;
    let mut rows: Vec<MeetingRow> = Vec::new();
    let source: Arc<str> = source.into();
    while let Some(row) = found.next()? {
        let address = row.get_ref(8)?.as_str()?;
        let (room, room_name) = match rows.last() {
            Some(last) if *last.room == *address => (last.room.clone(), last.room_name.clone()),
            _ => (address.into(), row.get_ref(9)?.as_str()?.into()),
        };
        rows.push(MeetingRow {
            source: source.clone(),
            room,
            room_name,
            meeting: meeting(row)?,
        });
    }
    Ok(rows)
}
