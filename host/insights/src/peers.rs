//! What several rooms have to be looked at together for: how many rooms of a building and a band are in use at once, and when all of them are
//! booked (contract, section 5, `in_use` and `full_seconds`). Both are computed from stored values of days.

use std::collections::BTreeMap;

use crate::clock::LocalDay;
use crate::day::DayValues;
use crate::rank::nearest_rank;
use crate::room::Peers;
use crate::spans::Spans;

/// Seconds of a local hour at which a building has no room of a band left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Full {
    /// The hour.
    pub hour: u8,
    /// Open and read seconds at which every room is booked.
    pub full: i64,
    /// Those at which one of them has been vacant for ten minutes already.
    pub false_full: i64,
}

/// What is kept of a building's rooms of a band on a local date, whichever order they are added in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeersDay {
    /// By quarter hour, of the rooms in scope.
    in_use: BTreeMap<u8, RoomsInUse>,
    /// Seconds at which all rooms are booked, also those that a filter leaves out; none before the first room.
    held: Option<Spans>,
    /// Seconds at which one of them has been vacant for ten minutes already.
    vacant_already: Spans,
}

/// How many rooms were in use in a quarter hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct RoomsInUse {
    booked: i64,
    occupied: i64,
    possible: i64,
}

impl PeersDay {
    /// Adds a room's values. Of one that is not in scope only that counts which makes the others full.
    pub fn add(&mut self, values: &DayValues, is_in_scope: bool) {
        if is_in_scope {
            let slots = values.slots;
            let mut any = slots.booked | slots.occupied | slots.possible;
            while any != 0 {
                let quarter = any.trailing_zeros();
                let bit = |bits: u128| i64::from(bits >> quarter & 1 == 1);
                // A local date has 96 quarter hours.
                let rooms = self.in_use.entry(quarter as u8).or_default();
                rooms.booked += bit(slots.booked);
                rooms.occupied += bit(slots.occupied);
                rooms.possible += bit(slots.possible);
                any &= any - 1;
            }
        }
        self.held = Some(match self.held.take() {
            Some(held) => held.and(&values.held),
            None => values.held.clone(),
        });
        if self.held.as_ref().is_some_and(Spans::is_empty) {
            // Nothing makes them full any more.
            self.vacant_already = Spans::NONE;
        } else {
            self.vacant_already = self.vacant_already.or(&values.vacant_already);
        }
    }

    /// When all rooms were booked, once all of them were added; hours without such a second are left out.
    pub fn full(&self, local_day: &LocalDay) -> Vec<Full> {
        let Some(full) = self.held.as_ref().filter(|held| !held.is_empty()) else {
            return Vec::new();
        };
        let false_full = full.and(&self.vacant_already);
        let hours = local_day.hours.iter().map(|(hour, seconds)| Full {
            hour: *hour,
            full: seconds.shared(full),
            false_full: seconds.shared(&false_full),
        });
        hours.filter(|hour| hour.full > 0).collect()
    }
}

/// How many rooms were in use in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SlotUse {
    start: i64,
    rooms: RoomsInUse,
}

/// How many rooms of a building and a band are in use at once, over the slots of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// Whose.
    pub peers: Peers,
    /// How many rooms these are.
    pub rooms: i64,
    slots: Vec<SlotUse>,
}

/// The largest of the numbers of rooms at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peak {
    /// The 95th percentile; none without slots.
    pub p95: Option<i64>,
    /// The highest; none without slots.
    pub highest: Option<i64>,
    /// The start of the first slot with the highest, UTC seconds.
    pub at: Option<i64>,
    /// Rooms that the 95th percentile leaves free.
    pub spare: Option<i64>,
}

impl InUse {
    /// Of a building and a band with so many rooms in scope.
    pub fn new(peers: Peers, rooms: i64) -> Self {
        Self {
            peers,
            rooms,
            slots: Vec::new(),
        }
    }

    /// Adds a local date, with all rooms in scope.
    pub fn add(&mut self, local_day: &LocalDay, day: &PeersDay, now: i64) {
        for (quarter, seconds) in local_day.slots(now) {
            let Some(start) = seconds.first() else { continue };
            let rooms = day.in_use.get(&quarter).copied().unwrap_or_default();
            self.slots.push(SlotUse { start, rooms });
        }
    }

    /// How many slots there are.
    pub fn slots(&self) -> i64 {
        i64::try_from(self.slots.len()).unwrap_or(i64::MAX)
    }

    /// Rooms that were booked at once.
    pub fn booked(&self) -> Peak {
        self.peak(|rooms| rooms.booked)
    }

    /// Rooms that were certainly occupied at once.
    pub fn occupied(&self) -> Peak {
        self.peak(|rooms| rooms.occupied)
    }

    /// Rooms that may have been occupied at once.
    pub fn possible(&self) -> Peak {
        self.peak(|rooms| rooms.possible)
    }

    fn peak(&self, number: impl Fn(&RoomsInUse) -> i64) -> Peak {
        let numbers: Vec<i64> = self.slots.iter().map(|slot| number(&slot.rooms)).collect();
        let highest = numbers.iter().max().copied();
        let with_highest = self
            .slots
            .iter()
            .filter(|slot| Some(number(&slot.rooms)) == highest);
        let p95 = nearest_rank(&numbers, 95);
        Peak {
            p95,
            highest,
            at: with_highest.map(|slot| slot.start).min(),
            spare: p95.map(|p95| self.rooms - p95),
        }
    }
}
