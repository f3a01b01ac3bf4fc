//! The collector's own store: rooms, their cursors and their meetings, in one SQLite file.
//!
//! A room's meetings and its cursor change together, in one transaction a room, so a crash at any moment leaves each room as
//! it was before or after a pass, never between. WAL mode with `synchronous = NORMAL`: a power cut may take back the last
//! rooms, which the next pass brings again; it cannot damage the file.

mod administration;
mod attempts;
mod commit;
mod connectors;
mod entry;
mod erasing;
mod history;
mod identity;
pub mod lock;
mod look;
mod outbox;
mod pages;
mod privacy;
mod read;
mod refill;
mod retention;
mod schema;
mod set_aside;
mod shared;
mod sink;

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use administration::{AccountRecord, AuditRecord, ConsentRequest};
pub use attempts::{Past, Trouble};
use collector_files::data_directory::{self, DirectoryError};
pub use commit::{Change, Reading, RoomChanges};
pub use connectors::{ConnectorChange, ConnectorRecord, VersionRecord, VersionState};
pub use entry::{ChangeKind, OutboxEntry, What};
pub use history::{Event, PassRecord, RoomCounts, RoomRecord};
pub use identity::Identity;
pub use look::{RoomRow, RoomSearch};
pub use outbox::Handover;
use rusqlite::{Connection, OpenFlags};
pub use set_aside::SetAside;
pub use shared::SharedStore;
pub use sink::SinkState;

/// The store's file in the data directory.
const FILE: &str = "collector.sqlite3";
/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(60);

/// How consents and validations of a source are called; those of a draft are `draft:` and its id.
pub fn source_key(name: &str) -> String {
    format!("source:{name}")
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made, or not be used as it is.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The file cannot be opened, or is of a newer collector.
    #[error("the store {} cannot be opened: {cause}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A file beside it cannot be read or written.
    #[error("the files beside the store in {} cannot be used: {cause}; correct their permissions", .path.display())]
    Beside {
        /// The data directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// A statement failed: a full disk, a damaged file.
    #[error("the store failed: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// A store that is only read.
pub struct Reader {
    connection: Connection,
    /// The data directory; none when it is in memory.
    data: Option<PathBuf>,
}

impl Reader {
    /// Opens the store of a data directory, which is there, to read it beside whoever writes.
    fn open(data: &Path) -> Result<Self, StoreError> {
        let connection = connect(data, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(BUSY)?;
        Ok(Self {
            connection,
            data: Some(data.to_owned()),
        })
    }
}

/// An open store. One writer at a time.
pub struct Store {
    reader: Reader,
    /// The file of what was seen outside; none until something is.
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
    /// Opens the store in a data directory, making both when they are not there.
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

    /// Opens the store of a data directory if there is one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_existing(data: &Path) -> Result<Option<Self>, StoreError> {
        if data.join(FILE).exists() {
            Self::open(data).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Looks through the whole file. What is wrong with it, if anything.
    ///
    /// # Errors
    /// It is so damaged that it cannot be read.
    pub fn check(&self) -> Result<Option<String>, StoreError> {
        let found: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((found != "ok").then_some(found))
    }

    /// A copy in memory of the store in a data directory, or an empty one when there is none: for a run that keeps nothing.
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

    /// An empty store in memory: for a run that is only to show whether it works.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn empty() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, None).map_err(|error| StoreError::Open {
            path: PathBuf::from(":memory:"),
            cause: error.to_string(),
        })
    }

    fn prepare(mut connection: Connection, data: Option<PathBuf>) -> Result<Self, rusqlite_migration::Error> {
        connection.busy_timeout(BUSY)?;
        // A transaction that reads first and then writes is not made to wait when another process wrote in between: it fails at
        // once. So each begins as a writer.
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        if pages == 0 {
            // What is deleted can then be given back without writing the whole file anew.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Where it costs no further write, what goes is overwritten: a subject that was replaced does not linger in its page.
        connection.pragma_update(None, "secure_delete", "FAST")?;
        migrate(&mut connection)?;
        let incremental: i64 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
        if incremental != 2 {
            // A store of an earlier version. Written anew once; without the space for it, it stays as it is.
            let _ = connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
        }
        Ok(Self {
            reader: Reader { connection, data },
            offered: None,
        })
    }
}

/// Takes the steps that are missing. Another process may take one between our look and our own try: then ours fails, and there is
/// nothing left of it to do.
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

/// Opens the file of a data directory. It is not followed when it is a link, and SQLite follows none to the files beside it; links on the
/// way to the directory are.
fn connect(data: &Path, access: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite would take offence at a link anywhere in the path.
    #[cfg(unix)]
    let (data, flags) = (
        std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned()),
        flags | OpenFlags::SQLITE_OPEN_NOFOLLOW,
    );
    Connection::open_with_flags(data.join(FILE), flags)
}

/// Makes the file before SQLite does, readable by its owner only: subjects are in it. SQLite gives the files beside it the same mode.
fn private(path: &Path) {
    // A directory that cannot be written fails at the next step, with words.
    if let Ok(file) = data_directory::options().write(true).create_new(true).open(path) {
        data_directory::hand_over(&file, path);
    }
}

#[cfg(test)]
mod tests;
