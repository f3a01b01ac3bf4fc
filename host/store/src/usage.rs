//! Usage and coverage records: the newest revision of each, whatever order they arrive in.

use std::cell::RefCell;
use std::collections::HashMap;

use collector_commit::RecordSpans;
use collector_commit::usage::Put;
use collector_model::usage::{Origin, Record};
use collector_model::window::Window;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params, params_from_iter};

use super::touched::touch_records;
use super::usage_rows::{COVERAGE, Table, USAGE, place, values};
use super::{Reader, Store, StoreError};

/// Records that are stored together, or not at all if it is dropped.
pub struct UsageBatch<'a> {
    pub(super) transaction: Transaction<'a>,
    /// The numbers of the sources and devices that were looked up: few, and each record names them.
    sources: RefCell<HashMap<String, i64>>,
    devices: RefCell<HashMap<(i64, String, String), i64>>,
    touched: RefCell<RecordSpans>,
}

impl Store {
    /// Begins a batch of records. Nobody else writes until it ends.
    ///
    /// # Errors
    /// The store failed.
    pub fn usage_batch(&mut self) -> Result<UsageBatch<'_>, StoreError> {
        Ok(UsageBatch::of(self.connection.transaction()?))
    }
}

impl<'a> UsageBatch<'a> {
    /// A batch within a transaction.
    pub(super) fn of(transaction: Transaction<'a>) -> Self {
        Self {
            transaction,
            sources: RefCell::default(),
            devices: RefCell::default(),
            touched: RefCell::default(),
        }
    }

    /// Stores the cursor of a space, unless cursors were dropped since its reading began.
    pub(super) fn put_cursor(
        &self,
        source: &str,
        key: &str,
        cursor: Option<&str>,
        drops: i64,
    ) -> Result<(), StoreError> {
        let kept = match super::places::drops(&self.transaction)? {
            now if now == drops => cursor,
            _ => None,
        };
        self.transaction
            .prepare_cached(
                "UPDATE space SET cursor = ?3 WHERE source = ?1 AND key = ?2 AND cursor IS NOT ?3",
            )?
            .execute(params![source, key, kept])?;
        Ok(())
    }

    /// Puts a record.
    ///
    /// # Errors
    /// The store failed.
    pub fn put(&self, record: &Record) -> Result<Put, StoreError> {
        let origin = record.origin();
        let source = self.source(&origin.source)?;
        let table = Table::of(record);
        // Most records are new, of a device that is known, and there are many of them: one statement each.
        if let Some(device) = self.known_device(source, origin)?
            && self.write("INSERT OR IGNORE", source, device, record)?
        {
            return Ok(Put::New);
        }
        let stored: Option<u64> = self
            .transaction
            .prepare_cached(&format!(
                "SELECT revision FROM {} WHERE source = ?1 AND key = ?2",
                table.name
            ))?
            .query_row(params![source, origin.key], |row| row.get(0))
            .optional()?;
        let put = Put::of(stored, origin.revision, || {
            Ok::<_, StoreError>(self.stored(table, source, &origin.key)?.as_ref() == Some(record))
        })?;
        if put.is_written() {
            let device = self.device(source, origin)?;
            self.write("INSERT OR REPLACE", source, device, record)?;
        }
        Ok(put)
    }

    /// Stores the batch.
    ///
    /// # Errors
    /// The store failed, and nothing of the batch is stored.
    pub fn commit(self) -> Result<(), StoreError> {
        touch_records(&self.transaction, &self.touched.borrow())?;
        Ok(self.transaction.commit()?)
    }

    /// Writes the row of a record, by a statement that begins so. Returns whether it did.
    fn write(&self, how: &str, source: i64, device: i64, record: &Record) -> Result<bool, StoreError> {
        let places = [source.into(), device.into()];
        let rows = self
            .transaction
            .prepare_cached(&Table::of(record).insert(how, "source, device"))?
            .execute(params_from_iter(places.into_iter().chain(values(record)?)))?;
        if rows > 0 {
            self.touched.borrow_mut().note(device, record);
        }
        Ok(rows > 0)
    }

    fn stored(&self, table: Table, source: i64, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(&format!(
                "{} WHERE record.source = ?1 AND key = ?2",
                table.select()
            ))?
            .query_row(params![source, key], table.read)
            .optional()?)
    }

    pub(super) fn source(&self, name: &str) -> Result<i64, StoreError> {
        if let Some(number) = self.sources.borrow().get(name) {
            return Ok(*number);
        }
        let number = match source_number(&self.transaction, name)? {
            Some(number) => number,
            None => self
                .transaction
                .prepare_cached("INSERT INTO usage_source (name) VALUES (?1)")?
                .insert([name])?,
        };
        self.sources.borrow_mut().insert(name.to_owned(), number);
        Ok(number)
    }

    pub(super) fn device(&self, source: i64, origin: &Origin) -> Result<i64, StoreError> {
        if let Some(number) = self.known_device(source, origin)? {
            return Ok(number);
        }
        let (space, device) = place(origin);
        Ok(self
            .transaction
            .prepare_cached("INSERT INTO usage_device (source, space, device) VALUES (?1, ?2, ?3)")?
            .insert(params![source, space, device])?)
    }

    fn known_device(&self, source: i64, origin: &Origin) -> Result<Option<i64>, StoreError> {
        let (space, device) = place(origin);
        let key = (source, space.to_owned(), device.to_owned());
        if let Some(number) = self.devices.borrow().get(&key) {
            return Ok(Some(*number));
        }
        let known = self
            .transaction
            .prepare_cached(
                "SELECT number FROM usage_device WHERE source = ?1 AND space = ?2 AND device = ?3",
            )?
            .query_row(params![source, space, device], |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            self.devices.borrow_mut().insert(key, number);
        }
        Ok(known)
    }
}

impl Reader {
    /// Hands `each` the newest revision of every record that overlaps a window, withdrawn ones too: of the named sources (none: of all), by
    /// source, space and device, usage before coverage, then by start and key.
    ///
    /// # Errors
    /// The store failed, or `each` did.
    pub fn usage<E: From<StoreError>>(
        &self,
        sources: &[String],
        window: Window,
        mut each: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        for (device, source) in self.usage_devices()? {
            if !sources.is_empty() && !sources.contains(&source) {
                continue;
            }
            for table in [USAGE, COVERAGE] {
                self.usage_of(table, device, window, &mut each)?;
            }
        }
        Ok(())
    }

    /// The sources that have, or had, usage or coverage records, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn usage_sources(&self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .connection
            .prepare("SELECT name FROM usage_source ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The store's own number of each device of a space, with the name of its source.
    pub(super) fn usage_devices(&self) -> Result<Vec<(i64, String)>, StoreError> {
        Ok(self
            .connection
            .prepare(
                "SELECT usage_device.number, name FROM usage_device JOIN usage_source ON usage_source.number = source
                 ORDER BY name, space, device",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    fn usage_of<E: From<StoreError>>(
        &self,
        table: Table,
        device: i64,
        window: Window,
        each: &mut impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: rusqlite::Error| E::from(StoreError::from(error));
        let text = format!(
            "{} WHERE record.device = ?1 AND start_at < ?3 AND ({} >= ?2 OR {}) ORDER BY start_at, key",
            table.select(),
            table.end,
            table.open
        );
        let mut records = self.connection.prepare_cached(&text).map_err(failed)?;
        let found = records
            .query_map(params![device, window.start(), window.end()], table.read)
            .map_err(failed)?;
        for record in found {
            each(record.map_err(failed)?)?;
        }
        Ok(())
    }
}

pub(super) fn source_number(connection: &Connection, name: &str) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number FROM usage_source WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
