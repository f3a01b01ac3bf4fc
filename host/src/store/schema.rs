//! The store's tables and their migrations, applied in order when the store is opened. A migration that was released is
//! never changed; a new one is added.

use rusqlite_migration::{M, Migrations};

const STEPS: &[M<'static>] = &[M::up(
    "
    CREATE TABLE room (
        number   INTEGER PRIMARY KEY,
        source   TEXT NOT NULL,
        address  TEXT NOT NULL,              -- lower case
        name     TEXT NOT NULL,
        building TEXT,
        capacity INTEGER,
        lists    TEXT NOT NULL,              -- a JSON array of room list addresses
        listed   INTEGER NOT NULL,           -- 1: found by the last expansion, or kept since its list could not be read
        cursor   TEXT,
        UNIQUE (source, address)
    ) STRICT;
    CREATE TABLE meeting (
        room     INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        id       TEXT NOT NULL,
        series   TEXT,
        subject  TEXT,                       -- null: none, or withheld
        withheld INTEGER NOT NULL,           -- 1: not to be shown
        start_at INTEGER NOT NULL,           -- UTC seconds
        end_at   INTEGER NOT NULL,
        all_day  INTEGER NOT NULL,
        status   INTEGER NOT NULL,           -- 0 confirmed, 1 tentative, 2 cancelled
        PRIMARY KEY (room, id)
    ) STRICT, WITHOUT ROWID;
    ",
)];

/// All migrations, oldest first.
pub(super) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);
