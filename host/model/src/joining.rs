//! Which rooms a space belongs to. A source that reads what devices report knows a room by a key of its own; bookings know it by the address
//! of its calendar.
//!
//! A space belongs to the rooms that name it in the configuration. One that no room names belongs to the room whose address is its key, or
//! else to the room whose address its source gives, in lower case. Names are never enough: they only make a proposal.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::room::RoomAddress;
use crate::space::SpaceId;

/// Least calls of a space that tell whether it is in the right room.
const FEWEST_CALLS: u64 = 10;

/// A space as far as joining needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinSpace {
    /// What names it.
    pub id: SpaceId,
    /// Its display name; empty if it is known from records alone.
    pub name: String,
    /// The address of its calendar, if its source knows it.
    pub address: Option<String>,
}

/// A room as far as joining needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRoom {
    /// Its address.
    pub address: RoomAddress,
    /// Its display name.
    pub name: String,
}

/// A room of the configuration with the spaces that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSpaces {
    /// Its address.
    pub room: RoomAddress,
    /// The spaces.
    pub spaces: Vec<SpaceId>,
}

/// Why a space belongs to its rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinedBy {
    /// The configuration names it.
    Configuration,
    /// Its key or its address is the room's address.
    Address,
}

impl JoinedBy {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Address => "address",
        }
    }
}

/// Where a space belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To these rooms: at least one, sorted, each once. A room that the configuration names need not be known.
    Joined(JoinedBy, Vec<RoomAddress>),
    /// To none. A room of the same name is proposed if there is exactly one.
    Alone(Option<RoomAddress>),
}

/// All spaces and rooms, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// Where each space belongs, in the order of the spaces.
    pub places: Vec<Place>,
    /// The rooms to which no space belongs, sorted.
    pub empty: Vec<RoomAddress>,
    /// The spaces that a room of the configuration names and that are not among the spaces, each with its room.
    pub unknown: Vec<(RoomAddress, SpaceId)>,
}

/// Joins spaces and rooms. Several sources may know one room; it counts once.
pub fn join(spaces: &[JoinSpace], rooms: &[JoinRoom], named: &[NamedSpaces]) -> Joining {
    let known: HashMap<&str, &RoomAddress> = rooms
        .iter()
        .map(|room| (room.address.as_str(), &room.address))
        .collect();
    let mut naming: HashMap<&SpaceId, BTreeSet<&RoomAddress>> = HashMap::new();
    for entry in named {
        for space in &entry.spaces {
            naming.entry(space).or_default().insert(&entry.room);
        }
    }
    let proposals = Proposals::new(spaces, rooms);
    let place = |space: &JoinSpace| {
        if let Some(rooms) = naming.get(&space.id) {
            return Place::Joined(JoinedBy::Configuration, rooms.iter().copied().cloned().collect());
        }
        let of_key = known.get(space.id.key.to_lowercase().as_str());
        let of_address = || known.get(space.address.as_ref()?.to_lowercase().as_str());
        match of_key.or_else(of_address) {
            Some(room) => Place::Joined(JoinedBy::Address, vec![(*room).clone()]),
            None => Place::Alone(proposals.of(space).cloned()),
        }
    };
    let places: Vec<Place> = spaces.iter().map(place).collect();
    let joined: BTreeSet<&RoomAddress> = places
        .iter()
        .filter_map(|place| match place {
            Place::Joined(_, rooms) => Some(rooms),
            Place::Alone(_) => None,
        })
        .flatten()
        .collect();
    let all: BTreeSet<&RoomAddress> = rooms.iter().map(|room| &room.address).collect();
    let empty = all.difference(&joined).copied().cloned().collect();
    let found: BTreeSet<&SpaceId> = spaces.iter().map(|space| &space.id).collect();
    let unknown = named
        .iter()
        .flat_map(|entry| entry.spaces.iter().map(|space| (&entry.room, space)))
        .filter(|(_, space)| !found.contains(space))
        .map(|(room, space)| (room.clone(), space.clone()))
        .collect();
    Joining {
        places,
        empty,
        unknown,
    }
}

/// The rooms and spaces of each name.
struct Proposals<'a> {
    /// By name: the rooms of that name, by address.
    rooms: BTreeMap<String, BTreeSet<&'a RoomAddress>>,
    /// By source and name: how many spaces have that name.
    spaces: BTreeMap<(&'a str, String), u64>,
}

impl<'a> Proposals<'a> {
    fn new(spaces: &'a [JoinSpace], rooms: &'a [JoinRoom]) -> Self {
        let mut proposals = Self {
            rooms: BTreeMap::new(),
            spaces: BTreeMap::new(),
        };
        for room in rooms {
            let of_name = proposals.rooms.entry(normal(&room.name)).or_default();
            of_name.insert(&room.address);
        }
        for space in spaces {
            let key = (space.id.source.as_str(), normal(&space.name));
            *proposals.spaces.entry(key).or_default() += 1;
        }
        proposals
    }

    /// The only room of the space's name. None if the source has another space of that name, since one of the two would be wrong.
    fn of(&self, space: &'a JoinSpace) -> Option<&'a RoomAddress> {
        let name = normal(&space.name);
        let rooms = self.rooms.get(&name).filter(|_| !name.is_empty())?;
        let alike = self.spaces.get(&(space.id.source.as_str(), name))?;
        match (rooms.first(), rooms.len(), alike) {
            (Some(room), 1, 1) => Some(room),
            _ => None,
        }
    }
}

/// A name in lower case with one blank for each run of blanks and punctuation, so that `Conf. A`, `CONF-A` and `conf  a` are alike, and
/// `Room 1-1` and `Room 11` are not.
fn normal(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The last days whose calls are compared with bookings, in seconds.
const CALLS_OF: i64 = 30 * 24 * 60 * 60;
/// The most calls of a space that are compared: the newest.
pub const MOST_CALLS: i64 = 1_000;
/// The most bookings of a room that calls are compared with.
pub const MOST_BOOKINGS: i64 = 10_000;

/// The time whose calls are compared with bookings: the last days before `now`, as far as the bookings of all rooms of the space are known. `rooms`: of each,
/// from when to when they are, in UTC seconds as `now`. None if there is no such time, or no room.
pub fn compared_time(now: i64, rooms: impl IntoIterator<Item = Option<(i64, i64)>>) -> Option<(i64, i64)> {
    let (mut from, mut to) = (now.saturating_sub(CALLS_OF), now);
    let mut has_rooms = false;
    for known in rooms {
        let (known_from, read_at) = known?;
        (from, to) = (from.max(known_from), to.min(read_at));
        has_rooms = true;
    }
    (has_rooms && from < to).then_some((from, to))
}

/// How the calls of a space agree with the bookings of its rooms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// The calls that were looked at.
    pub calls: u64,
    /// Those that overlap a booking.
    pub booked: u64,
}

impl Agreement {
    /// Compares calls with bookings, each given as its start and its end.
    pub fn of(calls: &[(i64, i64)], bookings: &[(i64, i64)]) -> Self {
        let mut sorted: Vec<(i64, i64)> = bookings.to_vec();
        sorted.sort_unstable();
        // The latest end of all bookings up to each one, so that a long one before a short one is found.
        let mut latest = i64::MIN;
        let ends: Vec<i64> = sorted
            .iter()
            .map(|(_, end)| {
                latest = latest.max(*end);
                latest
            })
            .collect();
        let overlaps = |(start, end): &&(i64, i64)| {
            let before = sorted.partition_point(|(other, _)| other < end);
            let last = before.checked_sub(1).and_then(|last| ends.get(last));
            last.is_some_and(|last| last > start)
        };
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            calls: count(calls.len()),
            booked: count(calls.iter().filter(overlaps).count()),
        }
    }

    /// Whether the space is perhaps in another room: there are enough calls, and fewer than a third of them overlap a booking.
    pub fn is_doubtful(self) -> bool {
        self.calls >= FEWEST_CALLS && self.booked.saturating_mul(3) < self.calls
    }

    /// `12 of 40 calls overlap a booking`.
    pub fn words(self) -> String {
        format!("{} of {} calls overlap a booking", self.booked, self.calls)
    }
}

#[cfg(test)]
mod tests;
