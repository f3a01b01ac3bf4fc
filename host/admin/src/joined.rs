//! The spaces and rooms of a configuration, joined: what the command line and the portal show.

use std::collections::BTreeMap;

use collector_model::joining::{self, Agreement, JoinRoom, JoinSpace, NamedSpaces, Place};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use collector_store::{Reader, RoomRow, RoomSearch, SpaceRecord, StoreError};

use crate::config::Config;

/// All spaces and rooms of the configured sources.
#[derive(Debug)]
pub struct Joined {
    /// The spaces, by source and name, each with the place where it belongs.
    pub spaces: Vec<(SpaceRecord, Place)>,
    /// The listed rooms, with their display names.
    pub rooms: BTreeMap<RoomAddress, String>,
    /// The rooms to which no space belongs.
    pub empty: Vec<RoomAddress>,
    /// The spaces that a room of the configuration names and that are not known.
    pub unknown: Vec<(RoomAddress, SpaceId)>,
    sources: Vec<String>,
}

impl Joined {
    /// Reads spaces and rooms from the store, and joins them.
    ///
    /// # Errors
    /// The store failed.
    pub fn read(store: &Reader, config: &Config) -> Result<Self, StoreError> {
        Self::of(store, config, &listed_rooms(store, config)?)
    }

    /// The same, with the rooms of [`listed_rooms`].
    ///
    /// # Errors
    /// The store failed.
    pub fn of(store: &Reader, config: &Config, listed: &[RoomRow]) -> Result<Self, StoreError> {
        let sources = source_names(config);
        let records = store.known_spaces(&sources)?;
        let mut rooms = BTreeMap::new();
        for row in listed {
            let name: &mut String = rooms.entry(RoomAddress::new(&row.address)).or_default();
            if name.is_empty() {
                name.clone_from(&row.name);
            }
        }
        let spaces: Vec<JoinSpace> = records
            .iter()
            .map(|space| JoinSpace {
                id: id(space),
                name: space.name.clone(),
                address: space.address.clone(),
            })
            .collect();
        let known: Vec<JoinRoom> = rooms
            .iter()
            .map(|(address, name)| JoinRoom {
                address: address.clone(),
                name: name.clone(),
            })
            .collect();
        let named: Vec<NamedSpaces> = config
            .insights
            .rooms
            .iter()
            .map(|room| NamedSpaces {
                room: room.address.clone(),
                spaces: room.spaces.clone(),
            })
            .collect();
        let joining = joining::join(&spaces, &known, &named);
        Ok(Self {
            spaces: records.into_iter().zip(joining.places).collect(),
            rooms,
            empty: joining.empty,
            unknown: joining.unknown,
            sources,
        })
    }

    /// How the calls of a space agree with the bookings of its rooms. None if it belongs to none, or nothing is known.
    ///
    /// # Errors
    /// The store failed.
    pub fn agreement(
        &self,
        store: &Reader,
        space: &SpaceRecord,
        place: &Place,
        now: i64,
    ) -> Result<Option<Agreement>, StoreError> {
        match place {
            Place::Joined(_, rooms) => store.agreement(&id(space), &self.sources, rooms, now),
            Place::Alone(_) => Ok(None),
        }
    }
}

/// The rooms of the configured sources that are in their lists.
///
/// # Errors
/// The store failed.
pub fn listed_rooms(store: &Reader, config: &Config) -> Result<Vec<RoomRow>, StoreError> {
    let search = RoomSearch {
        sources: source_names(config),
        limit: u64::MAX,
        ..RoomSearch::default()
    };
    Ok(store.search_rooms(&search)?.1)
}

fn source_names(config: &Config) -> Vec<String> {
    config.source_names().map(str::to_owned).collect()
}

/// What names a stored space.
pub fn id(space: &SpaceRecord) -> SpaceId {
    SpaceId {
        source: space.source.clone(),
        key: space.key.clone(),
    }
}
