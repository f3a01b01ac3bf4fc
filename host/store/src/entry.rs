//! The numbers of changes.

use rusqlite::{Connection, OptionalExtension as _};

/// The highest number ever given to a change.
pub(super) fn last_number(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}
