//! Changes as they wait in the outbox: content, number, and how a meeting's status is stored.

use collector_model::meeting::{Meeting, Status};
use rusqlite::{Connection, OptionalExtension as _};

/// What happened to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or sent again.
    Added,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
}

/// The content of a change for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A change of a meeting: the meeting after the change, or, if it was removed, as it was, without its subject.
    Meeting(ChangeKind, Meeting),
    /// All meetings of the room follow.
    SnapshotBegin,
    /// All meetings of the room were sent.
    SnapshotEnd {
        /// UTC seconds: meetings that end after this instant are known. About earlier ones the store knows nothing.
        from: i64,
        /// The number of meetings.
        meetings: u64,
    },
}

/// One change of one meeting that waits for delivery; or the begin or the end of a snapshot of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Ascending, with gaps, never used twice.
    pub number: i64,
    /// When it was stored or is sent again, UTC seconds.
    pub at: i64,
    /// The source.
    pub source: String,
    /// The store's own number of the room.
    pub room_number: i64,
    /// The room's address.
    pub room: String,
    /// The room's display name as it is now: foreign text.
    pub room_name: String,
    /// The content.
    pub what: What,
}

impl OutboxEntry {
    /// The meeting's id; empty if the change concerns the room.
    pub fn meeting_id(&self) -> &str {
        match &self.what {
            What::Meeting(_, meeting) => &meeting.id,
            What::SnapshotBegin | What::SnapshotEnd { .. } => "",
        }
    }
}

/// The highest number ever given to a change.
pub(super) fn last_number(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// The stored form of a status.
pub(super) fn status_number(status: Status) -> i64 {
    match status {
        Status::Confirmed => 0,
        Status::Tentative => 1,
        Status::Cancelled => 2,
    }
}
