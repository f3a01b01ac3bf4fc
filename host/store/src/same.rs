//! Recognises a complete reading that brings what is stored already, as nearly every reading does, without reading what is stored.
//!
//! A room keeps a digest of its last complete reading. Whatever else changes values of stored meetings clears it; deleted ones are missed by their
//! number.

use collector_model::meeting::{Meeting, Subject};
use collector_model::window::Window;
use rusqlite::{Connection, named_params};
use sha2::{Digest as _, Sha256};

use super::indexes::OVERLAP;

/// Tells one list of meetings from another.
pub(super) type ReadingDigest = [u8; 32];

/// The digest of the meetings of a reading, in their order. `hidden`: whether their subjects are withheld.
pub(super) fn digest(meetings: &[Meeting], hidden: bool) -> ReadingDigest {
    let mut hasher = Sha256::new();
    let text = |hasher: &mut Sha256, text: &str| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    };
    hasher.update([u8::from(hidden)]);
    for meeting in meetings {
        text(&mut hasher, &meeting.id);
        match &meeting.series {
            Some(series) => text(&mut hasher, series),
            None => hasher.update([0xff; 8]),
        }
        match &meeting.subject {
            Subject::Text(subject) => text(&mut hasher, subject),
            Subject::Withheld => hasher.update([0xfe; 8]),
            Subject::None => hasher.update([0xff; 8]),
        }
        hasher.update(meeting.start.to_le_bytes());
        hasher.update(meeting.end.to_le_bytes());
        hasher.update([u8::from(meeting.all_day)]);
        hasher.update(meeting.status.number().to_le_bytes());
    }
    hasher.finalize().into()
}

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
