//! What figures are computed from: the rooms of the configured sources with their bookings, readings and the records joined to them.

use std::collections::{BTreeSet, HashMap};

use collector_insights::group::Question;
use collector_insights::hours::{Buildings, SettingsError};
use collector_insights::report::Report;
use collector_insights::room::Room;
use collector_model::joining::Place;
use collector_model::space::SpaceId;
use collector_rollup::{Asked, Rollups, RollupsError, Scope};
use collector_store::{Reader, RoomRow, Store, StoreError};

use crate::config::Config;
use crate::joined::{Joined, id, listed_rooms};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of figures failed, even after it was made anew.
    #[error(transparent)]
    Rollups(RollupsError),
    /// Open time is configured wrongly. The configuration was checked, so this is a defect.
    #[error("[insights]: {0}")]
    Settings(#[from] SettingsError),
    /// A question names a building or room that there is not.
    #[error("there is no {what} {name:?}; {there}")]
    Unknown {
        /// `building` or `room`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        there: String,
    },
    /// Nobody wants to wait longer.
    #[error("computing was stopped after {done} of {all} rooms")]
    Stopped {
        /// How many rooms were computed.
        done: usize,
        /// How many there are to compute.
        all: usize,
    },
}

impl From<RollupsError> for FiguresError {
    fn from(error: RollupsError) -> Self {
        match error {
            RollupsError::Store(error) => Self::Store(error),
            RollupsError::Stopped { done, all } => Self::Stopped { done, all },
            error @ (RollupsError::File { .. } | RollupsError::Ahead) => Self::Rollups(error),
        }
    }
}

/// The most names that an error lists.
const NAMED: usize = 20;

/// The report that answers a question, from what is stored at this moment: what changed since the last one is computed first. `now` is UTC
/// seconds.
///
/// # Errors
/// The store failed, or the question names what there is not.
pub fn report(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
) -> Result<Report, FiguresError> {
    report_while(store, config, question, now, &|| true)
}

/// The same, unless it takes too long: `go_on` is asked before each room.
///
/// # Errors
/// The store failed, the question names what there is not, or `go_on` said no.
pub fn report_while(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Report, FiguresError> {
    let asked = Asked {
        question: question.clone(),
        zombies: true,
    };
    let mut reports = reports_while(store, config, &[asked], now, go_on)?;
    // There is one for each question.
    reports.pop().ok_or(FiguresError::Stopped { done: 0, all: 0 })
}

/// The reports that answer some questions, in their order: what they need is read once for all of them.
///
/// # Errors
/// As for one.
pub(crate) fn reports_while(
    store: &Reader,
    config: &Config,
    asked: &[Asked],
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Report>, FiguresError> {
    let scope = scope(store, config)?;
    for asked in asked {
        check(&asked.question, &scope.rooms)?;
    }
    Ok(Rollups::with(&config.data, |rollups| {
        rollups.reports(store, &scope, asked, now, go_on)
    })?)
}

/// Computes everything that is not up to date, until there is nothing left or `go_on`, which is asked before each room, says no. `now` is UTC seconds.
///
/// # Errors
/// The store failed.
pub fn fold(
    store: &mut Store,
    config: &Config,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<(), FiguresError> {
    let scope = scope(store, config)?;
    let all: Vec<usize> = (0..scope.rooms.len()).collect();
    let told: Vec<&str> = config.told_sinks().collect();
    let folded = Rollups::with(&config.data, |rollups| {
        // First, so that what is computed is noted for them.
        rollups.set_told(&told)?;
        rollups.fold(store, &scope, &all, now, go_on)
    })?;
    // What is noted there is not lost if the rooms are not computed yet: their dates are marked.
    store.forget_touched(folded.last)?;
    Ok(())
}

/// The rooms of the configured sources, with what is configured about them.
pub(crate) fn scope(store: &Reader, config: &Config) -> Result<Scope, FiguresError> {
    scope_of(store, config, &listed_rooms(store, config)?)
}

/// The same, with the rooms of [`listed_rooms`], in their order.
pub(crate) fn scope_of(store: &Reader, config: &Config, listed: &[RoomRow]) -> Result<Scope, FiguresError> {
    Ok(Scope {
        rooms: rooms(config, listed),
        buildings: Buildings::of(&config.insights.hours)?,
        spaces: spaces_of_rooms(&Joined::of(store, config, listed)?),
    })
}

/// Rooms as figures group them, with the seats that the configuration corrects.
fn rooms(config: &Config, listed: &[RoomRow]) -> Vec<Room> {
    let corrected: HashMap<&str, u32> = config
        .insights
        .rooms
        .iter()
        .filter_map(|room| Some((room.address.as_str(), room.capacity?)))
        .collect();
    let room = |row: &RoomRow| Room {
        source: row.source.clone(),
        address: row.address.clone(),
        building: row.building.clone(),
        capacity: corrected.get(row.address.as_str()).copied().or(row.capacity),
    };
    listed.iter().map(room).collect()
}

/// Refuses a question about what there is not.
pub(crate) fn check(question: &Question, rooms: &[Room]) -> Result<(), FiguresError> {
    let addresses: BTreeSet<&str> = rooms.iter().map(|room| room.address.as_str()).collect();
    let buildings: BTreeSet<&str> = rooms.iter().map(Room::building).collect();
    for (what, asked, there) in [
        ("room", &question.rooms, addresses),
        ("building", &question.buildings, buildings),
    ] {
        if let Some(name) = asked.iter().find(|name| !there.contains(name.as_str())) {
            return Err(unknown(what, name, &there));
        }
    }
    Ok(())
}

fn unknown(what: &'static str, name: &str, there: &BTreeSet<&str>) -> FiguresError {
    let named: Vec<&str> = there
        .iter()
        .copied()
        .filter(|name| !name.is_empty())
        .take(NAMED)
        .collect();
    let more = there.len().saturating_sub(named.len());
    FiguresError::Unknown {
        what,
        name: name.to_owned(),
        there: match (named.is_empty(), more) {
            (true, _) => format!("no {what} is known yet"),
            (false, 0) => format!("there are {}", named.join(", ")),
            (false, more) => format!("there are {} and {more} more", named.join(", ")),
        },
    }
}

/// The spaces that belong to each room, by its address.
fn spaces_of_rooms(joined: &Joined) -> HashMap<String, Vec<SpaceId>> {
    let mut spaces: HashMap<String, Vec<SpaceId>> = HashMap::new();
    for (space, place) in &joined.spaces {
        if let Place::Joined(_, rooms) = place {
            for room in rooms {
                spaces
                    .entry(room.as_str().to_owned())
                    .or_default()
                    .push(id(space));
            }
        }
    }
    spaces
}
