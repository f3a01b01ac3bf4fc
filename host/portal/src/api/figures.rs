//! Why a page has no figures, as what reports are saved, and where summaries are posted.

use collector_store::WeeklyPost;

/// Why there are no figures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiguresError {
    /// They take too long to compute.
    #[error("{done} of {all} rooms were computed in {seconds} seconds")]
    Slow {
        /// How many rooms were computed.
        done: usize,
        /// Of how many.
        all: usize,
        /// In how many seconds.
        seconds: u64,
    },
    /// Others are being computed.
    #[error("other figures are being computed")]
    Busy,
    /// The store failed. The reason is in the log.
    #[error("the figures could not be computed; the log says why")]
    Failed,
}

/// How the posting of a week's summary goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The origin to which summaries are posted.
    pub to: String,
    /// The summary; none if it was not made.
    pub post: Option<WeeklyPost>,
}

/// As what a report is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// A row for each group, for spreadsheets.
    Csv,
    /// As the API answers.
    Json,
    /// The same rows as a file of Parquet, for DuckDB, ClickHouse and Trino.
    Parquet,
    /// Its zombie series, a row for each, for spreadsheets and ticket systems.
    Tickets,
}

impl FileForm {
    /// The ending of its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv | Self::Tickets => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv | Self::Tickets => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}
