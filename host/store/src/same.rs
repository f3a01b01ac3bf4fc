//! Recognises a complete reading that brings what is stored already, as nearly every reading does, without reading what is stored.
//!
//! A room keeps a digest of its last complete reading. Whatever else changes values of stored meetings clears it; deleted ones are missed by their
//! number.

use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

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
        let status = match meeting.status {
            Status::Confirmed => 0,
            Status::Tentative => 1,
            Status::Cancelled => 2,
        };
        hasher.update(meeting.start.to_le_bytes());
        hasher.update(meeting.end.to_le_bytes());
        hasher.update([u8::from(meeting.all_day), status]);
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
            "SELECT count(*) FROM meeting INDEXED BY meeting_end WHERE {OVERLAPPING}"
        ))?
        .query_row(params![room, window.start(), window.end()], |row| row.get(0))?;
    Ok(usize::try_from(stored) == Ok(meetings))
}

/// Meetings of the room ?1 that overlap the window from ?2 to ?3.
pub(super) const OVERLAPPING: &str =
    "room = ?1 AND end_at >= ?2 AND start_at < ?3 AND (end_at > ?2 OR start_at >= ?2)";

/// Forgets the digest of a room, because something of its stored meetings is changed that its calendar does not know.
pub(super) fn forget(connection: &Connection, room: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE room SET reading = NULL WHERE number = ?1")?
        .execute([room])?;
    Ok(())
}
