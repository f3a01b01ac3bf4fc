//! Output on standard output: tables for people; JSON, JSON Lines and CSV for programs.

#[cfg(feature = "parquet")]
mod days;
mod meetings;
mod months;
mod records;
mod reports;
mod table;

use clap::ValueEnum;
#[cfg(feature = "parquet")]
pub use days::{Days, Written};
pub use meetings::Meetings;
pub use months::{month_csv, month_json};
pub use records::{RecordForm, Records};
#[cfg(feature = "parquet")]
pub use reports::report_parquet;
pub use reports::{one_json, report_csv, tickets};
pub use table::{MeetingsTable, ago, plain_table, rooms_table};

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of the same objects.
    Json,
    /// Comma-separated values with a header, for spreadsheets.
    Csv,
}

impl Format {
    /// The form of the records; none for a table.
    pub fn records(self) -> Option<RecordForm> {
        match self {
            Self::Table => None,
            Self::Jsonl => Some(RecordForm::Lines),
            Self::Json => Some(RecordForm::Array),
            Self::Csv => Some(RecordForm::Csv),
        }
    }
}

/// How meetings are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MeetingsFormat {
    /// For people.
    Table,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of the same objects.
    Json,
    /// Comma-separated values with a header, for spreadsheets.
    Csv,
    /// Files in a directory, one a source and day (UTC), for DuckDB, ClickHouse and Trino.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// How usage and coverage records are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordsFormat {
    /// One JSON object a line.
    Jsonl,
    /// Files in a directory, one a source and day (UTC), for DuckDB, ClickHouse and Trino.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// For people.
    Table,
    /// One JSON object, for programs.
    Json,
}

/// How a report is printed that has a row for each thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sheet {
    /// For people.
    Table,
    /// One JSON object, for programs.
    Json,
    /// Comma-separated values with a header, for spreadsheets.
    Csv,
}

/// A number with its noun: `1 room`, `2 rooms`.
pub fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
