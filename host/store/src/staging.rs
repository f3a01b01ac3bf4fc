//! Records that wait beside the store until all of a file are read and checked. Nobody has to wait for them meanwhile: the store is locked only
//! while records that are ready and sorted are put into it.
//!
//! They wait in a database of their own in the data directory. It has no name once it is open, so it goes with the program, however that ends;
//! where an open file keeps its name, the next import removes one that was left.

use std::fs;
use std::path::Path;

use collector_model::usage::Record;
use rusqlite::types::ToSql as _;
use rusqlite::{Connection, params_from_iter};
use tempfile::TempPath;

use super::usage_rows::{COVERAGE, Table, USAGE, place, values};
use super::{Reader, StoreError};

/// The beginning of the file's name.
const NAME: &str = "collector.import-";
/// What SQLite keeps of a database in memory meanwhile, in KiB: records come in any order of their keys, and what they change in the store is
/// written once.
const CACHE: i64 = 128 << 10;

/// Records in the order of their keys, and those of one key in the order of their lines.
pub struct Staging {
    /// Closed before its file is removed.
    pub(super) connection: Connection,
    _file: Option<TempPath>,
}

impl Reader {
    /// A place where records wait beside this store.
    ///
    /// # Errors
    /// There is no space for it.
    pub fn staging(&self) -> Result<Staging, StoreError> {
        let (connection, file) = match &self.data {
            None => (Connection::open_in_memory()?, None),
            Some(data) => {
                let beside = |cause| StoreError::Beside {
                    path: data.clone(),
                    cause,
                };
                remove_leftovers(data).map_err(beside)?;
                let file = tempfile::Builder::new()
                    .prefix(NAME)
                    .tempfile_in(data)
                    .map_err(beside)?
                    .into_temp_path();
                let connection = Connection::open(&file)?;
                // Where an open file cannot be removed, it is when it was closed.
                let _ = fs::remove_file(&file);
                (connection, Some(file))
            }
        };
        // What is lost with the program needs no journal.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        for connection in [&connection, &self.connection] {
            connection.pragma_update(None, "cache_size", -CACHE)?;
        }
        for Table { name, columns, .. } in [USAGE, COVERAGE] {
            connection.execute_batch(&format!(
                "CREATE TABLE {name} (line, space, device, {columns}, PRIMARY KEY (key, line)) WITHOUT ROWID"
            ))?;
        }
        connection.execute_batch("BEGIN")?;
        Ok(Staging {
            connection,
            _file: file,
        })
    }
}

impl Staging {
    /// Adds the record of a line.
    ///
    /// # Errors
    /// There is no space for it.
    pub fn add(&self, line: u64, record: &Record) -> Result<(), StoreError> {
        let (space, device) = place(record.origin());
        let places = [line.to_sql()?, space.to_sql()?, device.to_sql()?];
        self.connection
            .prepare_cached(&Table::of(record).insert("INSERT", "line, space, device"))?
            .execute(params_from_iter(places.into_iter().chain(values(record)?)))?;
        Ok(())
    }

    /// Hands `each` all records of a source with their lines: usage before coverage, by key and line. The tables of the store are sorted by key
    /// too, so what is put into them one after the other goes into the same pages.
    ///
    /// # Errors
    /// The file cannot be read, or `each` failed.
    pub fn each(
        &self,
        source: &str,
        mut each: impl FnMut(u64, &Record) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for Table {
            name, columns, read, ..
        } in [USAGE, COVERAGE]
        {
            let mut records = self.connection.prepare(&format!(
                "SELECT ?1, space, device, {columns}, line FROM {name} ORDER BY key, line"
            ))?;
            let line = records.column_count() - 1;
            let mut rows = records.query([source])?;
            while let Some(row) = rows.next()? {
                each(row.get(line)?, &read(row)?)?;
            }
        }
        Ok(())
    }
}

/// Removes the files of imports that were killed. One that is in use has no name, or cannot be removed.
fn remove_leftovers(data: &Path) -> Result<(), std::io::Error> {
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(NAME) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}
