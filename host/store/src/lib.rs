//! The collector's own store: rooms, their cursors and their meetings, in one SQLite file.
//!
//! A room's meetings and its cursor change together, in one transaction per room: a crash at any moment leaves each room as it was before
//! or after a pass, never between. WAL mode with `synchronous = NORMAL`: a power cut may undo the last rooms, which the next pass brings
//! again; it cannot damage the file.

mod accounts;
mod administration;
mod api_tokens;
mod arrivals;
mod booking;
mod closed;
mod collected;
mod commit;
mod connectors;
mod entry;
mod erasing;
mod evidence;
mod history;
mod identity;
mod indexes;
mod joining;
mod listing;
pub mod lock;
mod look;
mod meeting_rows;
mod outbox;
mod pages;
mod pasts;
mod places;
mod privacy;
mod read;
mod refill;
mod retention;
mod revision;
mod same;
mod schema;
mod set_aside;
mod shared;
mod sink;
mod soundness;
mod spaces;
mod spans;
mod staging;
mod touched;
mod usage;
mod usage_expiry;
mod usage_page;
mod usage_rows;
mod weekly;

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use accounts::{Account, Kept, Role};
pub use administration::{AuditEntry, AuditSearch, ConsentRequest, Deed};
pub use api_tokens::ApiToken;
pub use closed::KeptMonth;
pub use collector_commit::usage::{
    Ahead, Committed, Put, RecordChanges, Told, UsagePage, UsagePlace, Witness,
};
pub use collector_commit::{
    Booking, Change, Deleted, Expiry, Handover, History, Reading, RoomChanges, RoomReading, Spans, Touched,
    TouchedPlace,
};
use collector_files::data_directory::{self, DirectoryError};
use collector_model::natural;
pub use collector_model::natural::compare as natural_order;
pub use collector_model::pass::{PassRecord, Past, Places, RoomCounts, RoomRecord, Trouble};
pub use collector_model::room::{RoomRow, RoomSearch};
pub use collector_model::sink::{SetAside, SinkState};
pub use collector_model::space::SpaceRecord;
pub use connectors::{ConnectorChange, ConnectorRecord, VersionRecord, VersionState};
pub use history::Event;
pub use identity::Identity;
pub use meeting_rows::{key_of, next_slot};
pub use privacy::Purge;
use rusqlite::{Connection, OpenFlags};
pub use shared::SharedStore;
pub use soundness::Interrupt;
pub use staging::Staging;
pub use touched::Touches;
pub use usage::UsageBatch;
pub use weekly::WeeklyPost;

/// The store's file in the data directory.
const FILE: &str = "collector.sqlite3";
/// How much of the write-ahead log stays on disk when it was larger, in bytes: it grows by all that a large import writes.
const LOG: i64 = 16 << 20;
/// Bytes of a page, as SQLite makes them.
const PAGE: i64 = 4_096;
/// How much of the file a connection that writes keeps in memory, in KiB. Records go to as many places of an index as there are devices and kinds;
/// with what SQLite keeps by default (2,000), an import of many devices takes twice as long.
const CACHE: i64 = 16_384;
/// How many statements a connection keeps prepared: figures run more than a dozen for each room, and to prepare one takes longer than to run it.
const STATEMENTS: usize = 64;
/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(60);

/// The key of consents and validations of a source; a draft's key is `draft:` and its id.
pub fn source_key(name: &str) -> String {
    format!("source:{name}")
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be created, or not be used as it is.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The file cannot be opened, or a newer collector wrote it.
    #[error("the store {} cannot be opened: {cause}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A file beside the store cannot be read or written.
    #[error("the files beside the store in {} cannot be used: {cause}; correct their permissions", .path.display())]
    Beside {
        /// The data directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// A statement failed: a full disk, a damaged file.
    #[error("{}", failed(.0))]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// What a failed statement means.
fn failed(error: &rusqlite::Error) -> String {
    if is_busy(error) {
        format!(
            "the store is busy: for more than {} seconds another process has been writing to it, as a large import does; try again when that has \
             ended",
            BUSY.as_secs()
        )
    } else {
        format!("the store failed: {error}")
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

impl StoreError {
    /// Whether another process wrote for longer than this one waits.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Sql(error) if is_busy(error))
    }
}

/// A store opened for reading.
pub struct Reader {
    connection: Connection,
    /// The data directory; none if the store is in memory.
    data: Option<PathBuf>,
}

impl Reader {
    /// Opens the store of an existing data directory to read it while others write.
    fn open(data: &Path) -> Result<Self, StoreError> {
        let connection = connect(data, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(BUSY)?;
        connection.create_collation("names", natural::compare)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self {
            connection,
            data: Some(data.to_owned()),
        })
    }

    /// Another reader of the same store, for another thread. None if the store is in memory.
    ///
    /// # Errors
    /// The store failed.
    pub fn again(&self) -> Result<Option<Self>, StoreError> {
        self.data.as_deref().map(Self::open).transpose()
    }
}

/// An open store. One writer at a time.
pub struct Store {
    reader: Reader,
    /// The file of what was seen outside; none until there is something.
    offered: Option<identity::Offered>,
}

impl Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Store {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl Store {
    /// Opens the store in a data directory, and creates both if they do not exist.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        data_directory::prepare(data)?;
        let path = data.join(FILE);
        private(&path);
        connect(
            data,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
        .map_err(|error| error.to_string())
        .and_then(|connection| {
            Self::prepare(connection, Some(data.to_owned())).map_err(|error| error.to_string())
        })
        .map_err(|cause| StoreError::Open { path, cause })
    }

    /// Opens the store of a data directory, if there is one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_existing(data: &Path) -> Result<Option<Self>, StoreError> {
        let path = data.join(FILE);
        // A directory that may not be searched is no empty one.
        match path.try_exists() {
            Ok(true) => Self::open(data).map(Some),
            Ok(false) => Ok(None),
            Err(cause) => Err(StoreError::Open {
                path,
                cause: cause.to_string(),
            }),
        }
    }

    /// A copy in memory of the store in a data directory, or an empty store if there is none: for a run that keeps nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn scratch(data: &Path) -> Result<Self, StoreError> {
        data_directory::look(data)?;
        let path = data.join(FILE);
        let mut connection = Connection::open_in_memory()?;
        if path.exists() {
            connect(data, OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|kept| {
                    let backup = rusqlite::backup::Backup::new(&kept, &mut connection)?;
                    backup.run_to_completion(1_000, Duration::ZERO, None)
                })
                .map_err(|error| StoreError::Open {
                    path: path.clone(),
                    cause: error.to_string(),
                })?;
        }
        Self::prepare(connection, None).map_err(|error| StoreError::Open {
            path,
            cause: error.to_string(),
        })
    }

    /// An empty store in memory: for a run that only shows whether everything works.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn empty() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, None).map_err(|error| StoreError::Open {
            path: PathBuf::from(":memory:"),
            cause: error.to_string(),
        })
    }

    fn prepare(mut connection: Connection, data: Option<PathBuf>) -> Result<Self, rusqlite_migration::Error> {
        connection.busy_timeout(BUSY)?;
        connection.create_collation("names", natural::compare)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // A transaction that reads first and writes later does not wait if another process wrote in between: it fails at once. So each
        // transaction begins as a writer.
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        if pages == 0 {
            // Then deleted space can be returned without rewriting the whole file.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "journal_size_limit", LOG)?;
        // A pass writes the same pages many times before they have to be moved into the file.
        connection.pragma_update(None, "wal_autocheckpoint", LOG / PAGE)?;
        // SQLite takes a negative number for KiB, a positive one for pages.
        connection.pragma_update(None, "cache_size", -CACHE)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A row that replaces another deletes it, and the triggers of the schema have to see that.
        connection.pragma_update(None, "recursive_triggers", true)?;
        // Overwrites deleted content where that costs no further write: a replaced subject does not linger in its page.
        connection.pragma_update(None, "secure_delete", "FAST")?;
        migrate(&mut connection)?;
        let incremental: i64 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
        if incremental != 2 {
            // A store of an earlier version. It is rewritten once; without the space for that, it stays as it is.
            let _ = connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
        }
        Ok(Self {
            reader: Reader { connection, data },
            offered: None,
        })
    }
}

/// Applies the missing migrations. Another process may apply one between our look and our try: then ours fails, and nothing is left to do.
fn migrate(connection: &mut Connection) -> Result<(), rusqlite_migration::Error> {
    const TRIES: usize = 5;
    let mut ended = schema::MIGRATIONS.to_latest(connection);
    for _ in 1..TRIES {
        match ended {
            Err(rusqlite_migration::Error::RusqliteError { .. }) => {
                ended = schema::MIGRATIONS.to_latest(connection)
            }
            decided => return decided,
        }
    }
    ended
}

/// Opens the file of a data directory. It must not be a link, and SQLite follows no links to the files beside it; links on the path to the
/// directory are allowed.
fn connect(data: &Path, access: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite would reject a link anywhere in the path.
    #[cfg(unix)]
    let (data, flags) = (
        std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned()),
        flags | OpenFlags::SQLITE_OPEN_NOFOLLOW,
    );
    Connection::open_with_flags(data.join(FILE), flags)
}

/// Creates the file before SQLite does, readable by its owner only: it contains subjects. SQLite gives the files beside it the same mode.
fn private(path: &Path) {
    // If the directory cannot be written, the next step fails with a message.
    if let Ok(file) = data_directory::options().write(true).create_new(true).open(path) {
        data_directory::hand_over(&file, path);
    }
}

#[cfg(test)]
mod tests;
