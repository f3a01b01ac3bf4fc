//! Dates of one room for the portal's page about it: what is drawn of each, and what became of its bookings with the evidence.

use collector_insights::strip::{RoomDay, days_of};
use collector_rollup::known;
use collector_store::Reader;
use jiff::civil::Date;

use crate::config::Config;
use crate::figures::{FiguresError, scope};

/// The local dates of two periods of a room, each from its first to before its last, oldest first. None if there is no such room. `now` is UTC
/// seconds.
///
/// # Errors
/// The store failed.
pub fn room_days(
    store: &Reader,
    config: &Config,
    (source, address): (&str, &str),
    [one, other]: [(Date, Date); 2],
    now: i64,
) -> Result<Option<[Vec<RoomDay>; 2]>, FiguresError> {
    let scope = scope(store, config)?;
    let Some(room) = scope
        .rooms
        .iter()
        .find(|room| room.source == source && room.address == address)
    else {
        return Ok(None);
    };
    let days = |period| -> Result<Vec<RoomDay>, FiguresError> {
        let known = known(store, room, scope.spaces_of(room), period, now)?;
        Ok(days_of(&known, &scope.buildings, period, now))
    };
    Ok(Some([days(one)?, days(other)?]))
}
