//! The figures of seconds: six cells and what goes with them, for each local hour of a room.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::question::Question;
use crate::tally::Tally;
use crate::timeline::Timeline;

/// A local hour: its date and 0 to 23. The one that comes twice is one.
pub type Hour = (i64, i64);

/// Sums over seconds that are over.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Cells {
    /// Open.
    pub open: i64,
    /// Open and not read.
    pub unread: i64,
    /// Booked and open.
    pub booked: Cell,
    /// Open and not booked.
    pub unbooked: Cell,
    /// Booked, read and outside of open time.
    pub outside_booked: i64,
    /// Occupied, read and outside of open time.
    pub outside_occupied: i64,
    /// Open, read, and a call goes on where nobody is counted.
    pub conflict: i64,
    /// People by open, read seconds, of a room with a capacity.
    pub person_seconds: i64,
    /// Its seats by those of these seconds at which the count is above 0.
    pub seat_seconds: i64,
}

/// Read seconds by what is known of them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Somebody was there.
    pub occupied: i64,
    /// Those of `occupied` at which only a call or presentation said so.
    pub unwitnessed: i64,
    /// Nobody was there.
    pub vacant: i64,
    /// Neither is known.
    pub unknown: i64,
}

/// The cells of each local hour of a room in the period.
pub fn hours(timeline: &Timeline, capacity: Option<i64>, question: &Question) -> BTreeMap<Hour, Cells> {
    let mut hours: BTreeMap<Hour, Cells> = BTreeMap::new();
    // What partial buckets are certain of depends on how many of their seconds are alike.
    let mut alike: BTreeMap<(Hour, bool, bool), Tally> = BTreeMap::new();
    for second in timeline
        .seconds
        .iter()
        .filter(|one| one.passed && question.has_date(one.wall.date))
    {
        let hour = (second.wall.date, second.wall.hour());
        let cells = hours.entry(hour).or_default();
        cells.open += i64::from(second.open);
        cells.unread += i64::from(second.open && !second.read);
        if !second.read {
            continue;
        }
        alike
            .entry((hour, second.open, second.booked))
            .or_default()
            .add(second);
        if !second.open {
            cells.outside_booked += i64::from(second.booked);
            continue;
        }
        cells.conflict += i64::from(second.conflict);
        if let (Some(capacity), Some(people)) = (capacity, second.people)
            && people > 0
        {
            cells.person_seconds += i64::from(people);
            cells.seat_seconds += capacity;
        }
    }
    for ((hour, open, booked), tally) in alike {
        let known = tally.known(&timeline.partials);
        let cells = hours.entry(hour).or_default();
        let cell = Cell {
            occupied: known.occupied,
            unwitnessed: known.unwitnessed,
            vacant: known.vacant,
            unknown: known.unknown,
        };
        match (open, booked) {
            (true, true) => cells.booked += cell,
            (true, false) => cells.unbooked += cell,
            (false, _) => cells.outside_occupied += cell.occupied,
        }
    }
    hours
}

impl Cells {
    /// Open seconds that were read.
    pub fn read(&self) -> i64 {
        self.open - self.unread
    }

    /// Read open seconds at which somebody was there.
    pub fn occupied(&self) -> i64 {
        self.booked.occupied + self.unbooked.occupied
    }

    /// Those of them at which only a call or presentation said so.
    pub fn unwitnessed(&self) -> i64 {
        self.booked.unwitnessed + self.unbooked.unwitnessed
    }

    /// Read open seconds of which nothing is known.
    pub fn unknown(&self) -> i64 {
        self.booked.unknown + self.unbooked.unknown
    }

    /// Read open seconds at which people counting, presence or in-use could have told.
    pub fn witnessed(&self) -> i64 {
        self.read() - self.unknown() - self.unwitnessed()
    }
}

impl AddAssign for Cell {
    fn add_assign(&mut self, other: Cell) {
        self.occupied += other.occupied;
        self.unwitnessed += other.unwitnessed;
        self.vacant += other.vacant;
        self.unknown += other.unknown;
    }
}

impl AddAssign for Cells {
    fn add_assign(&mut self, other: Cells) {
        self.open += other.open;
        self.unread += other.unread;
        self.booked += other.booked;
        self.unbooked += other.unbooked;
        self.outside_booked += other.outside_booked;
        self.outside_occupied += other.outside_occupied;
        self.conflict += other.conflict;
        self.person_seconds += other.person_seconds;
        self.seat_seconds += other.seat_seconds;
    }
}
