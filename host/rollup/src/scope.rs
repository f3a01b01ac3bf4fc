//! The rooms that figures are about, with what is configured about them.

use std::collections::{BTreeMap, HashMap};

use collector_insights::hours::Buildings;
use collector_insights::room::Room;
use collector_model::space::SpaceId;

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

impl Scope {
    /// The spaces that belong to a room.
    pub fn spaces_of(&self, room: &Room) -> &[SpaceId] {
        self.spaces.get(&room.address).map_or(&[], Vec::as_slice)
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

    /// What a room's days depend on beside its bookings, readings and records: its open time, and which spaces belong to it.
    pub(crate) fn settings_of(&self, room: &Room) -> String {
        let hours = self.buildings.hours(room.building.as_deref());
        format!("{hours:?} {:?}", self.spaces_of(room))
    }
}
