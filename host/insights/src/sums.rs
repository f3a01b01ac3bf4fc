//! What is added up about time: sums of seconds, for an hour of a room or anything larger (contract, sections 3 and 5).

use std::ops::AddAssign;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sparse;

/// The six cells, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    /// Booked and certainly occupied.
    pub booked_occupied: i64,
    /// Booked and certainly vacant.
    pub booked_vacant: i64,
    /// Booked, and nobody knows.
    pub booked_unknown: i64,
    /// Not booked and certainly occupied.
    pub unbooked_occupied: i64,
    /// Not booked and certainly vacant.
    pub unbooked_vacant: i64,
    /// Not booked, and nobody knows.
    pub unbooked_unknown: i64,
}

impl Cells {
    /// All seconds: those that were read.
    pub fn all(&self) -> i64 {
        self.booked() + self.unbooked_occupied + self.unbooked_vacant + self.unbooked_unknown
    }

    /// Booked seconds.
    pub fn booked(&self) -> i64 {
        self.booked_occupied + self.booked_vacant + self.booked_unknown
    }

    /// Occupied seconds.
    pub fn occupied(&self) -> i64 {
        self.booked_occupied + self.unbooked_occupied
    }

    /// Vacant seconds.
    pub fn vacant(&self) -> i64 {
        self.booked_vacant + self.unbooked_vacant
    }

    /// Seconds of which nobody knows.
    pub fn unknown(&self) -> i64 {
        self.booked_unknown + self.unbooked_unknown
    }

    fn numbers_mut(&mut self) -> [&mut i64; 6] {
        [
            &mut self.booked_occupied,
            &mut self.booked_vacant,
            &mut self.booked_unknown,
            &mut self.unbooked_occupied,
            &mut self.unbooked_vacant,
            &mut self.unbooked_unknown,
        ]
    }
}

/// How many numbers [`Sums`] are.
const NUMBERS: usize = 23;

/// Everything that is counted second by second or session by session. All but `sessions` and `working_days`
/// are seconds that have passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Open seconds.
    pub open: i64,
    /// Open seconds that no complete reading covers.
    pub unread: i64,
    /// Open and read seconds.
    pub inside: Cells,
    /// Read seconds outside of open time.
    pub outside: Cells,
    /// Of `inside`: booked and occupied, while nothing of class A or B said anything.
    pub booked_unwitnessed: i64,
    /// Of `inside`: the same, not booked.
    pub unbooked_unwitnessed: i64,
    /// Open and read seconds at which a call was going on and nobody was counted.
    pub conflict: i64,
    /// People times open and read seconds.
    pub person_seconds: i64,
    /// Open and read seconds with a known count of more than 0.
    pub counted: i64,
    /// The same, and those at which a room whose people are counted was certainly vacant: how many people there were is known.
    pub people_known: i64,
    /// Local dates with open and read seconds, each in the hour of its first one.
    pub working_days: i64,
    /// Unbooked sessions that began.
    pub sessions: i64,
    /// Their occupied seconds.
    pub session_seconds: i64,
}

impl Sums {
    /// Open seconds that were read.
    pub fn read(&self) -> i64 {
        self.open - self.unread
    }

    /// Occupied open seconds at which nothing of class A or B said anything.
    pub fn unwitnessed(&self) -> i64 {
        self.booked_unwitnessed + self.unbooked_unwitnessed
    }

    /// Read open seconds of which a witness of class A or B made known what they were.
    pub fn witnessed(&self) -> i64 {
        self.read() - self.inside.unknown() - self.unwitnessed()
    }

    /// All of its numbers, in an order that stays as it is within a version of what is stored. For `for_each`: one number after the other, a chain
    /// asks each time where it is.
    pub(crate) fn numbers_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        let of_time = [&mut self.open, &mut self.unread];
        let of_use = [
            &mut self.booked_unwitnessed,
            &mut self.unbooked_unwitnessed,
            &mut self.conflict,
            &mut self.person_seconds,
            &mut self.counted,
            &mut self.people_known,
            &mut self.working_days,
            &mut self.sessions,
            &mut self.session_seconds,
        ];
        of_time
            .into_iter()
            .chain(self.inside.numbers_mut())
            .chain(self.outside.numbers_mut())
            .chain(of_use)
    }
}

impl AddAssign for Cells {
    fn add_assign(&mut self, other: Self) {
        self.booked_occupied += other.booked_occupied;
        self.booked_vacant += other.booked_vacant;
        self.booked_unknown += other.booked_unknown;
        self.unbooked_occupied += other.unbooked_occupied;
        self.unbooked_vacant += other.unbooked_vacant;
        self.unbooked_unknown += other.unbooked_unknown;
    }
}

impl AddAssign for Sums {
    // Written out: this is done for every hour of every room, and is several times faster than number by number.
    fn add_assign(&mut self, other: Self) {
        self.open += other.open;
        self.unread += other.unread;
        self.inside += other.inside;
        self.outside += other.outside;
        self.booked_unwitnessed += other.booked_unwitnessed;
        self.unbooked_unwitnessed += other.unbooked_unwitnessed;
        self.conflict += other.conflict;
        self.person_seconds += other.person_seconds;
        self.counted += other.counted;
        self.people_known += other.people_known;
        self.working_days += other.working_days;
        self.sessions += other.sessions;
        self.session_seconds += other.session_seconds;
    }
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut own = *self;
        let mut numbers = [0; NUMBERS];
        let mut places = numbers.iter_mut();
        own.numbers_mut().for_each(|own| {
            if let Some(place) = places.next() {
                *place = *own;
            }
        });
        sparse::serialize(&numbers, serializer)
    }
}

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers: [i64; NUMBERS] = sparse::deserialize(deserializer)?;
        let mut sums = Self::default();
        let mut numbers = numbers.into_iter();
        sums.numbers_mut()
            .for_each(|own| *own = numbers.next().unwrap_or_default());
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_they_were_written() {
        let mut sums = Sums::default();
        assert_eq!(sums.numbers_mut().count(), NUMBERS);
        for (value, number) in (-2..).zip(sums.numbers_mut()) {
            *number = value;
        }
        let written = serde_json::to_string(&sums).unwrap();
        assert_eq!(serde_json::from_str::<Sums>(&written).unwrap(), sums);
        assert!(
            serde_json::from_str::<Sums>("[8388608,1]").is_err(),
            "there is no bit 23"
        );
        assert!(
            serde_json::from_str::<Sums>("[3,1]").is_err(),
            "the second number is missing"
        );
    }
}
