//! Parquet: files of typed columns, one a source and day, for DuckDB, ClickHouse, Trino and whatever else reads them.
//!
//! | file | what it does |
//! | --- | --- |
//! | `column` | writes rows as the columns of a file |
//! | `tables` | the tables and their columns: meetings, and usage and coverage records |
//! | `day` | the day that a row belongs to |
//! | `tree` | the directory with the files of all sources and days |
//! | `sink` | the sink that keeps the files of the meetings |
//! | `state` | what the sink was told, and the days whose files are behind; its tables are in `stored`, and `told` applies changes to them |

mod column;
mod day;
mod sink;
mod state;
mod stored;
mod tables;
mod told;
mod tree;

pub use column::{Cell, Column, Figure, FigureKind, FileError, figures};
pub use day::Day;
pub(crate) use sink::Parquet;
pub use tables::{MEETINGS, Table, USAGE};
pub use tree::{Tree, TreeError};
