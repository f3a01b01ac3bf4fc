//! What a sink is handed: changes one by one, or rooms as a whole.

use std::collections::HashSet;

use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::Meeting;

/// The next changes for a sink, safely stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handover {
    /// The id of the store, or of the stream in it, under which they are sent.
    pub store: String,
    /// In the order of their numbers.
    pub entries: Vec<Change>,
    /// The numbers of the rooms whose snapshots these are; none if the entries are changes one by one.
    pub rooms: Vec<i64>,
    /// The snapshots contain all changes up to this number.
    pub taken: i64,
}

impl Handover {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.rooms.is_empty()
    }

    /// Up to which number a sink has everything when it has this. Of rooms that it refused as a whole nothing is told, and it has what they would contain.
    pub fn last(&self) -> i64 {
        self.entries.last().map_or(self.taken, |entry| entry.number)
    }

    /// Whether these are snapshots of rooms: they start again from the beginning until they are delivered as a whole.
    pub fn is_of_rooms(&self) -> bool {
        !self.rooms.is_empty()
    }
}

/// A room that a sink is told as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WholeRoom {
    /// Its number in the store.
    pub number: i64,
    /// Its source.
    pub source: String,
    /// Its address, lower case.
    pub address: String,
    /// Its display name.
    pub name: String,
    /// From when it is known, UTC seconds; none if it was never read as a whole.
    pub known_from: Option<i64>,
    /// Its meetings, in the order in which they are told.
    pub meetings: Vec<Meeting>,
    /// The ids of its meetings that the sink refused, which it is not told; an empty one: it refused the begin or the end.
    pub refused: HashSet<String>,
}

impl WholeRoom {
    /// The room as changes at this UTC second, numbered from the one after `last`: a begin, each meeting, an end. `is_hidden`: subjects may not be seen, so
    /// they are withheld, whatever held when they were stored.
    pub fn snapshot(self, store: &str, is_hidden: bool, at: i64, last: i64) -> Vec<Change> {
        let Self {
            meetings, refused, ..
        } = self;
        let meetings = meetings
            .into_iter()
            .filter(|meeting| !refused.contains(&meeting.id));
        let mut content: Vec<What> = meetings
            .map(|mut meeting| {
                if is_hidden {
                    meeting.withhold_subject();
                }
                What::Meeting(ChangeKind::Added, meeting)
            })
            .collect();
        if !refused.contains("") {
            let end = What::SnapshotEnd {
                from: self.known_from.unwrap_or(at),
                meetings: content.len() as u64,
            };
            content.insert(0, What::SnapshotBegin);
            content.push(end);
        }
        let numbered = (last + 1..).zip(content).map(|(number, what)| Change {
            store: store.to_owned(),
            number,
            at,
            source: self.source.clone(),
            room: self.address.clone(),
            room_name: self.name.clone(),
            room_number: self.number,
            what,
        });
        numbered.collect()
    }
}

/// The names of the sinks that are new, and of those that are gone, when `wanted` takes the place of `known`.
pub fn new_and_gone(known: &[String], wanted: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut new: Vec<String> = Vec::new();
    for name in wanted {
        if !known.iter().chain(&new).any(|known| known == name) {
            new.push((*name).to_owned());
        }
    }
    let is_gone = |name: &&String| !wanted.contains(&name.as_str());
    (new, known.iter().filter(is_gone).cloned().collect())
}
