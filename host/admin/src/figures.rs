//! What figures are computed from: the rooms of the configured sources with their bookings, readings and the records joined to them.

use std::collections::{BTreeSet, HashMap};

use collector_insights::answer::{Answer, Known, Verdicts};
use collector_insights::booking::Booking;
use collector_insights::clock::around;
use collector_insights::evidence::reach;
use collector_insights::group::Question;
use collector_insights::hours::{Buildings, SettingsError};
use collector_insights::report::{Report, VerdictLine};
use collector_insights::room::Room;
use collector_insights::spans::{Span, Spans};
use collector_insights::witness::{Four, Witnesses};
use collector_model::joining::Place;
use collector_model::space::SpaceId;
use collector_store::{Reader, RoomRow, StoreError};

use crate::config::Config;
use crate::joined::{Joined, id, listed_rooms};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
}

/// The most names that an error lists.
const NAMED: usize = 20;

/// The report that answers a question, from what is stored. `now` is UTC seconds.
///
/// # Errors
/// The store failed, or the question names what there is not.
pub fn report(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
) -> Result<Report, FiguresError> {
    let listed = listed_rooms(store, config)?;
    let rooms = rooms(config, &listed);
    check(question, &rooms)?;
    let buildings = Buildings::of(&config.insights.hours)?;
    let spaces = spaces_of_rooms(&Joined::of(store, config, &listed)?);
    let mut answer = Answer::new(question, &buildings, now, &rooms);
    for (number, room) in answer.needed() {
        answer.compute(number, &known(store, room.clone(), &spaces, question, now)?);
    }
    Ok(answer.report())
}

/// The verdicts of the bookings that a question is about, from what is stored. `now` is UTC seconds.
///
/// # Errors
/// The store failed, or the question names what there is not.
pub fn verdicts(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
) -> Result<Vec<VerdictLine>, FiguresError> {
    let listed = listed_rooms(store, config)?;
    let rooms = rooms(config, &listed);
    check(question, &rooms)?;
    let buildings = Buildings::of(&config.insights.hours)?;
    let spaces = spaces_of_rooms(&Joined::of(store, config, &listed)?);
    let mut verdicts = Verdicts::new(question, &buildings, now);
    for room in rooms.into_iter().filter(|room| question.is_about(room)) {
        verdicts.add(&known(store, room, &spaces, question, now)?);
    }
    Ok(verdicts.lines())
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
fn check(question: &Question, rooms: &[Room]) -> Result<(), FiguresError> {
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

/// Reads everything that is known about a room. Verdicts look at all of its bookings, since a series is followed back to its last attended one.
fn known(
    store: &Reader,
    room: Room,
    spaces: &HashMap<String, Vec<SpaceId>>,
    question: &Question,
    now: i64,
) -> Result<Known, StoreError> {
    let spaces = spaces.get(&room.address).map_or(&[][..], Vec::as_slice);
    let bookings: Vec<Booking> = store
        .bookings(&room.source, &room.address, i64::MIN, i64::MAX)?
        .into_iter()
        .map(booking)
        .collect();
    let of_period = around(question.from, question.to);
    let needed = bookings
        .iter()
        .filter_map(Booking::span)
        .chain(of_period)
        .reduce(Span::hull)
        .and_then(|all| Span::new(all.start(), all.end().min(now)));
    let mut records = Vec::new();
    if let Some(mut span) = needed {
        // Buckets that hang together are looked at together.
        loop {
            let wider = reach(span, store.buckets(spaces, span.start(), span.end())?);
            if wider == span {
                break;
            }
            span = wider;
        }
        records = store.evidence(spaces, span.start(), span.end())?;
    }
    let mut witnesses = Witnesses::default();
    for witness in store.witnesses(spaces)? {
        witnesses.kinds.extend(&witness.kinds);
        witnesses.covered.extend(witness.observed.iter().map(|kind| Four {
            source: witness.space.source.clone(),
            space: witness.space.key.clone(),
            device: witness.device.clone(),
            kind: *kind,
        }));
    }
    let read = store.readings(&room.source, &room.address)?;
    let read: Spans = read
        .as_slice()
        .iter()
        .filter_map(|(start, end)| Span::new(*start, *end))
        .collect();
    Ok(Known {
        room,
        bookings,
        read,
        records,
        witnesses,
    })
}

fn booking(stored: collector_store::Booking) -> Booking {
    let read_before = stored.history.read_before.as_slice();
    Booking {
        was_missing: read_before
            .iter()
            .any(|(from, to)| (*from..*to).contains(&stored.start)),
        id: stored.id,
        series: stored.series,
        start: stored.start,
        end: stored.end,
        all_day: stored.all_day,
        status: stored.status,
        removed_at: stored.history.removed_at,
        first_seen: stored.history.first_seen,
    }
}
