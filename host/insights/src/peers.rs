//! What several rooms have to be looked at together for: how many rooms of a building and a band are in use at once, and when all of them are
//! booked (contract, section 5, `in_use` and `full_seconds`). Both are computed from stored values of days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::LocalDay;
use crate::day::DayValues;
use crate::rank::nearest_rank_of;
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RoomsInUse {
    booked: u32,
    occupied: u32,
    possible: u32,
}

impl PeersDay {
    /// Adds a room's values. Of one that is not in scope only that counts which makes the others full.
    pub fn add(&mut self, values: &DayValues, is_in_scope: bool) {
        if is_in_scope {
            let slots = values.slots;
            let mut any = slots.booked | slots.occupied | slots.possible;
            while any != 0 {
                let quarter = any.trailing_zeros();
                let bit = |bits: u128| u32::from(bits >> quarter & 1 == 1);
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

    /// The slots of the date that are over at `now` (UTC seconds), with the rooms in scope that were in use.
    pub fn slots<'a>(&'a self, local_day: &'a LocalDay, now: i64) -> impl Iterator<Item = SlotUse> + 'a {
        local_day.slots(now).filter_map(|(quarter, seconds)| {
            let rooms = self.in_use.get(&quarter).copied().unwrap_or_default();
            let start = seconds.first()?;
            Some(SlotUse { start, rooms })
        })
    }
}

/// How many rooms were in use in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotUse {
    /// UTC seconds.
    start: i64,
    rooms: RoomsInUse,
}

/// How many rooms of a building and a band are in use at once, over the slots of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peaks {
    booked: SlotsByRooms,
    occupied: SlotsByRooms,
    possible: SlotsByRooms,
}

/// How many slots there are with each number of rooms, and where the first of them starts (UTC seconds).
type SlotsByRooms = BTreeMap<u32, (i64, i64)>;

/// The largest of the numbers of rooms at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peak {
    /// The 95th percentile; none without slots.
    pub p95: Option<i64>,
    /// The highest; none without slots.
    pub highest: Option<i64>,
    /// The start of the first slot with the highest, UTC seconds.
    pub at: Option<i64>,
}

impl Peaks {
    /// Adds a slot.
    pub fn add(&mut self, slot: &SlotUse) {
        for (by_rooms, rooms) in [
            (&mut self.booked, slot.rooms.booked),
            (&mut self.occupied, slot.rooms.occupied),
            (&mut self.possible, slot.rooms.possible),
        ] {
            add_slots(by_rooms, rooms, (1, slot.start));
        }
    }

    /// Adds other slots.
    pub fn add_all(&mut self, other: &Self) {
        for (own, more) in [
            (&mut self.booked, &other.booked),
            (&mut self.occupied, &other.occupied),
            (&mut self.possible, &other.possible),
        ] {
            for (rooms, slots) in more {
                add_slots(own, *rooms, *slots);
            }
        }
    }

    /// How many slots there are.
    pub fn slots(&self) -> i64 {
        self.booked.values().map(|(slots, _)| slots).sum()
    }

    /// Rooms that were booked at once.
    pub fn booked(&self) -> Peak {
        peak(&self.booked)
    }

    /// Rooms that were certainly occupied at once.
    pub fn occupied(&self) -> Peak {
        peak(&self.occupied)
    }

    /// Rooms that may have been occupied at once.
    pub fn possible(&self) -> Peak {
        peak(&self.possible)
    }
}

fn add_slots(by_rooms: &mut SlotsByRooms, rooms: u32, (slots, first): (i64, i64)) {
    let own = by_rooms.entry(rooms).or_insert((0, first));
    own.0 += slots;
    own.1 = own.1.min(first);
}

fn peak(by_rooms: &SlotsByRooms) -> Peak {
    let counted = by_rooms
        .iter()
        .map(|(rooms, (slots, _))| (i64::from(*rooms), *slots))
        .collect();
    let highest = by_rooms.last_key_value();
    Peak {
        p95: nearest_rank_of(&counted, 95),
        highest: highest.map(|(rooms, _)| i64::from(*rooms)),
        at: highest.map(|(_, (_, first))| *first),
    }
}
