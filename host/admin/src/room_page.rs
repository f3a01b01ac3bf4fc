//! The rooms in pages, as figures see them: with their corrected seats, the spaces that belong to them, and the zone of their hours.

use collector_insights::room::Room;
use collector_store::Reader;
use serde::Serialize;

use crate::config::Config;
use crate::figures::{FiguresError, scope_of};
use crate::joined::listed_rooms;

/// A room as figures see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomEntry {
    /// Its calendar's address, in lower case.
    pub address: String,
    /// The source of its bookings.
    pub source: String,
    /// Its display name: foreign text.
    pub name: String,
    /// Its building; none if nobody knows.
    pub building: Option<String>,
    /// How many people it seats, corrected by the configuration.
    pub capacity: Option<u32>,
    /// The spaces that belong to it, by source and key.
    pub spaces: Vec<SpaceEntry>,
    /// The time zone of its dates and hours, as IANA names it.
    pub zone: String,
}

/// A space that belongs to a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SpaceEntry {
    /// The source that reports it.
    pub source: String,
    /// The source's own key.
    pub key: String,
}

/// A page of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPage {
    /// The rooms, by source and address.
    pub rooms: Vec<RoomEntry>,
    /// Source and address of the last one, if there are more.
    pub next: Option<(String, String)>,
}

/// A page of at most `limit` rooms that come after a source and an address.
///
/// # Errors
/// The store failed.
pub fn room_page(
    store: &Reader,
    config: &Config,
    after: Option<&(String, String)>,
    limit: usize,
) -> Result<RoomPage, FiguresError> {
    let listed = listed_rooms(store, config)?;
    let scope = scope_of(store, config, &listed)?;
    let mut found: Vec<(Room, &str)> = scope
        .rooms
        .iter()
        .cloned()
        .zip(listed.iter().map(|row| row.name.as_str()))
        .filter(|(room, _)| {
            after.is_none_or(|(source, address)| (source, address) < (&room.source, &room.address))
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| (&one.source, &one.address).cmp(&(&other.source, &other.address)));
    let is_more = found.len() > limit;
    found.truncate(limit);
    let entry = |(room, name): (Room, &str)| {
        let mut spaces: Vec<SpaceEntry> = scope
            .spaces_of(&room)
            .iter()
            .map(|space| SpaceEntry {
                source: space.source.clone(),
                key: space.key.clone(),
            })
            .collect();
        spaces.sort_unstable();
        let hours = scope.buildings.hours(room.building.as_deref());
        RoomEntry {
            zone: hours.zone_name().to_owned(),
            name: name.to_owned(),
            spaces,
            address: room.address,
            source: room.source,
            building: room.building,
            capacity: room.capacity,
        }
    };
    let rooms: Vec<RoomEntry> = found.into_iter().map(entry).collect();
    let last = rooms.last().filter(|_| is_more);
    let next = last.map(|last| (last.source.clone(), last.address.clone()));
    Ok(RoomPage { rooms, next })
}
