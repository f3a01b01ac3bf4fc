//! What the portal's pages about figures need at once: the rooms that a filter leaves, what else could be chosen, and reports about these rooms, all
//! as of one moment and by the code that answers the API.

use std::collections::HashMap;

use collector_insights::report::Report;
use collector_insights::room::Room;
use collector_insights::selection::{Asked, RoomFilter, SelectedRoom, Selection};
use collector_rollup::{Rollups, Scope};
use collector_store::{Reader, RoomRow};

use crate::config::Config;
use crate::figures::{FiguresError, scope_of};
use crate::joined::listed_rooms;

/// Rooms and reports, from what is stored at this moment. `now` is UTC seconds. It is given up when `go_on` says so, which is asked before each
/// room.
///
/// # Errors
/// The store failed, or `go_on` said no.
pub fn select(
    store: &Reader,
    config: &Config,
    filter: &RoomFilter,
    asked: &[Asked],
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Selection, FiguresError> {
    let listed = listed_rooms(store, config)?;
    let scope = scope_of(store, config, &listed)?;
    let configured = config.insights.rooms.iter();
    let tags: HashMap<&str, &[String]> = configured
        .map(|room| (room.address.as_str(), room.tags.as_slice()))
        .collect();
    let tags_of = |room: &Room| tags.get(room.address.as_str()).copied().unwrap_or_default();
    let left: Vec<(&Room, &RoomRow)> = scope
        .rooms
        .iter()
        .zip(&listed)
        .filter(|(room, row)| filter.leaves(room, &row.lists, tags_of(room)))
        .collect();
    let addresses = || left.iter().map(|(room, _)| room.address.clone());
    let reports: Vec<Report> = match left.is_empty() {
        true => Vec::new(),
        false => {
            let questions: Vec<collector_rollup::Asked> = asked
                .iter()
                .map(|asked| collector_rollup::Asked {
                    question: filter.question(asked, addresses()),
                    zombies: asked.zombies,
                })
                .collect();
            Rollups::with(&config.data, |rollups| {
                rollups.reports(store, &scope, &questions, now, go_on)
            })?
        }
    };
    Ok(Selection {
        rooms: named(&scope, &left),
        all_rooms: scope.rooms.len(),
        buildings: scope
            .rooms
            .iter()
            .map(|room| room.building().to_owned())
            .collect(),
        lists: listed.iter().flat_map(|row| row.lists.iter().cloned()).collect(),
        tags: scope
            .rooms
            .iter()
            .flat_map(|room| tags_of(room).iter().cloned())
            .collect(),
        has_zone: config.insights.hours.keys.time_zone.is_some(),
        reports,
    })
}

fn named(scope: &Scope, rooms: &[(&Room, &RoomRow)]) -> Vec<SelectedRoom> {
    let named = rooms.iter().map(|(room, row)| SelectedRoom {
        source: room.source.clone(),
        address: room.address.clone(),
        name: row.name.clone(),
        building: room.building.clone(),
        capacity: room.capacity,
        zone: scope
            .buildings
            .hours(room.building.as_deref())
            .zone_name()
            .to_owned(),
        spaces: scope.spaces_of(room).len(),
    });
    named.collect()
}
