//! What is stored of a room's local date, in postcard's form.

use collector_insights::day::DayValues;
use collector_insights::verdict::Counts;
use jiff::civil::{Date, date};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// A day of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredDay {
    pub(crate) values: DayValues,
    /// The judged bookings that start on it, by start and id.
    pub(crate) bookings: Vec<StoredBooking>,
}

/// A judged booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredBooking {
    /// The local hour of its start.
    pub(crate) hour: u8,
    /// The number of its series in the table `series`.
    pub(crate) series: Option<i64>,
    pub(crate) counts: Counts,
}

impl ToSql for StoredDay {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let bytes = postcard::to_allocvec(self)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.to_string().into()))?;
        Ok(bytes.into())
    }
}

impl FromSql for StoredDay {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        postcard::from_bytes(value.as_blob()?).map_err(|error| FromSqlError::Other(error.to_string().into()))
    }
}

/// A date as it is stored: days since 1970.
pub(crate) fn number_of(of: Date) -> i64 {
    i64::from((of - date(1970, 1, 1)).get_days())
}

/// The date of a stored number; the nearest that there is if it is none.
pub(crate) fn date_of(number: i64) -> Date {
    let days = i32::try_from(number).unwrap_or(i32::MAX);
    date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(days).unwrap_or_default())
        .unwrap_or(Date::MAX)
}
