//! The tables: the columns are the keys that the same rows have in JSON. Source and day are not among them, because the path has them, as Hive
//! lays out partitions.

use collector_model::meeting::{MeetingRow, Subject};
use collector_model::usage::{CoverageRecord, Record, UsageRecord, Value};

use super::column::{self, Cell, Column, FileError};
use super::day::Day;

/// What a row takes in memory beside its texts.
const ROW: usize = 256;

/// A table whose rows are kept in a file for each source and day.
pub struct Table<R: 'static> {
    /// Its folder.
    pub name: &'static str,
    columns: &'static [Column<R>],
    start: fn(&R) -> i64,
    texts: fn(&R) -> usize,
}

impl<R> Table<R> {
    /// The day whose file has a row: that of its start.
    pub fn day(&self, row: &R) -> Day {
        Day::of((self.start)(row))
    }

    /// About how many bytes of memory a row takes.
    pub fn size(&self, row: &R) -> usize {
        ROW.saturating_add((self.texts)(row))
    }

    /// The bytes of a file with these rows, which are the same for the same rows.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn file(&self, rows: &[R]) -> Result<Vec<u8>, FileError> {
        column::file(self.name, self.columns, rows)
    }
}

/// The meetings.
pub const MEETINGS: Table<MeetingRow> = Table {
    name: "meetings",
    columns: &[
        needed("room", Cell::Text(|row| Some(&row.room))),
        needed("room_name", Cell::Text(|row| Some(&row.room_name))),
        unique("id", Cell::Text(|row| Some(&row.meeting.id))),
        nullable("series", Cell::Text(|row| row.meeting.series.as_deref())),
        nullable("subject", Cell::Text(|row| row.meeting.subject.text())),
        needed(
            "withheld",
            Cell::Truth(|row| Some(row.meeting.subject == Subject::Withheld)),
        ),
        needed("start", Cell::Instant(|row| Some(row.meeting.start))),
        needed("end", Cell::Instant(|row| Some(row.meeting.end))),
        needed("all_day", Cell::Truth(|row| Some(row.meeting.all_day))),
        needed("status", Cell::Text(|row| Some(row.meeting.status.as_str()))),
    ],
    start: |row| row.meeting.start,
    texts: |row| {
        let series = row.meeting.series.as_ref().map_or(0, String::len);
        row.meeting.id.len() + series + row.meeting.subject.text().map_or(0, str::len)
    },
};

/// Usage and coverage records. A value that is true or false is 1 or 0; `kind` and `form` tell which values are.
pub const USAGE: Table<Record> = Table {
    name: "usage",
    columns: &[
        needed(
            "type",
            Cell::Text(|record| {
                Some(match record {
                    Record::Usage(_) => "usage",
                    Record::Coverage(_) => "coverage",
                })
            }),
        ),
        needed("space", Cell::Text(|record| Some(&record.origin().space))),
        nullable("device", Cell::Text(|record| record.origin().device.as_deref())),
        unique("key", Cell::Text(|record| Some(&record.origin().key))),
        needed(
            "revision",
            // SQLite stores no higher ones either.
            Cell::Number(|record| Some(i64::try_from(record.origin().revision).unwrap_or(i64::MAX))),
        ),
        needed("withdrawn", Cell::Truth(|record| Some(record.origin().withdrawn))),
        nullable("kind", Cell::Text(|record| Some(usage(record)?.kind.as_str()))),
        nullable("form", Cell::Text(|record| Some(usage(record)?.form.as_str()))),
        needed("start", Cell::Instant(|record| Some(record.start()))),
        nullable("end", Cell::Instant(Record::end)),
        nullable(
            "value",
            Cell::Number(|record| {
                Some(match usage(record)?.value {
                    Value::Is(is) => i64::from(is),
                    Value::Number(number) => i64::from(number),
                })
            }),
        ),
        nullable(
            "resolution",
            Cell::Number(|record| usage(record)?.resolution.map(i64::from)),
        ),
        // As in CSV: separated by spaces.
        nullable(
            "kinds",
            Cell::Words(|record| {
                let kinds = coverage(record)?.kinds.iter();
                Some(kinds.map(|kind| kind.as_str()).collect::<Vec<_>>().join(" "))
            }),
        ),
        nullable(
            "state",
            Cell::Text(|record| Some(coverage(record)?.state.as_str())),
        ),
        nullable("reason", Cell::Text(|record| coverage(record)?.reason.as_deref())),
    ],
    start: Record::start,
    texts: |record| {
        let origin = record.origin();
        origin.source.len()
            + origin.space.len()
            + origin.device.as_ref().map_or(0, String::len)
            + origin.key.len()
    },
};

const fn needed<R>(name: &'static str, cell: Cell<R>) -> Column<R> {
    Column {
        name,
        is_nullable: false,
        repeats: true,
        cell,
    }
}

const fn nullable<R>(name: &'static str, cell: Cell<R>) -> Column<R> {
    Column {
        name,
        is_nullable: true,
        repeats: true,
        cell,
    }
}

const fn unique<R>(name: &'static str, cell: Cell<R>) -> Column<R> {
    Column {
        name,
        is_nullable: false,
        repeats: false,
        cell,
    }
}

fn usage(record: &Record) -> Option<&UsageRecord> {
    match record {
        Record::Usage(record) => Some(record),
        Record::Coverage(_) => None,
    }
}

fn coverage(record: &Record) -> Option<&CoverageRecord> {
    match record {
        Record::Coverage(record) => Some(record),
        Record::Usage(_) => None,
    }
}
