//! Sums that no figure of the contract shows: what the figures of other products ([`crate::profile`]) are computed from beside our own, and of how
//! many bookings rates are.

use crate::sums::Sums;
use crate::verdict::{Counts, Verdict};

/// The sums of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Basis {
    /// Of its bookings.
    pub scheduled: Scheduled,
    /// Bookings of which enough is known to say whether somebody came: those that the no-show rate is of.
    pub judged: i64,
    /// Of its time; none by series and by class of bookings.
    pub of_time: Option<OfTime>,
}

/// Sums of a group's time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfTime {
    /// What is added up second by second.
    pub sums: Sums,
    /// People times open and read seconds, in rooms with a capacity.
    pub person_seconds: i64,
    /// Seats times open and read seconds at which it is known how many people there were, in the same rooms.
    pub known_seat_seconds: i64,
}

/// Sums over the bookings that were still booked when they ended, as a calendar that is read afterwards has them. Overlapping ones count one
/// by one. Seconds, but for the numbers of meetings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scheduled {
    /// How many there are.
    pub meetings: i64,
    /// Their lengths.
    pub length: i64,
    /// How many were occupied for any second.
    pub attended: i64,
    /// Their occupied seconds.
    pub occupied: i64,
    /// Their seconds of which it is known whether they were occupied.
    pub known: i64,
}

impl Scheduled {
    /// Adds a booking, if it was still booked when it ended.
    pub(crate) fn add(&mut self, counts: &Counts) {
        match counts.verdict {
            Verdict::Attended
            | Verdict::NoShow
            | Verdict::Brief
            | Verdict::Unknown
            | Verdict::Block
            | Verdict::NoActivity => {}
            Verdict::ReleasedEmpty
            | Verdict::CancelledLate
            | Verdict::CancelledAfterStart
            | Verdict::CancelledEarly
            | Verdict::NotCounted => return,
        }
        self.meetings += 1;
        self.length += counts.length;
        self.attended += i64::from(counts.occupied > 0);
        self.occupied += counts.occupied;
        self.known += counts.known;
    }
}
