//! The rooms that figures are about, with what is configured about them.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use collector_insights::hours::Buildings;
use collector_insights::room::{Peers, Room};
use collector_model::space::SpaceId;

/// Parts of the rooms without a building.
const PARTS: i64 = 128;

/// All rooms that there are, their open time, and the spaces that belong to them.
#[derive(Debug)]
pub struct Scope {
    /// The rooms. Their positions are their numbers in an answer.
    pub rooms: Vec<Room>,
    /// Their open time.
    pub buildings: Buildings,
    /// The spaces that belong to rooms, by the rooms' addresses.
    pub spaces: HashMap<String, Vec<SpaceId>>,
}

/// Rooms whose months are kept as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Alike {
    pub(crate) building: String,
    pub(crate) band: u8,
    pub(crate) part: i64,
}

impl Alike {
    pub(crate) fn of(room: &Room) -> Self {
        let part = match Peers::of(room) {
            Some(_) => 0,
            None => digest(&room.address).rem_euclid(PARTS),
        };
        Self {
            building: room.building().to_owned(),
            band: room.band() as u8,
            part,
        }
    }
}

impl Scope {
    /// The spaces that belong to a room.
    pub fn spaces_of(&self, room: &Room) -> &[SpaceId] {
        self.spaces.get(&room.address).map_or(&[], Vec::as_slice)
    }

    /// The positions of the rooms, by source and address.
    pub(crate) fn positions(&self) -> HashMap<(&str, &str), usize> {
        (0..)
            .zip(&self.rooms)
            .map(|(position, room)| ((room.source.as_str(), room.address.as_str()), position))
            .collect()
    }

    /// The positions of the rooms to which each space belongs.
    pub(crate) fn rooms_of_spaces(&self) -> BTreeMap<&SpaceId, Vec<usize>> {
        let mut rooms: BTreeMap<&SpaceId, Vec<usize>> = BTreeMap::new();
        for (number, room) in self.rooms.iter().enumerate() {
            for space in self.spaces_of(room) {
                rooms.entry(space).or_default().push(number);
            }
        }
        rooms
    }

    /// For each room a digest of what its days depend on beside its bookings, readings and records: its open time, and which spaces belong to it.
    pub(crate) fn settings(&self) -> Vec<i64> {
        let mut hours: HashMap<Option<&str>, String> = HashMap::new();
        self.rooms
            .iter()
            .map(|room| {
                let building = room.building.as_deref();
                let hours = hours
                    .entry(building)
                    .or_insert_with(|| format!("{:?}", self.buildings.hours(building)));
                digest(&(&*hours, self.spaces_of(room)))
            })
            .collect()
    }

    /// A digest of the rooms and their settings.
    pub(crate) fn digest(&self, settings: &[i64]) -> i64 {
        digest(&(&self.rooms, settings))
    }
}

/// A number that tells values apart, the same in every run of this version of the program.
pub(crate) fn digest(value: &impl Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().cast_signed()
}
