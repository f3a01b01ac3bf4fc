//! Usage and coverage records as rows of their tables.

use collector_commit::usage::{bits, kinds, number, of_position, position, value};
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord};
use rusqlite::Row;
use rusqlite::types::{ToSql as _, ToSqlOutput};

/// One of the two tables of records.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns of a record itself, in the order of [`values`]. Before them, `read` takes source, space and device.
    pub(super) columns: &'static str,
    /// The instant after which a record says nothing any more.
    pub(super) end: &'static str,
    /// Whether it goes on until now: an interval (the first of all forms) without an end.
    pub(super) open: &'static str,
    pub(super) read: fn(&Row<'_>) -> Result<Record, rusqlite::Error>,
}

pub(super) const USAGE: Table = Table {
    name: "usage",
    columns: "key, revision, withdrawn, kind, form, start_at, end_at, value, resolution",
    end: "coalesce(end_at, start_at)",
    open: "(end_at IS NULL AND form = 0)",
    read: usage,
};
pub(super) const COVERAGE: Table = Table {
    name: "coverage",
    columns: "key, revision, withdrawn, kinds, start_at, end_at, state, reason",
    end: "end_at",
    open: "FALSE",
    read: coverage,
};

impl Table {
    pub(super) fn of(record: &Record) -> Self {
        match record {
            Record::Usage(_) => USAGE,
            Record::Coverage(_) => COVERAGE,
        }
    }

    /// A statement that begins so and puts a row: first these columns, then those of the record itself.
    pub(super) fn insert(self, how: &str, first: &str) -> String {
        let count = first.split(',').count() + self.columns.split(',').count();
        format!(
            "{how} INTO {} ({first}, {}) VALUES (?{})",
            self.name,
            self.columns,
            ", ?".repeat(count - 1)
        )
    }

    /// Selects what `read` takes, up to the condition.
    pub(super) fn select(self) -> String {
        format!(
            "SELECT name, space, usage_device.device, {} FROM {} AS record JOIN usage_device ON usage_device.number = record.device
             JOIN usage_source ON usage_source.number = record.source",
            self.columns, self.name
        )
    }
}

/// The space and the stored form of the device that a record is about.
pub(super) fn place(origin: &Origin) -> (&str, &str) {
    (&origin.space, origin.device.as_deref().unwrap_or_default())
}

/// What a record's own columns hold.
pub(super) fn values(record: &Record) -> Result<Vec<ToSqlOutput<'_>>, rusqlite::Error> {
    let origin = record.origin();
    let mut values = vec![
        origin.key.to_sql()?,
        origin.revision.to_sql()?,
        origin.withdrawn.to_sql()?,
    ];
    match record {
        Record::Usage(record) => values.extend([
            position(Kind::ALL, record.kind).into(),
            position(Form::ALL, record.form).into(),
            record.start.into(),
            record.end.to_sql()?,
            number(record.value).into(),
            record.resolution.to_sql()?,
        ]),
        Record::Coverage(record) => values.extend([
            bits(&record.kinds).into(),
            record.start.into(),
            record.end.into(),
            position(State::ALL, record.state).into(),
            record.reason.to_sql()?,
        ]),
    }
    Ok(values)
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
    Ok(Record::Usage(UsageRecord {
        origin: origin(row)?,
        kind,
        form,
        start: row.get(8)?,
        end: row.get(9)?,
        value: value(kind, form, row.get(10)?),
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

fn at<T: Copy>(all: &[T], row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error> {
    let position: i64 = row.get(column)?;
    of_position(all, position).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, position))
}
