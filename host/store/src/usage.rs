//! Usage and coverage records: the newest revision of each, whatever order they arrive in.

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{Reader, Store, StoreError};

/// What became of a record that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Nothing was stored under its key.
    New,
    /// A lower revision was, and is replaced.
    Replaced,
    /// The same record was, or a higher revision: nothing changed.
    Unchanged,
    /// Another record of the same revision was, which stays: the source contradicts itself.
    Contradicted,
}

/// Records that are stored together, or not at all if it is dropped.
pub struct UsageBatch<'a>(pub(super) Transaction<'a>);

/// One of the two tables of records.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Selects what `read` takes, up to the condition.
    pub(super) select: &'static str,
    /// The instant after which a record says nothing any more.
    end: &'static str,
    /// Whether it goes on until now: an interval (the first of all forms) without an end.
    open: &'static str,
    pub(super) read: fn(&Row<'_>) -> Result<Record, rusqlite::Error>,
}

pub(super) const USAGE: Table = Table {
    name: "usage",
    select: "SELECT name, space, usage_device.device, key, revision, withdrawn, kind, form, start_at, end_at, value, resolution
        FROM usage AS record JOIN usage_device ON usage_device.number = record.device
        JOIN usage_source ON usage_source.number = record.source",
    end: "coalesce(end_at, start_at)",
    open: "(end_at IS NULL AND form = 0)",
    read: usage,
};
pub(super) const COVERAGE: Table = Table {
    name: "coverage",
    select: "SELECT name, space, usage_device.device, key, revision, withdrawn, kinds, start_at, end_at, state, reason
        FROM coverage AS record JOIN usage_device ON usage_device.number = record.device
        JOIN usage_source ON usage_source.number = record.source",
    end: "end_at",
    open: "FALSE",
    read: coverage,
};

impl Table {
    fn of(record: &Record) -> Self {
        match record {
            Record::Usage(_) => USAGE,
            Record::Coverage(_) => COVERAGE,
        }
    }
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
        Self(transaction)
    }

    /// Stores the cursor of a space, unless cursors were dropped since its reading began.
    pub(super) fn put_cursor(
        &self,
        source: &str,
        key: &str,
        cursor: Option<&str>,
        drops: i64,
    ) -> Result<(), StoreError> {
        let kept = match super::places::drops(&self.0)? {
            now if now == drops => cursor,
            _ => None,
        };
        self.0
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
        let stored: Option<u64> = self
            .0
            .prepare_cached(&format!(
                "SELECT revision FROM {} WHERE source = ?1 AND key = ?2",
                table.name
            ))?
            .query_row(params![source, origin.key], |row| row.get(0))
            .optional()?;
        match stored {
            Some(stored) if stored > origin.revision => return Ok(Put::Unchanged),
            Some(stored) if stored == origin.revision => {
                let same = self.stored(table, source, &origin.key)?.as_ref() == Some(record);
                return Ok(if same { Put::Unchanged } else { Put::Contradicted });
            }
            _ => {}
        }
        let device = self.device(source, origin)?;
        match record {
            Record::Usage(record) => self.put_usage(source, device, record)?,
            Record::Coverage(record) => self.put_coverage(source, device, record)?,
        }
        Ok(if stored.is_some() { Put::Replaced } else { Put::New })
    }

    /// Stores the batch.
    ///
    /// # Errors
    /// The store failed, and nothing of the batch is stored.
    pub fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit()?)
    }

    fn put_usage(&self, source: i64, device: i64, record: &UsageRecord) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO usage (source, key, revision, withdrawn, device, kind, form, start_at, end_at, value, resolution)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                source,
                record.origin.key,
                record.origin.revision,
                record.origin.withdrawn,
                device,
                position(Kind::ALL, record.kind),
                position(Form::ALL, record.form),
                record.start,
                record.end,
                match record.value {
                    Value::Is(value) => u32::from(value),
                    Value::Number(number) => number,
                },
                record.resolution,
            ])?;
        Ok(())
    }

    fn put_coverage(&self, source: i64, device: i64, record: &CoverageRecord) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO coverage (source, key, revision, withdrawn, device, kinds, start_at, end_at, state, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                source,
                record.origin.key,
                record.origin.revision,
                record.origin.withdrawn,
                device,
                bits(&record.kinds),
                record.start,
                record.end,
                position(State::ALL, record.state),
                record.reason,
            ])?;
        Ok(())
    }

    fn stored(&self, table: Table, source: i64, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(self
            .0
            .prepare_cached(&format!("{} WHERE record.source = ?1 AND key = ?2", table.select))?
            .query_row(params![source, key], table.read)
            .optional()?)
    }

    pub(super) fn source(&self, name: &str) -> Result<i64, StoreError> {
        if let Some(number) = source_number(&self.0, name)? {
            return Ok(number);
        }
        self.0
            .prepare_cached("INSERT INTO usage_source (name) VALUES (?1)")?
            .execute([name])?;
        Ok(self.0.last_insert_rowid())
    }

    pub(super) fn device(&self, source: i64, origin: &Origin) -> Result<i64, StoreError> {
        let named = params![source, origin.space, origin.device.as_deref().unwrap_or_default()];
        let known = self
            .0
            .prepare_cached(
                "SELECT number FROM usage_device WHERE source = ?1 AND space = ?2 AND device = ?3",
            )?
            .query_row(named, |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            return Ok(number);
        }
        self.0
            .prepare_cached("INSERT INTO usage_device (source, space, device) VALUES (?1, ?2, ?3)")?
            .execute(named)?;
        Ok(self.0.last_insert_rowid())
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
            table.select, table.end, table.open
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

fn origin(row: &Row<'_>) -> Result<Origin, rusqlite::Error> {
    let device: String = row.get(2)?;
    Ok(Origin {
        source: row.get(0)?,
        space: row.get(1)?,
        device: (!device.is_empty()).then_some(device),
        key: row.get(3)?,
        revision: row.get(4)?,
        withdrawn: row.get(5)?,
    })
}

fn usage(row: &Row<'_>) -> Result<Record, rusqlite::Error> {
    let kind = at(Kind::ALL, row, 6)?;
    let form = at(Form::ALL, row, 7)?;
    let number: u32 = row.get(10)?;
    Ok(Record::Usage(UsageRecord {
        origin: origin(row)?,
        kind,
        form,
        start: row.get(8)?,
        end: row.get(9)?,
        value: if kind == Kind::PeopleCount || form == Form::Bucket {
            Value::Number(number)
        } else {
            Value::Is(number != 0)
        },
        resolution: row.get(11)?,
    }))
}

fn coverage(row: &Row<'_>) -> Result<Record, rusqlite::Error> {
    Ok(Record::Coverage(CoverageRecord {
        origin: origin(row)?,
        kinds: kinds(row.get(6)?),
        start: row.get(7)?,
        end: row.get(8)?,
        state: at(State::ALL, row, 9)?,
        reason: row.get(10)?,
    }))
}

pub(super) fn source_number(connection: &Connection, name: &str) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number FROM usage_source WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// The stored form of kinds: a bit for each.
pub(super) fn bits(kinds: &[Kind]) -> u32 {
    kinds
        .iter()
        .fold(0, |bits, kind| bits | 1 << position(Kind::ALL, *kind))
}

/// The kinds of a stored form, sorted.
pub(super) fn kinds(bits: u32) -> Vec<Kind> {
    Kind::ALL
        .iter()
        .filter(|kind| bits & (1 << position(Kind::ALL, **kind)) != 0)
        .copied()
        .collect()
}

/// The stored form of a value: its position in the model's list, which only ever grows at its end.
pub(super) fn position<T: PartialEq>(all: &[T], value: T) -> u32 {
    all.iter()
        .position(|known| *known == value)
        .and_then(|position| u32::try_from(position).ok())
        .unwrap_or_default()
}

fn at<T: Copy>(all: &[T], row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error> {
    let position: i64 = row.get(column)?;
    usize::try_from(position)
        .ok()
        .and_then(|position| all.get(position).copied())
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, position))
}
