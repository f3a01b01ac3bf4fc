//! Gathers what the page about spaces shows, and checks what is to be joined.

use collector_admin::joined::{Joined, id};
use collector_model::joining::Place;
use collector_model::room::RoomAddress;
use collector_portal::api::{
    BackendError, Result, RoomName, Rows, SpaceChoice, SpaceId, SpacePart, SpaceQuery, SpaceRecord, SpaceRow,
    Spaces,
};
use collector_store::{Reader, StoreError};

use super::program::{Program, now};

/// The spaces and rooms that a query asks for.
pub(super) async fn spaces(program: &Program, query: &SpaceQuery) -> Result<Spaces> {
    let (config, query) = (program.config(), query.clone());
    program
        .read(move |store| {
            let joined = Joined::read(store, &config)?;
            let wanted = |(space, _): &&(SpaceRecord, Place)| {
                query.source.as_ref().is_none_or(|source| *source == space.source)
                    && matches(
                        &query,
                        [
                            &space.name,
                            &space.key,
                            space.address.as_ref().unwrap_or(&space.key),
                        ],
                    )
            };
            let (with, without): (Vec<_>, Vec<_>) = joined
                .spaces
                .iter()
                .filter(wanted)
                .partition(|(_, place)| matches!(place, Place::Joined(..)));
            let row = |(space, place): &(SpaceRecord, Place)| row(store, &joined, space, place);
            let empty: Vec<RoomName> = joined
                .empty
                .iter()
                .map(|room| named(&joined, room))
                .filter(|room| {
                    matches(
                        &query,
                        [&room.address, room.name.as_ref().unwrap_or(&room.address)],
                    )
                })
                .collect();
            let unknown: Vec<(String, SpaceId)> = joined
                .unknown
                .iter()
                .map(|(room, space)| (room.to_string(), space.clone()))
                .collect();
            Ok(Spaces {
                alone: rows(&query, Some(SpacePart::Alone), &without, |each| row(each))?,
                empty: rows(&query, Some(SpacePart::Empty), &empty, |room| Ok(room.clone()))?,
                joined: rows(&query, Some(SpacePart::Joined), &with, |each| row(each))?,
                unknown: rows(&query, None, &unknown, |each| Ok(each.clone()))?,
            })
        })
        .await
}

/// A space with the rooms to choose from.
pub(super) async fn space(program: &Program, wanted: &SpaceId) -> Result<SpaceChoice> {
    let (config, of) = (program.config(), wanted.clone());
    let found = program
        .read(move |store| {
            let joined = Joined::read(store, &config)?;
            let Some((space, place)) = joined.spaces.iter().find(|(space, _)| id(space) == of) else {
                return Ok(None);
            };
            let mut rooms: Vec<RoomName> = joined.rooms.keys().map(|room| named(&joined, room)).collect();
            rooms.sort_by_key(|room| room.name.as_deref().unwrap_or_default().to_lowercase());
            Ok(Some(SpaceChoice {
                space: row(store, &joined, space, place)?,
                rooms,
            }))
        })
        .await?;
    found.ok_or_else(|| not_known(wanted))
}

/// Refuses a join of what is not known. Returns the room's address.
pub(super) async fn check(program: &Program, room: &str, space: &SpaceId) -> Result<RoomAddress> {
    if room.is_empty() {
        return Err(BackendError::Refused(
            "no room was chosen; choose one from the list".to_owned(),
        ));
    }
    let (config, of, room) = (program.config(), space.clone(), RoomAddress::new(room));
    let address = room.clone();
    let (has_space, has_room) = program
        .read(move |store| {
            let joined = Joined::read(store, &config)?;
            let has_space = joined.spaces.iter().any(|(space, _)| id(space) == of);
            Ok((has_space, joined.rooms.contains_key(&address)))
        })
        .await?;
    match (has_space, has_room) {
        (false, _) => Err(not_known(space)),
        (true, false) => Err(BackendError::Refused(format!(
            "no source lists the room {room}; choose one from the list"
        ))),
        (true, true) => Ok(room),
    }
}

fn not_known(space: &SpaceId) -> BackendError {
    BackendError::NotFound(format!(
        "no source knows the space {:?} any more",
        space.to_string()
    ))
}

/// The rows of a part's page. Only these are made.
fn rows<T, R>(
    query: &SpaceQuery,
    part: Option<SpacePart>,
    all: &[T],
    row: impl Fn(&T) -> std::result::Result<R, StoreError>,
) -> std::result::Result<Rows<R>, StoreError> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let skip = if part.is_some() && query.part == part {
        query.skip
    } else {
        0
    };
    let page = all.iter().skip(number(skip)).take(number(query.limit));
    Ok(Rows {
        total: all.len() as u64,
        rows: page.map(row).collect::<std::result::Result<_, _>>()?,
    })
}

fn row(
    store: &Reader,
    joined: &Joined,
    space: &SpaceRecord,
    place: &Place,
) -> std::result::Result<SpaceRow, StoreError> {
    let (by, rooms, proposal) = match place {
        Place::Joined(by, rooms) => (Some(*by), rooms.as_slice(), None),
        Place::Alone(proposal) => (None, [].as_slice(), proposal.as_ref()),
    };
    Ok(SpaceRow {
        by,
        rooms: rooms.iter().map(|room| named(joined, room)).collect(),
        proposal: proposal.map(|room| named(joined, room)),
        agreement: joined.agreement(store, space, place, now())?,
        space: space.clone(),
    })
}

fn named(joined: &Joined, room: &RoomAddress) -> RoomName {
    RoomName {
        address: room.to_string(),
        name: joined.rooms.get(room).cloned(),
    }
}

/// Whether one of the texts contains the text that is asked for, ignoring case.
fn matches<'a>(query: &SpaceQuery, texts: impl IntoIterator<Item = &'a String>) -> bool {
    let Some(wanted) = query.text.as_ref().map(|text| text.to_lowercase()) else {
        return true;
    };
    texts
        .into_iter()
        .any(|text| text.to_lowercase().contains(&wanted))
}
