//! The tables of the state, and what can be wrong with them.

use collector_model::meeting::{Meeting, Status, Subject};
use rusqlite::Row;

/// The form of the tables.
pub(super) const VERSION: i64 = 1;
/// The tables of a new state.
pub(super) const TABLES: &str = "
    -- How far the changes of each store of a collector have come.
    CREATE TABLE store (
        number  INTEGER PRIMARY KEY,
        id      TEXT    NOT NULL UNIQUE,
        applied INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE room (
        number  INTEGER PRIMARY KEY,
        source  TEXT    NOT NULL,
        address TEXT    NOT NULL,
        name    TEXT    NOT NULL,
        UNIQUE (source, address)
    ) STRICT;
    CREATE TABLE meeting (
        room     INTEGER NOT NULL REFERENCES room (number),
        id       TEXT    NOT NULL,
        series   TEXT,
        subject  TEXT,                       -- null: none, or withheld
        withheld INTEGER NOT NULL,
        start_at INTEGER NOT NULL,           -- UTC seconds
        end_at   INTEGER NOT NULL,
        all_day  INTEGER NOT NULL,
        status   INTEGER NOT NULL,           -- 0 confirmed, 1 tentative, 2 cancelled
        day      INTEGER NOT NULL,           -- of the start, counted from 1970-01-01
        store    INTEGER NOT NULL REFERENCES store (number),
        change   INTEGER NOT NULL,           -- the number of its last change
        PRIMARY KEY (room, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX meeting_day ON meeting (day, room);
    -- Rooms whose meetings are being told anew.
    CREATE TABLE snapshot (
        room   INTEGER NOT NULL REFERENCES room (number),
        store  INTEGER NOT NULL REFERENCES store (number),
        change INTEGER NOT NULL,             -- the number of the change that began it
        PRIMARY KEY (room, store)
    ) STRICT, WITHOUT ROWID;
    -- Days whose files are behind.
    CREATE TABLE stale (
        source TEXT    NOT NULL,
        day    INTEGER NOT NULL,
        PRIMARY KEY (source, day)
    ) STRICT, WITHOUT ROWID;
    -- Days that had a file before this began. Nothing is known of them until a snapshot tells.
    CREATE TABLE found (
        source TEXT    NOT NULL,
        day    INTEGER NOT NULL,
        PRIMARY KEY (source, day)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    /// A statement failed: a full disk, a damaged file.
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    /// A newer program made it.
    #[error("it has the form {0}, and this collector knows {VERSION}")]
    Newer(i64),
    /// It is not where it was: somebody put an older one in its place.
    #[error("it had the changes up to {was}, and now up to {is}")]
    Elsewhere {
        /// The last known number.
        was: i64,
        /// The number now.
        is: i64,
    },
    /// A snapshot of a room ended without having begun.
    #[error("it does not know the begin of a snapshot that ended")]
    NoBegin,
}

/// Reads a meeting from a row that begins with id, series, subject, withheld, start, end, all-day, status.
pub(super) fn meeting(row: &Row<'_>) -> rusqlite::Result<Meeting> {
    Ok(Meeting {
        id: row.get(0)?,
        series: row.get(1)?,
        subject: Subject::of_stored(row.get(2)?, row.get(3)?),
        start: row.get(4)?,
        end: row.get(5)?,
        all_day: row.get(6)?,
        status: Status::of_number(row.get(7)?),
    })
}
