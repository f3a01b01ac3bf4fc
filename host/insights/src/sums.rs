//! What is added up about time: sums of seconds, for an hour of a room or anything larger (contract, sections 3 and 5).

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

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

    /// Seconds of which nobody knows.
    pub fn unknown(&self) -> i64 {
        self.booked_unknown + self.unbooked_unknown
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

/// Everything that is counted second by second or session by session. All but `sessions` are seconds that have passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl AddAssign for Sums {
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
        self.sessions += other.sessions;
        self.session_seconds += other.session_seconds;
    }
}
