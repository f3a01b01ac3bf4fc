//! Dates of one room for the portal's page about it: what is drawn of each, and what became of its bookings with the evidence.

use collector_insights::clock::LocalDay;
use collector_insights::day::day;
use collector_insights::report::VerdictLine;
use collector_insights::selection::Asked;
use collector_insights::strip::{RoomDay, Strip};
use collector_rollup::known;
use collector_store::Reader;

use crate::config::Config;
use crate::figures::{FiguresError, scope};

/// The local dates of a period of a room, oldest first. None if there is no such room. `now` is UTC seconds.
///
/// # Errors
/// The store failed.
pub fn room_days(
    store: &Reader,
    config: &Config,
    source: &str,
    address: &str,
    asked: Asked,
    now: i64,
) -> Result<Option<Vec<RoomDay>>, FiguresError> {
    let scope = scope(store, config)?;
    let Some(room) = scope
        .rooms
        .iter()
        .find(|room| room.source == source && room.address == address)
    else {
        return Ok(None);
    };
    let known = known(store, room, scope.spaces_of(room), (asked.from, asked.to), now)?;
    let evidence = known.evidence(now);
    let base = known.base(&evidence, &scope.buildings, now);
    let dates = std::iter::successors(Some(asked.from), |date| date.tomorrow().ok());
    let days = dates.take_while(|date| *date < asked.to).filter_map(|date| {
        let local_day = LocalDay::of(base.hours, date);
        let computed = day(&base, &local_day);
        Some(RoomDay {
            strip: Strip::of(&base, &local_day)?,
            verdicts: computed
                .judged
                .iter()
                .map(|judged| VerdictLine::of(room, judged))
                .collect(),
        })
    });
    Ok(Some(days.collect()))
}
