//! What a listing of a source's rooms changes: which of them are new, different, or no longer listed.
//!
//! A room that was not found stays with its meetings, but is no longer *listed*, unless it may be in a list that could not be read: then nothing is
//! known about it.

use std::collections::{BTreeMap, HashMap};

use collector_model::room::Room;

/// A room of a source as it is stored. `R` is how its store finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRoom<R> {
    /// Its row.
    pub row: R,
    /// Its address, in lower case.
    pub address: String,
    /// The connector's key for it; none if it was never listed.
    pub key: Option<String>,
    /// Its display name.
    pub name: String,
    /// The building that it is in.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// The lists that it is in; empty if it was found when none were configured.
    pub lists: Vec<String>,
    /// Whether the last listing that could tell had it.
    pub is_listed: bool,
}

/// A room that was found, with what to store of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The room.
    pub room: &'a Room,
    /// The lists to store: those that it was found in, and those that cannot be read now and had it before.
    pub lists: Vec<String>,
}

/// The steps of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingSteps<'a, R> {
    /// The rows of rooms that are no longer listed. Their cursors end: the next reading is then a full one.
    pub unlist: Vec<R>,
    /// Rooms that are not stored yet, in the order in which they were found.
    pub insert: Vec<Listed<'a>>,
    /// Rooms that are stored differently, with their rows and whether their cursors end. A cursor ends with its key: a mailbox recreated under its old
    /// address has another key, and another calendar.
    pub update: Vec<(R, Listed<'a>, bool)>,
}

/// The steps of a listing. `known`: all stored rooms of the source. `found`: those that it has; of several with the same address, the last counts.
/// `unread`: the lists that could not be read.
pub fn list<'a, R>(known: Vec<KnownRoom<R>>, found: &'a [Room], unread: &[String]) -> ListingSteps<'a, R> {
    let mut known: BTreeMap<String, KnownRoom<R>> = known
        .into_iter()
        .map(|room| (room.address.clone(), room))
        .collect();
    let last: HashMap<&str, usize> = found
        .iter()
        .enumerate()
        .map(|(position, room)| (room.address.as_str(), position))
        .collect();
    let mut steps = ListingSteps {
        unlist: Vec::new(),
        insert: Vec::new(),
        update: Vec::new(),
    };
    for (position, room) in found.iter().enumerate() {
        let address = room.address.as_str();
        if last.get(address) != Some(&position) {
            continue;
        }
        let Some(before) = known.remove(address) else {
            steps.insert.push(Listed {
                room,
                lists: room.lists.clone(),
            });
            continue;
        };
        // Lists that cannot be read now: the room may still be in them.
        let unsure: Vec<&String> = if before.is_listed {
            among(&before.lists, unread).collect()
        } else {
            Vec::new()
        };
        let lists = room.lists.iter().chain(unsure);
        let has_key = before.key.as_deref() == Some(room.key.as_str());
        let is_same = has_key
            && before.is_listed
            && before.name == room.name
            && before.building == room.building
            && before.capacity == room.capacity
            && lists.clone().eq(&before.lists);
        if !is_same {
            let listed = Listed {
                room,
                lists: lists.cloned().collect(),
            };
            steps.update.push((before.row, listed, !has_key));
        }
    }
    let may_be_listed = |room: &KnownRoom<R>| {
        // It was found when no lists were configured: it may be in any unreadable list.
        let may_be_in_any = room.lists.is_empty() && !unread.is_empty();
        may_be_in_any || among(&room.lists, unread).next().is_some()
    };
    let lost = known
        .into_values()
        .filter(|room| room.is_listed && !may_be_listed(room));
    steps.unlist = lost.map(|room| room.row).collect();
    steps
}

/// The lists that are among `unread`. Addresses ignore case.
fn among<'a>(lists: &'a [String], unread: &[String]) -> impl Iterator<Item = &'a String> {
    lists
        .iter()
        .filter(|list| unread.iter().any(|other| other.eq_ignore_ascii_case(list)))
}
