//! The identity of a store: whether it is the newest, a copy, or one that went back in time.
//!
//! A change that was seen outside has a number; a store restored from a backup would give the same number to another change. So two files
//! accompany the database. The first is created again at each start, at each end and now and then. The database stores what distinguishes
//! this file from all others: its inode, and when it was created and written. A copy of the directory has another file, and an older
//! database, placed beside it or copied over, refers to an older file. Permissions and owners may change. The second file holds the highest
//! number that was seen outside: a database that has not reached this number lost what came after its backup, or its write-ahead log. A
//! store in either state takes a new identity, under which it sends everything to each sink again.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use super::entry::last_number;
use super::{Reader, Store, StoreError};

/// Created again and again, and never written to.
const ORIGIN: &str = "collector.origin";
/// Its successor, until the database refers to it.
const NEXT_ORIGIN: &str = "collector.origin.next";
/// The id, and the highest number that was seen outside.
const OFFERED: &str = "collector.offered";
const ORIGIN_TEXT: &str = "By this file the collector tells whether its data directory was copied or restored. Leave it as it is.\n";

/// The identity of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The id, different for every store: 32 hexadecimal digits.
    pub id: String,
    /// When it took this id (UTC seconds), and why; none if it never had another.
    pub taken: Option<(i64, String)>,
}

impl Reader {
    /// The id of this store, different for every store: 32 hexadecimal digits.
    ///
    /// # Errors
    /// The store failed.
    pub fn id(&self) -> Result<String, StoreError> {
        Ok(self.identity()?.id)
    }

    /// The identity of this store.
    ///
    /// # Errors
    /// The store failed.
    pub fn identity(&self) -> Result<Identity, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT id, since, reason FROM store", [], |row| {
                let (since, reason): (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
                Ok(Identity {
                    id: row.get(0)?,
                    taken: since.map(|since| (since, reason.unwrap_or_default())),
                })
            })?)
    }

    /// The highest number ever given to a change.
    ///
    /// # Errors
    /// The store failed.
    pub fn last_number(&self) -> Result<i64, StoreError> {
        Ok(last_number(&self.connection)?)
    }
}

impl Store {
    /// Checks whether this store is the one that was here last, and if not, gives it a new identity. Returns the new identity, with the
    /// reason; none if all is well. Call this before changes are stored.
    ///
    /// # Errors
    /// The store or the files beside it failed.
    pub fn recognize(&mut self) -> Result<Option<Identity>, StoreError> {
        let Some(data) = self.data.clone() else {
            return Ok(None);
        };
        // Within a transaction: another process may do the same at this moment.
        let transaction = self.connection.transaction()?;
        let (id, origin, before): (String, Option<String>, Option<String>) =
            transaction.query_row("SELECT id, origin, origin_before FROM store", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let here = mark(&data.join(ORIGIN)).map_err(|cause| beside(&data, cause))?;
        let offered = Offered::read(&data).map_err(|cause| beside(&data, cause))?;
        let problem = match (origin, here) {
            // Before this check existed, a backup looked like any other store.
            (None, None) => offered_any(&transaction)?
                .then_some("an earlier version of the collector wrote it, so it may be a backup"),
            (then, now) => match offered {
                Some((of, _)) if of != id => Some("it is older than the store that was here last"),
                Some((_, number)) if number > last_number(&transaction)? => {
                    Some("it lacks changes that were already delivered")
                }
                // The file before this one: the program was killed between two steps of the replacement.
                _ if now.is_some() && (then == now || before == now) => None,
                _ => Some("its directory was copied, moved or restored"),
            },
        };
        transaction.commit()?;
        let taken = problem.map(|problem| self.take_identity(problem)).transpose()?;
        self.renew_origin()?;
        Ok(taken)
    }

    /// Replaces the file that distinguishes this store from its copies: copies made before now count as older.
    ///
    /// Two processes may do this at one time. So each touches the files within a transaction only, and one finishes what another began: at
    /// every moment the file is the one that the database refers to, or its predecessor.
    ///
    /// # Errors
    /// The store or the files beside it failed.
    pub fn renew_origin(&mut self) -> Result<(), StoreError> {
        let Some(data) = self.data.clone() else {
            return Ok(());
        };
        let next = data.join(NEXT_ORIGIN);
        self.durably(|transaction| {
            put_origin(transaction, &data)?;
            let made = collector_files::whole_file::replace(&next, ORIGIN_TEXT.as_bytes(), None)
                .and_then(|()| mark(&next))
                .map_err(|cause| beside(&data, cause))?;
            transaction.execute("UPDATE store SET origin_before = origin, origin = ?1", [made])?;
            Ok(())
        })?;
        let transaction = self.connection.transaction()?;
        put_origin(&transaction, &data)?;
        Ok(transaction.commit()?)
    }

    /// Takes a new identity. No change sent under the old one is sent under the new one; every sink gets everything again, each room after
    /// its next full reading. The store knows nothing about the time between its own state and now, and what sinks have for that time must
    /// stay.
    ///
    /// # Errors
    /// The store or the files beside it failed; the identity is the old one.
    pub fn take_identity(&mut self, reason: &str) -> Result<Identity, StoreError> {
        self.durably(|transaction| {
            transaction.execute(
                "UPDATE store SET id = lower(hex(randomblob(16))), since = unixepoch(), reason = ?1",
                [reason],
            )?;
            transaction.execute("UPDATE room SET known_from = NULL, cursor = NULL", [])?;
            transaction.execute("UPDATE space SET cursor = NULL", [])?;
            transaction.execute("UPDATE store SET drops = drops + 1", [])?;
            Ok(super::refill::begin_anew(transaction)?)
        })?;
        let identity = self.identity()?;
        self.note_offered(self.last_number()?)?;
        Ok(identity)
    }

    /// Changes the store. When this returns, the change and everything committed before it is on the disk.
    pub(super) fn durably<R>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        // A commit in this mode syncs the write-ahead log, including earlier commits.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let changed = self
            .connection
            .transaction()
            .map_err(StoreError::from)
            .and_then(|transaction| {
                let changed = change(&transaction)?;
                transaction.commit()?;
                Ok(changed)
            });
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        changed
    }

    /// Notes beside the database that numbers up to this one were seen outside.
    pub(super) fn note_offered(&mut self, number: i64) -> Result<(), StoreError> {
        let Some(data) = self.data.clone() else {
            return Ok(());
        };
        let id = self.id()?;
        let written = match &mut self.offered {
            Some(offered) => offered.write(&id, number),
            none => Offered::open(&data).and_then(|opened| none.insert(opened).write(&id, number)),
        };
        written.map_err(|cause| beside(&data, cause))
    }
}

/// The file with the highest number that was seen outside, open as long as the store is.
pub(super) struct Offered(File);

impl Offered {
    fn open(data: &Path) -> std::io::Result<Self> {
        let mut options = collector_files::data_directory::options();
        options.write(true).create(true).truncate(false);
        let path = data.join(OFFERED);
        let file = options.open(&path)?;
        collector_files::data_directory::hand_over(&file, &path);
        Ok(Self(file))
    }

    /// One line of fixed length: a single write replaces it.
    fn write(&mut self, id: &str, number: i64) -> std::io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(format!("{id} {number:019}\n").as_bytes())?;
        self.0.sync_data()
    }

    /// The id and the number; none if the file is missing or incomplete.
    fn read(data: &Path) -> std::io::Result<Option<(String, i64)>> {
        const LONGEST: u64 = 100;
        let mut line = String::new();
        match collector_files::data_directory::open(&data.join(OFFERED)) {
            Ok(file) => file.take(LONGEST).read_to_string(&mut line)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(line
            .trim_end()
            .split_once(' ')
            .and_then(|(id, number)| Some((id.to_owned(), number.parse().ok()?))))
    }
}

/// Whether a sink was ever offered anything.
fn offered_any(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sink WHERE offered > 0)",
        [],
        |row| row.get(0),
    )
}

/// Puts the successor of the file in its place, if the database refers to the successor already.
fn put_origin(transaction: &Transaction<'_>, data: &Path) -> Result<(), StoreError> {
    let origin: Option<String> = transaction.query_row("SELECT origin FROM store", [], |row| row.get(0))?;
    let next = data.join(NEXT_ORIGIN);
    let waiting = mark(&next).map_err(|cause| beside(data, cause))?;
    if waiting.is_some() && waiting == origin {
        std::fs::rename(next, data.join(ORIGIN)).map_err(|cause| beside(data, cause))?;
    }
    Ok(())
}

/// What distinguishes a file from all others and from its copies. A new name, owner or mode does not change it.
fn mark(path: &Path) -> std::io::Result<Option<String>> {
    let Some(file) = there(path)? else { return Ok(None) };
    // Some file systems do not record when a file was created.
    let made = file.created().map_or(0, nanoseconds);
    let written = nanoseconds(file.modified()?);
    Ok(Some(format!("{} {made} {written}", inode(&file))))
}

fn nanoseconds(time: std::time::SystemTime) -> u128 {
    time.duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos())
}

#[cfg(unix)]
fn inode(file: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

fn there(path: &Path) -> std::io::Result<Option<std::fs::Metadata>> {
    match std::fs::symlink_metadata(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn beside(data: &Path, cause: std::io::Error) -> StoreError {
    StoreError::Beside {
        path: PathBuf::from(data),
        cause,
    }
}
