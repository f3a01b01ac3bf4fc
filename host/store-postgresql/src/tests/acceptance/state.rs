//! What the cases look at: what is stored of the rooms, and what a reader of the changes knows, both as lines of text; and the vocabulary of readings.

use std::collections::BTreeMap;

use collector_commit::{Booking, Change as Read, Reading, Spans, Touched, TouchedPlace};
use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::{Meeting, Subject};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;

/// The rooms that may be stored.
pub(super) const ROOMS: [&str; 3] = ["a@contoso.com", "b@contoso.com", "c@contoso.com"];

/// How many random sequences are tried: a few, or as many as the environment asks for.
pub(super) fn cases() -> u32 {
    const CASES: u32 = 16;
    let asked = std::env::var("PROPTEST_CASES");
    asked.ok().and_then(|asked| asked.parse().ok()).unwrap_or(CASES)
}

/// What is stored of a source.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Of each of [`ROOMS`].
    pub(super) rooms: Vec<RoomState>,
    /// How many rooms are known.
    pub(super) known: u64,
    /// The counters of all rooms together.
    pub(super) meetings: u64,
}

/// What is stored of a room.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RoomState {
    /// None: it is not listed.
    pub(super) listed: Option<Listed>,
    pub(super) cursor: Option<String>,
    pub(super) known_from: Option<i64>,
    pub(super) read: Spans,
    /// By start and id.
    pub(super) bookings: Vec<Booking>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) building: Option<String>,
    pub(super) capacity: Option<u32>,
    pub(super) lists: Vec<String>,
    /// By start and id.
    pub(super) meetings: Vec<Meeting>,
}

/// What is stored of the first two rooms, and of the source, without subjects. To look at it changes nothing.
#[derive(Debug)]
pub(super) struct Brief {
    /// Of one room after the other, by start and id.
    pub(super) bookings: Vec<String>,
    pub(super) read: Vec<Vec<(i64, i64)>>,
    pub(super) cursors: Vec<Option<String>>,
    /// How many rooms are listed, and how many are known.
    pub(super) counts: (u64, u64),
    /// The counters of all rooms together.
    pub(super) meetings: u64,
}

/// Touched rooms and spaces by their addresses and keys.
pub(super) fn touched_places(touched: Vec<Touched>) -> Vec<(String, i64, i64)> {
    let place = |touched: Touched| match touched.place {
        TouchedPlace::Room { address, .. } => (address, touched.start, touched.end),
        TouchedPlace::Space(space) => (space.key, touched.start, touched.end),
    };
    let mut places: Vec<_> = touched.into_iter().map(place).collect();
    places.sort();
    places
}

pub(super) fn booking_line(id: &str, start: i64, end: i64) -> String {
    format!("{id} {start}-{end}")
}

impl State {
    /// The bookings of a room, as `id start-end status subject, seen …, removed …`. Those that are gone have no subject, nor have those of a room that is
    /// not listed.
    pub(super) fn of_room(&self, room: usize) -> Vec<String> {
        let room = &self.rooms[room];
        let subject = |id: &str| {
            let listed = room.listed.as_ref()?;
            let meeting = listed.meetings.iter().find(|meeting| meeting.id == id)?;
            Some(match &meeting.subject {
                Subject::Text(text) => text.as_str(),
                Subject::Withheld => "withheld",
                Subject::None => "none",
            })
        };
        let line = |booking: &Booking| {
            let Booking {
                id,
                start,
                end,
                status,
                history,
                ..
            } = booking;
            let time = |what: &str, at: Option<i64>| at.map_or(String::new(), |at| format!(", {what} {at}"));
            format!(
                "{id} {start}-{end} {} {}{}{}",
                status.as_str(),
                subject(id).unwrap_or("(gone)"),
                time("seen", history.first_seen),
                time("removed", history.removed_at)
            )
        };
        room.bookings.iter().map(line).collect()
    }
}

/// A reader of all changes: the meetings of each room, as it knows them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::tests) struct Reader {
    pub(in crate::tests) rooms: BTreeMap<String, BTreeMap<String, Meeting>>,
    /// The last number of each store.
    last: BTreeMap<String, i64>,
    /// Whether it may be told again what it has, or not told what it lacks: the sink refused something, the store forgot something, or all is sent again of
    /// rooms that were never read as a whole.
    is_told_again: bool,
}

impl Reader {
    /// One to which anything may happen.
    pub(super) fn of_anything() -> Self {
        Self {
            is_told_again: true,
            ..Self::default()
        }
    }

    /// Forgets all rooms.
    pub(super) fn forget(&mut self) {
        self.rooms.clear();
    }

    /// Takes changes, and returns them as `kind id subject`; none if a whole room was told again. What is removed with one commit comes in any order, and is
    /// sorted here.
    pub(in crate::tests) fn take(&mut self, changes: &[Change]) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        let mut is_whole = false;
        for change in changes {
            let last = self.last.insert(change.store.clone(), change.number);
            assert!(last < Some(change.number), "{} after {last:?}", change.number);
            let room = self.rooms.entry(change.room.clone()).or_default();
            match &change.what {
                What::SnapshotBegin => {
                    is_whole = true;
                    room.clear();
                }
                What::SnapshotEnd { meetings, .. } => {
                    assert!(self.is_told_again || room.len() as u64 == *meetings);
                }
                What::Meeting(kind, meeting) => {
                    let subject = match &meeting.subject {
                        Subject::Withheld => "withheld",
                        other => other.text().unwrap_or("none"),
                    };
                    lines.push(format!("{} {} {subject}", change.what.as_str(), meeting.id));
                    let known = room.remove(&meeting.id);
                    if !is_whole && !self.is_told_again {
                        assert_eq!(known.is_some(), *kind != ChangeKind::Added, "{change:?}");
                    }
                    if *kind != ChangeKind::Removed {
                        let mut meeting = meeting.clone();
                        // A snapshot tells an empty subject as it is stored.
                        if meeting.subject == Subject::Text(String::new()) {
                            meeting.subject = Subject::None;
                        }
                        room.insert(meeting.id.clone(), meeting);
                    }
                }
            }
        }
        for removed in lines.chunk_by_mut(|one, other| is_removed(one) && is_removed(other)) {
            removed.sort();
        }
        (!is_whole).then_some(lines)
    }
}

fn is_removed(line: &str) -> bool {
    line.starts_with("removed ")
}

/// The address of one of [`ROOMS`].
pub(super) fn address(room: usize) -> RoomAddress {
    RoomAddress::new(ROOMS[room])
}

/// A room as it is found, without lists.
pub(super) fn room(room: usize, name: &str) -> Room {
    Room {
        address: address(room),
        key: format!("key {room}"),
        name: name.to_owned(),
        building: Some("North".into()),
        capacity: Some(8),
        lists: Vec::new(),
    }
}

/// A reading of the window from 1,000 to 2,000.
pub(super) fn complete(meetings: &[Meeting]) -> Reading {
    Reading {
        change: Read::Complete,
        meetings: meetings.to_vec(),
        window: Window::new(1_000, 2_000).unwrap(),
        cursor: Some("next".into()),
        drops: 0,
    }
}
