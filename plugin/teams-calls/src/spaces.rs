//! The spaces of a source: the tenant's rooms, or those that the settings name, each with the id of its account as its key, by which call records
//! name it.

use crate::settings::{self, Settings};
use connector_sdk::{CollectError, Host, Kind, Level, Listing, Reason, Room, Space};
use graph::places::{Places, ROOMS, distinct, no_rooms};
use graph::{Graph, Trouble, accounts, advice};
use std::collections::HashSet;

/// The name of the rooms' accounts in reasons.
const ACCOUNTS: &str = "the accounts of the rooms";

/// The spaces of the source.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, Graph out of reach, no consent.
pub(crate) async fn list_spaces<H: Host>(host: &H, settings: &str) -> Result<Listing, CollectError> {
    let settings = settings::parse(settings)?;
    let places = Places::new(Graph::new(host, &settings));
    let found = places.every_room().await;
    let found = found.map_err(|trouble| places.error(ROOMS, &trouble))?;
    let (rooms, mut problems) = choose(distinct(found), &settings);
    let with_accounts = look_up(&places.graph, rooms, &mut problems).await?;
    for problem in &problems {
        host.log(Level::Warn, &problem.message);
    }
    Ok(Listing {
        spaces: with_accounts.into_iter().map(space).collect(),
        problems,
    })
}

/// The rooms that the settings name, and why others that they name are not among them.
pub(crate) fn choose(mut rooms: Vec<Room>, settings: &Settings) -> (Vec<Room>, Vec<Reason>) {
    if rooms.is_empty() {
        return (rooms, vec![no_rooms()]);
    }
    let named = &settings.rooms;
    if named.is_empty() {
        return (rooms, Vec::new());
    }
    let listed: HashSet<&str> = rooms.iter().map(|room| room.address.as_str()).collect();
    let missing = named.iter().filter(|address| !listed.contains(address.as_str()));
    let problems = missing.map(|address| unlisted(address)).collect();
    rooms.retain(|room| named.contains(&room.address));
    (rooms, problems)
}

/// These rooms with the ids of their accounts as their keys. Rooms without one are problems: nothing names their calls.
pub(crate) async fn look_up<H: Host>(
    graph: &Graph<'_, H>,
    rooms: Vec<Room>,
    problems: &mut Vec<Reason>,
) -> Result<Vec<Room>, CollectError> {
    let mut found: Vec<Room> = Vec::with_capacity(rooms.len());
    let mut ids = HashSet::new();
    let mut unknown: Vec<&str> = Vec::new();
    for some in rooms.chunks(accounts::AT_ONCE) {
        let accounts = accounts::look_up(graph, some).await;
        // A room must not vanish because Graph was busy, or because a permission is missing.
        match &accounts.trouble {
            Some(trouble @ Trouble::Unreadable(_)) => {
                problems.push(advice::reason(ACCOUNTS, trouble, graph.access));
            }
            Some(trouble) => return Err(refused(trouble, graph)),
            None => {}
        }
        for room in some {
            match accounts.id(&room.address).map(str::to_ascii_lowercase) {
                Some(id) if ids.insert(id.clone()) => found.push(Room {
                    key: id,
                    ..room.clone()
                }),
                _ => unknown.push(&room.address),
            }
        }
    }
    if !unknown.is_empty() {
        problems.push(without_account(&unknown));
    }
    Ok(found)
}

fn refused<H: Host>(trouble: &Trouble, graph: &Graph<'_, H>) -> CollectError {
    match advice::collect_error(ACCOUNTS, trouble, graph.access) {
        CollectError::Denied(mut reason) => {
            if matches!(trouble, Trouble::Refused(_)) {
                reason.advice = Some(format!(
                    "Grant the application permission User.Read.All with admin consent in Microsoft Entra. {}",
                    advice::PATIENCE
                ));
            }
            CollectError::Denied(reason)
        }
        other => other,
    }
}

fn space(room: Room) -> Space {
    Space {
        key: room.key,
        name: room.name,
        notes: room.address.clone(),
        address: Some(room.address),
        building: room.building,
        capacity: room.capacity,
        time_zone: None,
        kinds: vec![Kind::Call, Kind::Presentation],
    }
}

fn unlisted(address: &str) -> Reason {
    Reason {
        message: format!("room {address} is not among the tenant's rooms"),
        advice: Some(
            "Check the spelling; Get-Mailbox -RecipientTypeDetails RoomMailbox lists all rooms. Microsoft Graph does not list rooms \
             that are new or hidden from address lists."
                .to_owned(),
        ),
        code: None,
    }
}

fn without_account(rooms: &[&str]) -> Reason {
    Reason {
        message: format!(
            "no account has the address of {}, or several have, so no calls can be read",
            advice::some_of(rooms)
        ),
        advice: Some(
            "Compare PrimarySmtpAddress of the mailbox (Get-Mailbox) with the property mail of its account in Microsoft Entra; \
             they must be the same, and no other account's."
                .to_owned(),
        ),
        code: None,
    }
}

#[cfg(test)]
mod tests;
