//! A room as a store keeps it, in maps: it does the steps and decides nothing. And readings of it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use collector_model::fixture;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use proptest::prelude::*;

use crate::{Change, Commit, History, Known, Past, Place, Reading, RoomChanges, Sought, Steps};

/// A stored room. Rows of meetings are found by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StoredRoom {
    pub(super) known: Known,
    pub(super) cursor: Option<String>,
    /// The counter, not the length of the map.
    pub(super) count: i64,
    pub(super) meetings: BTreeMap<String, (Meeting, History)>,
    pub(super) gone: BTreeMap<String, (Meeting, History)>,
}

impl StoredRoom {
    /// Commits a reading at a UTC second. `recognises`: whether it may be recognised as one that brings what is stored.
    pub(super) fn commit(&mut self, reading: Reading, now: i64, recognises: bool) -> Steps<String> {
        let commit = Commit::new(self.known.clone(), reading);
        let window = commit.window();
        let overlapping: Vec<Meeting> = self.meetings_in(window).cloned().collect();
        let compared = if recognises && commit.same_if() == Some(overlapping.len()) {
            commit.same()
        } else {
            commit.compare(overlapping)
        };
        let asked: Vec<String> = compared.sought().map(|sought| sought.id.to_owned()).collect();
        let mut asked = asked.into_iter();
        let past = |sought: Sought<'_>| {
            assert_eq!(asked.next().as_deref(), Some(sought.id));
            let is_in_window = self
                .meetings
                .get(sought.id)
                .is_some_and(|(meeting, _)| window.overlaps(meeting.start, meeting.end));
            assert_eq!(sought.is_in_window, is_in_window);
            Ok(self.past(sought.id))
        };
        let Ok::<_, Infallible>(steps) = compared.steps(now, past);
        assert_eq!(asked.next(), None);
        self.take(&steps);
        steps
    }

    fn past(&self, id: &str) -> Option<Past<String>> {
        if let Some((meeting, history)) = self.meetings.get(id) {
            return Some(Past::Stored {
                row: id.to_owned(),
                status: meeting.status,
                start: meeting.start,
                end: meeting.end,
                history: history.clone(),
            });
        }
        let (meeting, history) = self.gone.get(id)?;
        Some(Past::Gone {
            status: meeting.status,
            history: history.clone(),
        })
    }

    fn take(&mut self, steps: &Steps<String>) {
        for put in &steps.puts {
            let id = put.meeting.id.clone();
            match &put.place {
                Place::New => assert!(!self.meetings.contains_key(&id) && !self.gone.contains_key(&id)),
                Place::Back => assert!(!self.meetings.contains_key(&id) && self.gone.remove(&id).is_some()),
                Place::At(row) => assert!(self.meetings.contains_key(row) && *row == id),
            }
            self.meetings
                .insert(id, (put.meeting.clone(), put.history.clone()));
        }
        for gone in &steps.gone {
            let (stored, _) = self.meetings.remove(&gone.row).unwrap();
            assert_eq!(stored, gone.meeting);
            if let Some(history) = &gone.history {
                self.gone.insert(gone.row.clone(), (stored, history.clone()));
            }
        }
        self.known.gone_until = self.gone.values().map(|(meeting, _)| meeting.end).max();
        if let Some(read) = &steps.read {
            self.known.read = read.all.clone();
        }
        self.cursor.clone_from(&steps.room.cursor);
        self.known.known_from = steps.room.known_from;
        self.known.reading = steps.room.reading;
        self.count += steps.room.more;
    }

    /// The stored meetings that overlap a window, by id.
    pub(super) fn meetings_in(&self, window: Window) -> impl Iterator<Item = &Meeting> {
        let meetings = self.meetings.values().map(|(meeting, _)| meeting);
        meetings.filter(move |meeting| window.overlaps(meeting.start, meeting.end))
    }

    /// Hides its subjects, or shows them: then cursors are dropped, and what was read before does not count.
    pub(super) fn hide(&mut self, hides: bool) {
        if self.known.is_hidden && !hides {
            self.cursor = None;
            self.known.reading = None;
            self.known.drops += 1;
        }
        self.known.is_hidden = hides;
    }
}

/// A hundred seconds from `start` on.
pub(super) fn meeting(id: &str, start: i64) -> Meeting {
    fixture::meeting(id, start, start + 100)
}

pub(super) fn window(start: i64) -> Window {
    Window::new(start, start + 1_000).unwrap()
}

/// A reading that begins now.
pub(super) fn reading(room: &StoredRoom, change: Change, window: Window, meetings: Vec<Meeting>) -> Reading {
    Reading {
        change,
        meetings,
        window,
        cursor: Some("next".into()),
        drops: room.known.drops,
    }
}

/// What happens to a room.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A reading of 1,000 seconds from a second on.
    Read(Change, i64, Vec<Meeting>),
    /// Subjects may no longer be seen, or may be seen again.
    Hide(bool),
}

fn some_meeting() -> impl Strategy<Value = Meeting> {
    let parts = (0..5_u8, 900..2_300_i64, 0..3_i64, 0..3_i64, 0..3_u8);
    parts.prop_map(|(id, start, length, status, subject)| Meeting {
        end: start / 50 * 50 + length * 100,
        status: Status::of_number(status),
        subject: match subject {
            0 => Subject::None,
            1 => Subject::Text(String::new()),
            _ => Subject::Text("Review".to_owned()),
        },
        ..meeting(&id.to_string(), start / 50 * 50)
    })
}

fn some_reading() -> impl Strategy<Value = Event> {
    let change = prop_oneof![4 => Just(Change::Complete), 1 => Just(Change::Changes)];
    let read = (change, 0..4_i64, prop::collection::vec(some_meeting(), 0..5));
    read.prop_map(|(change, from, mut meetings)| {
        let from = 1_000 + from * 100;
        meetings.retain(|meeting| window(from).overlaps(meeting.start, meeting.end));
        Event::Read(change, from, meetings)
    })
}

/// Several events: of a few readings one or another, and now and then subjects are hidden or shown.
pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
    let readings = prop::collection::vec(some_reading(), 1..4);
    let order = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            prop::option::weighted(0.1, any::<bool>()),
        ),
        1..20,
    );
    (readings, order).prop_map(|(readings, order)| {
        let event = |(reading, hides): (prop::sample::Index, Option<bool>)| match hides {
            Some(hides) => Event::Hide(hides),
            None => reading.get(&readings).clone(),
        };
        order.into_iter().map(event).collect()
    })
}

/// What an event does to a room, at a UTC second.
pub(super) fn happens(room: &mut StoredRoom, event: &Event, now: i64, recognises: bool) -> RoomChanges {
    match event {
        Event::Read(change, from, meetings) => {
            let reading = reading(room, *change, window(*from), meetings.clone());
            room.commit(reading, now, recognises).changes
        }
        Event::Hide(hides) => {
            room.hide(*hides);
            RoomChanges::default()
        }
    }
}
