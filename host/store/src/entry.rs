//! Changes as they wait in the outbox: what is told, its number, and how a meeting's status is stored.

use collector_model::meeting::{Meeting, Status};
use rusqlite::{Connection, OptionalExtension as _};

/// What happened to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or told anew.
    Added,
    /// It is otherwise than before.
    Updated,
    /// It is no longer there.
    Removed,
}

/// What a sink is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// What happened to a meeting: as it is after the change; as it was, without its subject, when it was removed.
    Meeting(ChangeKind, Meeting),
    /// All meetings of the room follow.
    SnapshotBegin,
    /// All meetings of the room were told.
    SnapshotEnd {
        /// UTC seconds: what ends after this instant is known. About earlier meetings the store says nothing.
        from: i64,
        /// How many meetings there are.
        meetings: u64,
    },
}

/// One change of one meeting, as it waits for its delivery; or the begin or the end of all meetings of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Ascending, with gaps, never used twice.
    pub number: i64,
    /// When it was stored or is told anew, UTC seconds.
    pub at: i64,
    /// The source.
    pub source: String,
    /// The store's own number of the room.
    pub room_number: i64,
    /// The room's address.
    pub room: String,
    /// The room's display name as it is now: foreign text.
    pub room_name: String,
    /// What is told.
    pub what: What,
}

impl OutboxEntry {
    /// The meeting's id; empty when it is about the room.
    pub fn meeting_id(&self) -> &str {
        match &self.what {
            What::Meeting(_, meeting) => &meeting.id,
            What::SnapshotBegin | What::SnapshotEnd { .. } => "",
        }
    }
}

/// The highest number that was ever given to a change.
pub(super) fn last_number(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// How a status is stored.
pub(super) fn status_number(status: Status) -> i64 {
    match status {
        Status::Confirmed => 0,
        Status::Tentative => 1,
        Status::Cancelled => 2,
    }
}
