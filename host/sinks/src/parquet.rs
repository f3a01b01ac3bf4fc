//! Parquet: files of typed columns, one a source and day, for DuckDB, ClickHouse, Trino and whatever else reads them.
//!
//! | file | what it does |
//! | --- | --- |
//! | `column` | writes rows as the columns of a file |
//! | `tables` | the tables and their columns: meetings, and usage and coverage records |
//! | `day` | the day that a row belongs to |
//! | `tree` | the directory with the files of all sources and days |

mod column;
mod day;
mod tables;
mod tree;

pub use column::{Cell, Column, FileError};
pub use day::Day;
pub use tables::{MEETINGS, MeetingRow, Table, USAGE};
pub use tree::{Tree, TreeError};
