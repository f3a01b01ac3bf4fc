//! Zombies: series that nobody attends any more and that go on booking a room (contract, section 5, `zombies`).

use crate::spans::{Span, Spans};
use crate::verdict::Verdict;

/// Meetings in a row that nobody attended, from which on a series is a zombie.
pub const STREAK: i64 = 3;
/// How far ahead its bookings are counted, in seconds: 56 days.
pub const AHEAD: i64 = 56 * 86_400;

/// A booking of a series in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its start, UTC seconds.
    pub start: i64,
    /// Its id, which orders bookings of one start.
    pub id: String,
    /// Its verdict, if it has one.
    pub verdict: Option<Verdict>,
    /// The seconds that it books, if it counts.
    pub counted: Option<Span>,
}

/// A series that nobody attends any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zombie {
    /// How many of its last judged meetings were no-shows or released empty.
    pub streak: i64,
    /// The start of the last one that was attended, UTC seconds.
    pub last_attended: Option<i64>,
    /// Seconds that it books in the next 56 days, as far as they are read.
    pub seconds_ahead: i64,
}

/// Whether a series is a zombie at `as_of`: the period's end or now, whichever is earlier. `occurrences` are all bookings of one series in
/// one room, in any order; `read` is what was read of the room.
pub fn zombie(occurrences: &[Occurrence], read: &Spans, as_of: i64) -> Option<Zombie> {
    let mut before: Vec<&Occurrence> = occurrences.iter().filter(|one| one.start < as_of).collect();
    before.sort_by_key(|one| (one.start, &one.id));
    let mut streak = 0;
    for occurrence in before.iter().rev() {
        match occurrence.verdict {
            Some(Verdict::NoShow | Verdict::ReleasedEmpty) => streak += 1,
            Some(Verdict::Attended | Verdict::Brief) => break,
            _ => {}
        }
    }
    let ahead = occurrences
        .iter()
        .filter(|one| one.start >= as_of && one.start < as_of.saturating_add(AHEAD));
    let seconds_ahead = ahead
        .filter_map(|one| one.counted)
        .map(|counted| read.clip(counted).seconds())
        .sum();
    let is_attended = |one: &&&Occurrence| one.verdict == Some(Verdict::Attended);
    (streak >= STREAK).then(|| Zombie {
        streak,
        last_attended: before.iter().rev().find(is_attended).map(|one| one.start),
        seconds_ahead,
    })
}
