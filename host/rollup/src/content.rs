//! What is stored of a room's local date, and of anything else that is a value and not a column, in postcard's form.

use collector_insights::day::{DayValues, Slots};
use collector_insights::spans::{Span, Spans};
use collector_insights::sums::Sums;
use collector_insights::verdict::Counts;
use jiff::civil::{Date, date};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A value in postcard's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Packed<A>(pub(crate) A);

impl<A: Serialize> Packed<A> {
    pub(crate) fn bytes(&self) -> rusqlite::Result<Vec<u8>> {
        postcard::to_allocvec(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.to_string().into()))
    }
}

impl<A: Serialize> ToSql for Packed<A> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.bytes()?.into())
    }
}

impl<A: DeserializeOwned> FromSql for Packed<A> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        postcard::from_bytes(value.as_blob()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(error.to_string().into()))
    }
}

/// A day of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredDay {
    hours: Vec<(u8, Sums)>,
    slots: Slots,
    held: Vec<i64>,
    vacant_already: Vec<i64>,
    /// The numbers in the table `series` of those with a booking that starts on it.
    pub(crate) series: Vec<i64>,
    /// The judged bookings that start on it, by start and id.
    pub(crate) bookings: Vec<StoredBooking>,
}

/// A judged booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredBooking {
    /// The local hour of its start.
    pub(crate) hour: u8,
    /// The position of its series among those of the day.
    pub(crate) series: Option<usize>,
    pub(crate) counts: Counts,
}

impl StoredDay {
    /// A day with its number.
    pub(crate) fn new(day: i64, values: &DayValues, series: Vec<i64>, bookings: Vec<StoredBooking>) -> Self {
        Self {
            hours: values.hours.clone(),
            slots: values.slots,
            held: steps(day, &values.held),
            vacant_already: steps(day, &values.vacant_already),
            series,
            bookings,
        }
    }

    /// What is counted about the time of the day with this number.
    pub(crate) fn values(&self, day: i64) -> DayValues {
        DayValues {
            hours: self.hours.clone(),
            slots: self.slots,
            held: spans(day, &self.held),
            vacant_already: spans(day, &self.vacant_already),
        }
    }
}

const DAY: i64 = 86_400;

/// Begins and ends, each as the distance from the one before, the first one from midnight in UTC: small numbers take few bytes.
fn steps(day: i64, spans: &Spans) -> Vec<i64> {
    let mut before = day * DAY;
    let instants = spans.iter().flat_map(|span| [span.start(), span.end()]);
    instants
        .map(|at| at - std::mem::replace(&mut before, at))
        .collect()
}

fn spans(day: i64, steps: &[i64]) -> Spans {
    let mut at = day * DAY;
    let mut instants = steps.iter().map(|step| {
        at += step;
        at
    });
    let next = || instants.next().zip(instants.next());
    std::iter::from_fn(next)
        .filter_map(|(start, end)| Span::new(start, end))
        .collect()
}

/// A date as it is stored: days since 1970.
pub(crate) fn number_of(of: Date) -> i64 {
    i64::from((of - date(1970, 1, 1)).get_days())
}

/// The date of a stored number; the nearest that there is if it is none.
pub(crate) fn date_of(number: i64) -> Date {
    // More than there are on either side, and as many as a span may have.
    const MOST: i64 = 7_304_484;
    date(1970, 1, 1).saturating_add(jiff::Span::new().days(number.clamp(-MOST, MOST)))
}

/// A month as it is stored: months since year 0.
pub(crate) fn month_of(of: Date) -> i64 {
    i64::from(of.year()) * 12 + i64::from(of.month()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_no_date_is_the_first_or_the_last_date() {
        assert_eq!((date_of(i64::MIN), date_of(i64::MAX)), (Date::MIN, Date::MAX));
        for date in [Date::MIN, date(1969, 12, 31), date(2026, 2, 28), Date::MAX] {
            assert_eq!(date_of(number_of(date)), date);
        }
    }

    #[test]
    fn spans_are_read_as_they_were_written() {
        for all in [vec![], vec![(-90_000, -5)], vec![(100, 4_000), (5_000, 200_000)]] {
            let all = Spans::from(all);
            for day in [-1, 0, 3] {
                assert_eq!(spans(day, &steps(day, &all)), all);
            }
        }
    }
}
