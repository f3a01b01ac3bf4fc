//! Recognises a complete reading that brings what is stored already, as nearly every reading does, without reading what is stored.
//!
//! A room keeps a digest of its last complete reading. Whatever else changes values of stored meetings clears it; deleted ones are missed by their
//! number.

use collector_model::window::Window;
use rusqlite::{Connection, named_params};

use super::indexes::OVERLAP;

/// Whether so many meetings of a room overlap a window.
pub(super) fn are_stored(
    connection: &Connection,
    room: i64,
    window: Window,
    meetings: usize,
) -> Result<bool, rusqlite::Error> {
    let stored: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM meeting INDEXED BY meeting_end WHERE room = :room AND {OVERLAP}"
        ))?
        .query_row(
            named_params! { ":room": room, ":start": window.start(), ":end": window.end() },
            |row| row.get(0),
        )?;
    Ok(usize::try_from(stored) == Ok(meetings))
}

/// Forgets the digest of a room, because something of its stored meetings is changed that its calendar does not know.
pub(super) fn forget(connection: &Connection, room: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE room SET reading = NULL WHERE number = ?1")?
        .execute([room])?;
    Ok(())
}
