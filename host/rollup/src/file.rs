//! The file: its tables, and how it is opened, replaced and asked.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use collector_files::data_directory;
use collector_store::StoreError;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction};

/// The file in the data directory.
const FILE: &str = "insights.sqlite3";
/// What SQLite keeps beside it.
const BESIDE: [&str; 2] = ["-wal", "-shm"];
/// The version of the tables. A file of another version is replaced.
const VERSION: i64 = 5;
/// How long to wait for another process that folds.
const BUSY: Duration = Duration::from_secs(60);
/// Bytes of a page.
const PAGE: i64 = 8_192;
/// Pages that are written beside the file before they go into it: 128 MiB.
const CHECKPOINT: i64 = 16_384;
/// KiB of pages that are kept in memory.
const CACHE: i64 = 16_384;
/// How often to try again while others make the file, and how long to wait before.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(20);
/// How many statements are kept prepared: a room is stored by about twenty, and to prepare one takes longer than to run it.
const STATEMENTS: usize = 64;
/// That the file cannot be written is told once.
static NOT_WRITABLE: Once = Once::new();

const TABLES: &str = "
    -- What all of it was computed from.
    CREATE TABLE state (
        store   TEXT NOT NULL,               -- the id of the store
        program TEXT NOT NULL,               -- the version of the program, which has the zones of the world in it
        scope   INTEGER NOT NULL,            -- a digest of the rooms and what is configured about them
        seen    INTEGER NOT NULL             -- the number of the last change in the store's journal that is in `mark` or in the days
    ) STRICT;
    -- Rooms whose months are kept as one: those that share building and band.
    CREATE TABLE alike (
        number   INTEGER PRIMARY KEY,
        building TEXT NOT NULL,
        band     INTEGER NOT NULL,
        part     INTEGER NOT NULL,           -- rooms without a building have nothing together: there may be many, so they are kept in parts
        first    INTEGER,                    -- no date before it was computed, as days since 1970; null: none was
        last     INTEGER,                    -- none after it
        UNIQUE (building, band, part)
    ) STRICT;
    CREATE TABLE room (
        number    INTEGER PRIMARY KEY,
        source    TEXT NOT NULL,
        address   TEXT NOT NULL,
        alike     INTEGER NOT NULL REFERENCES alike (number),
        seats     INTEGER,
        settings  INTEGER NOT NULL,          -- a digest of what was configured about it
        witnesses INTEGER NOT NULL,          -- a digest of what its records told of any time
        first     INTEGER,                   -- the first date that is known, as days since 1970; null: none is
        next      INTEGER,                   -- the first date that was not yet computed because it had not begun
        as_of     INTEGER,                   -- UTC seconds: the present when it was computed
        ahead     BLOB,                      -- what its series book on the dates from `next` on
        turn      INTEGER NOT NULL,          -- how often something of it was stored: who computed from what was before is too late
        UNIQUE (source, address)
    ) STRICT;
    CREATE INDEX room_alike ON room (alike);
    -- Dates that have to be computed anew.
    CREATE TABLE mark (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        room   INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        first  INTEGER NOT NULL,
        last   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mark_room ON mark (room);
    CREATE TABLE day (
        room    INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        date    INTEGER NOT NULL,            -- days since 1970, on the room's clock
        settles INTEGER,                     -- UTC seconds: until then it changes as time passes; null: it was computed after that
        content BLOB NOT NULL,
        PRIMARY KEY (room, date)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX day_settles ON day (room) WHERE settles IS NOT NULL;
    CREATE TABLE series (
        number  INTEGER PRIMARY KEY,
        room    INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        digest  INTEGER NOT NULL,            -- of the id, which may be long
        id      TEXT NOT NULL,
        history BLOB NOT NULL                -- its bookings up to today
    ) STRICT;
    CREATE INDEX series_room ON series (room, digest);
    -- When nobody attended a series any more: looked at as of an instant after `since`, and not after `until`.
    CREATE TABLE zombie (
        until         INTEGER NOT NULL,      -- UTC seconds
        series        INTEGER NOT NULL REFERENCES series (number) ON DELETE CASCADE,
        since         INTEGER NOT NULL,      -- UTC seconds
        streak        INTEGER NOT NULL,
        last_attended INTEGER,               -- UTC seconds
        PRIMARY KEY (until, series, since)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX zombie_series ON zombie (series);
    -- The months that are added up from the days as they are now.
    CREATE TABLE built (
        alike INTEGER NOT NULL,
        month INTEGER NOT NULL,              -- months since year 0
        until INTEGER,                       -- its dates before this one, as days since 1970; null: all of them
        PRIMARY KEY (alike, month)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE month (
        part    INTEGER NOT NULL,            -- what of it
        alike   INTEGER NOT NULL,
        month   INTEGER NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (part, alike, month)
    ) STRICT, WITHOUT ROWID;
    -- The sinks that are told about verdicts and days. While there is none, nothing is noted in the tables below.
    CREATE TABLE teller (
        sink   TEXT PRIMARY KEY,
        born   INTEGER NOT NULL,             -- a number by chance: positions of another file mean nothing here
        passed INTEGER NOT NULL              -- the number of the last of the news that it was told
    ) STRICT;
    -- The dates of which something was stored, once each, in the order in which it was.
    CREATE TABLE news (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        room   INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        date   INTEGER NOT NULL,
        UNIQUE (room, date)
    ) STRICT;
    -- The dates with a verdict that is provisional: they are news again when the first of them is no more.
    CREATE TABLE pending (
        room  INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        date  INTEGER NOT NULL,
        until INTEGER NOT NULL,              -- UTC seconds
        PRIMARY KEY (room, date)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pending_until ON pending (until);
    -- What a sink was told, as digests.
    CREATE TABLE told (
        room    INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        date    INTEGER NOT NULL,
        sink    TEXT NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (room, date, sink)
    ) STRICT, WITHOUT ROWID;
";

/// Why figures cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum RollupsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file failed while it was used.
    #[error("{} failed: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        cause: rusqlite::Error,
    },
    /// The file has changes that the store does not have: somebody has folded since the moment at which the store is read, or the store was
    /// restored and was not told from its copy yet. Or another process has folded for another configuration.
    #[error(
        "the figures that are kept are newer than what is read of the store, or for another configuration"
    )]
    Ahead,
    /// Nobody wants to wait longer.
    #[error("computing was stopped after {done} of {all} rooms")]
    Stopped {
        /// How many rooms were computed.
        done: usize,
        /// How many there are to compute.
        all: usize,
    },
}

/// The opened file.
#[derive(Debug)]
pub struct Rollups {
    pub(crate) connection: Connection,
    path: PathBuf,
    /// A digest of the rooms and what is configured about them, as they were taken over last: what is computed is for these.
    pub(crate) scope: Option<i64>,
}

impl RollupsError {
    /// Whether the file failed, and not because another process held it for longer than this one waits.
    fn is_of_file(&self) -> bool {
        match self {
            Self::File { cause, .. } => cause.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy),
            Self::Store(_) | Self::Ahead | Self::Stopped { .. } => false,
        }
    }
}

impl Rollups {
    /// Works with the file of a data directory. If it fails while it is used, it is made anew once: it holds nothing that cannot be computed again.
    /// If it is ahead of the store, this one work is done in memory.
    ///
    /// # Errors
    /// The work failed.
    pub fn with<A>(
        data: &Path,
        mut work: impl FnMut(&mut Self) -> Result<A, RollupsError>,
    ) -> Result<A, RollupsError> {
        let mut rollups = Self::open(data)?;
        match work(&mut rollups) {
            Err(error) if error.is_of_file() => {
                tracing::warn!("{error}; the figures are computed anew");
                rollups.discard();
                work(&mut Self::open(data)?)
            }
            Err(RollupsError::Ahead) => work(&mut Self::in_memory()?),
            done => done,
        }
    }

    /// Opens the file of a data directory, or makes it. One that is damaged or of another version is replaced: it holds nothing that cannot be
    /// computed again. If it cannot be written at all, everything is computed in memory.
    ///
    /// # Errors
    /// There is not enough memory.
    pub(crate) fn open(data: &Path) -> Result<Self, RollupsError> {
        let path = data.join(FILE);
        let opened = prepare_in_turn(&path).or_else(|cause| {
            if !cause.is_the_content() {
                return Err(cause);
            }
            tracing::warn!(
                "{} cannot be used: {cause}; its figures are computed anew",
                path.display()
            );
            remove(&path);
            prepare(&path)
        });
        match opened {
            Ok(connection) => Ok(Self {
                connection,
                path,
                scope: None,
            }),
            Err(cause) => {
                NOT_WRITABLE.call_once(|| {
                    tracing::warn!(
                        "{} cannot be written: {cause}; figures are computed in memory, anew for each question. Let this user write in the data \
                         directory",
                        path.display()
                    );
                });
                Self::in_memory()
            }
        }
    }

    /// A file that is in memory only.
    ///
    /// # Errors
    /// There is not enough memory.
    pub(crate) fn in_memory() -> Result<Self, RollupsError> {
        let path = PathBuf::from(":memory:");
        match in_memory() {
            Ok(connection) => Ok(Self {
                connection,
                path,
                scope: None,
            }),
            Err(cause) => Err(RollupsError::File { path, cause }),
        }
    }

    /// Removes the file after a failure while it was used, so that the next one who opens it makes it anew.
    fn discard(self) {
        let path = self.path.clone();
        drop(self);
        remove(&path);
    }

    /// The same, for what was computed for the rooms and the configuration that were taken over: nothing is changed if another process has taken
    /// over others since.
    pub(crate) fn within_scope<A>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<A, Failure>,
    ) -> Result<A, RollupsError> {
        let scope = self.scope;
        self.within(|file| {
            is_for(file, scope)?;
            work(file)
        })
    }

    /// Another connection that reads the same file; none if it is in memory.
    pub(crate) fn again(&self) -> Result<Option<Connection>, RollupsError> {
        if self.connection.path().is_none_or(str::is_empty) {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.path, flags);
        let ready = opened.and_then(|connection| {
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        });
        ready.map(Some).map_err(|error| self.failed(error.into()))
    }

    /// Reads from the file.
    pub(crate) fn read<A>(
        &self,
        work: impl FnOnce(&Connection) -> Result<A, rusqlite::Error>,
    ) -> Result<A, RollupsError> {
        work(&self.connection).map_err(|error| self.failed(error.into()))
    }

    /// Does work in one transaction, all of it or nothing.
    pub(crate) fn within<A>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<A, Failure>,
    ) -> Result<A, RollupsError> {
        let begun = self.connection.transaction().map_err(Failure::from);
        let done = begun.and_then(|transaction| {
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        });
        done.map_err(|failure| self.failed(failure))
    }

    /// Names the file, if it is what failed.
    pub(crate) fn failed(&self, failure: Failure) -> RollupsError {
        match failure {
            Failure::File(cause) => RollupsError::File {
                path: self.path.clone(),
                cause,
            },
            Failure::Store(error) => RollupsError::Store(error),
            Failure::Ahead => RollupsError::Ahead,
        }
    }
}

/// Fails if the file is for other rooms or another configuration.
pub(crate) fn is_for(file: &Connection, scope: Option<i64>) -> Result<(), Failure> {
    let of_file: Option<i64> = file
        .prepare_cached("SELECT scope FROM state")?
        .query_row([], |row| row.get(0))
        .optional()?;
    match of_file == scope {
        true => Ok(()),
        false => Err(Failure::Ahead),
    }
}

/// What failed while the file was worked with.
pub(crate) enum Failure {
    File(rusqlite::Error),
    Store(StoreError),
    Ahead,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why an existing file is not used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    OfVersion(i64),
    #[error(transparent)]
    Failed(#[from] rusqlite::Error),
}

impl Unusable {
    /// Whether what is in the file is the cause, and not that it may not be opened.
    fn is_the_content(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
        match self {
            Self::OfVersion(_) => true,
            Self::Failed(error) => matches!(
                error.sqlite_error_code(),
                Some(DatabaseCorrupt | NotADatabase | Unknown) | None
            ),
        }
    }
}

/// Prepares the file, when others have: who makes it, or changes how it is written, does not wait for others, nor do they wait for it.
fn prepare_in_turn(path: &Path) -> Result<Connection, Unusable> {
    for _ in 0..TRIES {
        match prepare(path) {
            Err(Unusable::Failed(error))
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) =>
            {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    prepare(path)
}

fn prepare(path: &Path) -> Result<Connection, Unusable> {
    // SQLite gives the files beside it the same mode.
    if let Ok(file) = data_directory::options().write(true).create_new(true).open(path) {
        data_directory::hand_over(&file, path);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Of a new file: months are read in pieces of this size, and a day that is written anew writes one.
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A day of many rooms changes the same pages again and again: they go to the file once.
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "journal_size_limit", CHECKPOINT * PAGE)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    // After a power cut the last days are computed anew.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    set_up(&mut connection)?;
    Ok(connection)
}

fn in_memory() -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open_in_memory()?;
    match set_up(&mut connection) {
        Ok(()) => Ok(connection),
        Err(Unusable::Failed(error)) => Err(error),
        Err(Unusable::OfVersion(_)) => Err(rusqlite::Error::InvalidQuery),
    }
}

fn set_up(connection: &mut Connection) -> Result<(), Unusable> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
    // Whoever only reads a file that is there does not wait for who writes.
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    match version(&transaction)? {
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        VERSION => {}
        other => return Err(Unusable::OfVersion(other)),
    }
    transaction.commit()?;
    Ok(())
}

/// The version of the tables; 0 if there are none.
fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn remove(path: &Path) {
    // What cannot be removed is seen when the file is opened again.
    let _ = std::fs::remove_file(path);
    for beside in BESIDE {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}
