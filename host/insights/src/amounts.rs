//! Everything that is added up in a group of a report but lists of values: seconds, and the figures of bookings. As a [`Row`] of numbers it is
//! stored, and added up without knowing what each number means.

use serde::{Deserialize, Serialize};

use crate::sparse;
use crate::sums::Sums;
use crate::tally::Tally;
use crate::verdict::Counts;

/// What is added up of some rooms and some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Of seconds.
    pub sums: Sums,
    /// People times open and read seconds, of rooms with a capacity.
    pub person_seconds: i64,
    /// Seats times open and read seconds with people, of rooms with a capacity.
    pub seat_seconds: i64,
    /// The same of seconds at which it is known how many people there were.
    pub known_seat_seconds: i64,
    /// Open and read seconds at which every room of a building and a band is booked.
    pub full: i64,
    /// Those at which one of them has been vacant for ten minutes already.
    pub false_full: i64,
    /// Of bookings.
    pub(crate) bookings: Tally,
}

/// How many numbers [`Amounts`] are.
pub const NUMBERS: usize = 62;

/// [`Amounts`] as numbers, in an order that stays as it is within a version of what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row(#[serde(with = "sparse")] pub [i64; NUMBERS]);

impl Amounts {
    /// Adds seconds of a room with so many seats.
    pub fn add_time(&mut self, sums: &Sums, seats: Option<u32>) {
        self.sums += *sums;
        if let Some(seats) = seats.map(i64::from) {
            self.person_seconds += sums.person_seconds;
            self.seat_seconds += seats * sums.counted;
            self.known_seat_seconds += seats * sums.people_known;
        }
    }

    /// Adds a judged booking.
    pub fn add_booking(&mut self, counts: &Counts) {
        self.bookings.add(counts);
    }

    /// What of them is about all rooms of a building and a band together.
    #[must_use]
    pub fn of_all_rooms(&self) -> Self {
        Self {
            full: self.full,
            false_full: self.false_full,
            ..Self::default()
        }
    }

    /// For `for_each`: one number after the other, a chain asks each time where it is.
    fn numbers_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        let of_rooms = [
            &mut self.person_seconds,
            &mut self.seat_seconds,
            &mut self.known_seat_seconds,
            &mut self.full,
            &mut self.false_full,
        ];
        self.sums
            .numbers_mut()
            .chain(of_rooms)
            .chain(self.bookings.numbers_mut())
    }
}

impl Row {
    /// Nothing.
    pub const ZERO: Self = Self([0; NUMBERS]);

    /// Adds amounts.
    pub fn add(&mut self, mut amounts: Amounts) {
        let mut row = self.0.iter_mut();
        amounts.numbers_mut().for_each(|more| {
            if let Some(own) = row.next() {
                *own += *more;
            }
        });
    }

    /// Adds another row.
    pub fn add_row(&mut self, other: &Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }
}

impl From<Amounts> for Row {
    fn from(amounts: Amounts) -> Self {
        let mut row = Self::ZERO;
        row.add(amounts);
        row
    }
}

impl From<Row> for Amounts {
    fn from(row: Row) -> Self {
        let mut amounts = Self::default();
        let mut row = row.0.into_iter();
        amounts
            .numbers_mut()
            .for_each(|own| *own = row.next().unwrap_or_default());
        amounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_all_numbers() {
        assert_eq!(Amounts::default().numbers_mut().count(), NUMBERS);
        let mut numbered = Row::ZERO;
        for (value, number) in (1..).zip(&mut numbered.0) {
            *number = value;
        }
        assert_eq!(Row::from(Amounts::from(numbered)), numbered);
    }
}
