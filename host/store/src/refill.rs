//! Sinks that get meetings again: a new one, one that lost something, or all of them when the store took a new identity. It goes room by
//! room, and reads the stored meetings rather than a copy of them: the begin of a snapshot, the current meetings, its end. A change of such
//! a room need not be sent before its snapshot, which will contain it; later changes wait in the outbox.

use collector_commit::WholeRoom;
use collector_model::change::Change;
use rusqlite::{Connection, params};

use super::Store;
use super::StoreError;
use super::entry::last_number;
use super::privacy::is_hidden;

impl Store {
    /// Sends a sink everything again.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn refill(&mut self, sink: &str) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        refill_sink(&transaction, sink)?;
        transaction.commit()?;
        Ok(())
    }
}

/// Starts over: no sink has anything, and nothing waits. Each sink gets a room again once it was read.
pub(super) fn begin_anew(connection: &Connection) -> Result<(), rusqlite::Error> {
    // The list of rooms to send again is void too, until they are read.
    connection.execute("DELETE FROM refill", [])?;
    let sinks: Vec<String> = connection
        .prepare("SELECT name FROM sink")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for sink in sinks {
        refill_sink(connection, &sink)?;
    }
    Ok(())
}

/// Sends a sink everything again, if it was not removed meanwhile. This includes what waits for it now.
pub(super) fn refill_sink(connection: &Connection, sink: &str) -> Result<(), rusqlite::Error> {
    connection.execute("DELETE FROM set_aside WHERE sink = ?1", [sink])?;
    connection.execute(
        "INSERT OR REPLACE INTO refill (sink, room) SELECT sink.name, number FROM sink JOIN room WHERE sink.name = ?1 AND known_from IS NOT NULL",
        [sink],
    )?;
    connection.execute(
        "UPDATE sink SET delivered = ?2, offered = ?2, confirmed = NULL, waiting = 0, refill_at = unixepoch() WHERE name = ?1",
        params![sink, last_number(connection)?],
    )?;
    Ok(())
}

/// Sends the meetings of one room again, to one sink or (none) to every sink.
pub(super) fn refill_room(
    connection: &Connection,
    sink: Option<&str>,
    room: i64,
) -> Result<(), rusqlite::Error> {
    no_longer_waits(connection, sink, room)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO refill (sink, room) SELECT name, ?2 FROM sink WHERE ?1 IS NULL OR name = ?1",
        )?
        .execute(params![sink, room])?;
    connection
        .prepare_cached(
            "UPDATE sink SET refill_at = coalesce(refill_at, unixepoch()) WHERE ?1 IS NULL OR name = ?1",
        )?
        .execute(params![sink])?;
    Ok(())
}

/// Marks that a room's changes in the outbox no longer wait for any sink, or for this one.
pub(super) fn no_longer_waits(
    connection: &Connection,
    sink: Option<&str>,
    room: i64,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "UPDATE sink SET waiting = max(0, waiting - (SELECT count(*) FROM outbox WHERE outbox.room = ?2 AND number > max(delivered,
                    coalesce((SELECT taken FROM refill WHERE refill.sink = name AND refill.room = ?2), 0))))
             WHERE waiting > 0 AND (?1 IS NULL OR name = ?1)
                AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name AND refill.room = ?2 AND taken IS NULL)",
        )?
        .execute(params![sink, room])?;
    Ok(())
}

/// Takes the next rooms for a sink with their meetings, as changes after this number: whole rooms, until there are at least `enough`
/// changes. Returns the numbers of the rooms, and the changes.
pub(super) fn take_rooms(
    connection: &Connection,
    sink: &str,
    enough: usize,
    last: i64,
) -> Result<(Vec<i64>, Vec<Change>), rusqlite::Error> {
    let (mut rooms, mut entries) = (Vec::new(), Vec::new());
    let mut number = last;
    let now = chrono::Utc::now().timestamp();
    while entries.len() < enough {
        let next: Option<i64> = connection
            .prepare_cached("SELECT min(room) FROM refill WHERE sink = ?1 AND room > ?2")?
            .query_row(params![sink, rooms.last().copied().unwrap_or(i64::MIN)], |row| {
                row.get(0)
            })?;
        let Some(room) = next else { break };
        // If it was taken before and did not arrive, it now contains the changes since then.
        no_longer_waits(connection, Some(sink), room)?;
        connection
            .prepare_cached("UPDATE refill SET taken = ?3 WHERE sink = ?1 AND room = ?2")?
            .execute(params![sink, room, last])?;
        let whole = whole_room(connection, sink, room)?;
        let is_hidden = is_hidden(connection, &whole.source)?;
        entries.extend(whole.snapshot("", is_hidden, now, number));
        number = entries.last().map_or(number, |entry: &Change| entry.number);
        rooms.push(room);
    }
    Ok((rooms, entries))
}

/// A room with its meetings, as a sink is told it.
fn whole_room(connection: &Connection, sink: &str, number: i64) -> Result<WholeRoom, rusqlite::Error> {
    let refused = connection
        .prepare_cached("SELECT id FROM set_aside WHERE sink = ?1 AND room = ?2")?
        .query_map(params![sink, number], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let meetings = connection
        .prepare_cached(
            "SELECT id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting WHERE room = ?1 ORDER BY start_at, id",
        )?
        .query_map([number], super::read::meeting)?
        .collect::<Result<_, _>>()?;
    connection
        .prepare_cached("SELECT source, address, name, known_from FROM room WHERE number = ?1")?
        .query_row([number], |row| {
            Ok(WholeRoom {
                number,
                source: row.get(0)?,
                address: row.get(1)?,
                name: row.get(2)?,
                known_from: row.get(3)?,
                meetings,
                refused,
            })
        })
}
