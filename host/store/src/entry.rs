//! The stored form of a change: its number and its kind.

use collector_model::change::ChangeKind;
use rusqlite::{Connection, OptionalExtension as _};

/// The highest number ever given to a change.
pub(super) fn last_number(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// The stored form of a kind of change.
pub(super) fn kind_number(kind: ChangeKind) -> i64 {
    match kind {
        ChangeKind::Added => 0,
        ChangeKind::Updated => 1,
        ChangeKind::Removed => 2,
    }
}

/// The kind of change with this stored form.
pub(super) fn kind(number: i64) -> ChangeKind {
    match number {
        0 => ChangeKind::Added,
        1 => ChangeKind::Updated,
        _ => ChangeKind::Removed,
    }
}
