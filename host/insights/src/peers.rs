//! What several rooms have to be looked at together for: how many rooms of a building and a band are in use at once, and when all of them are
//! booked (contract, section 5, `in_use` and `full_seconds`). Both are computed from stored values of days.

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

/// When all rooms of a building and a band were booked on a local date. `rooms` are the values of every such room, those that a filter leaves
/// out too; hours without such a second are left out.
pub fn full(local_day: &LocalDay, rooms: &[&DayValues]) -> Vec<Full> {
    let held = rooms.iter().map(|values| &values.held);
    let Some(full) = held.fold(None, |all: Option<Spans>, held| {
        Some(all.map_or_else(|| held.clone(), |all| all.and(held)))
    }) else {
        return Vec::new();
    };
    if full.is_empty() {
        return Vec::new();
    }
    let vacant: Spans = rooms
        .iter()
        .flat_map(|values| values.vacant_already.iter())
        .collect();
    let false_full = full.and(&vacant);
    let hours = local_day.hours.iter().map(|(hour, seconds)| Full {
        hour: *hour,
        full: seconds.shared(&full),
        false_full: seconds.shared(&false_full),
    });
    hours.filter(|hour| hour.full > 0).collect()
}

/// How many rooms were in use in a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SlotUse {
    start: i64,
    booked: i64,
    occupied: i64,
    possible: i64,
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

    /// Adds a local date: the values of each of the rooms.
    pub fn add(&mut self, local_day: &LocalDay, rooms: &[&DayValues], now: i64) {
        for (quarter, seconds) in local_day.slots(now) {
            let Some(start) = seconds.first() else { continue };
            let mut slot = SlotUse {
                start,
                ..SlotUse::default()
            };
            let bit = |bits: u128| i64::from(bits >> quarter & 1 == 1);
            for values in rooms {
                slot.booked += bit(values.slots.booked);
                slot.occupied += bit(values.slots.occupied);
                slot.possible += bit(values.slots.possible);
            }
            self.slots.push(slot);
        }
    }

    /// How many slots there are.
    pub fn slots(&self) -> i64 {
        i64::try_from(self.slots.len()).unwrap_or(i64::MAX)
    }

    /// Rooms that were booked at once.
    pub fn booked(&self) -> Peak {
        self.peak(|slot| slot.booked)
    }

    /// Rooms that were certainly occupied at once.
    pub fn occupied(&self) -> Peak {
        self.peak(|slot| slot.occupied)
    }

    /// Rooms that may have been occupied at once.
    pub fn possible(&self) -> Peak {
        self.peak(|slot| slot.possible)
    }

    fn peak(&self, number: impl Fn(&SlotUse) -> i64) -> Peak {
        let numbers: Vec<i64> = self.slots.iter().map(&number).collect();
        let highest = numbers.iter().max().copied();
        let with_highest = self.slots.iter().filter(|slot| Some(number(slot)) == highest);
        let p95 = nearest_rank(&numbers, 95);
        Peak {
            p95,
            highest,
            at: with_highest.map(|slot| slot.start).min(),
            spare: p95.map(|p95| self.rooms - p95),
        }
    }
}
