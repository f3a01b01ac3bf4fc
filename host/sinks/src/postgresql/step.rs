//! The net effect of a batch on meetings and rooms.

use std::borrow::Cow;
use std::collections::BTreeMap;

use collector_model::change::{Change, ChangeKind};

/// Source and room, as they are stored.
pub(super) type Room<'a> = (Cow<'a, str>, Cow<'a, str>);
/// Source, room and id, as they are stored.
pub(super) type Key<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

/// Changes that can be applied together: first the begins of snapshots, then the meetings, then the ends. Contains no change of a room
/// after the end of the room's snapshot. All are in the order of their keys, so that two collectors rarely wait for each other's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The rooms whose snapshot began, with the number of that change.
    pub(super) begun: BTreeMap<Room<'a>, i64>,
    /// The last change of each meeting.
    meetings: BTreeMap<Key<'a>, &'a Change>,
    /// The rooms whose snapshot ended, with the instant from which it is complete, in UTC seconds.
    pub(super) ended: BTreeMap<Room<'a>, i64>,
}

impl<'a> Step<'a> {
    /// The removed meetings.
    pub(super) fn gone(&self) -> Vec<&Key<'a>> {
        self.meetings
            .iter()
            .filter(|(_, change)| change.kind == ChangeKind::Removed)
            .map(|(key, _)| key)
            .collect()
    }

    /// The added or updated meetings.
    pub(super) fn there(&self) -> Vec<(&Key<'a>, &'a Change)> {
        self.meetings
            .iter()
            .filter(|(_, change)| change.kind != ChangeKind::Removed)
            .map(|(key, change)| (key, *change))
            .collect()
    }
}

/// The steps of changes of one store. There is one, unless a room has changes after the end of its snapshot.
pub(super) fn steps<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut step = Step::default();
    for change in changes {
        let room = (text(&change.source), text(&change.room));
        if step.ended.contains_key(&room) {
            steps.push(std::mem::take(&mut step));
        }
        match change.kind {
            ChangeKind::SnapshotBegin => {
                step.begun.insert(room, change.number);
            }
            ChangeKind::SnapshotEnd { from, .. } => {
                step.ended.insert(room, from);
            }
            ChangeKind::Added | ChangeKind::Updated | ChangeKind::Removed => {
                let (source, room) = room;
                step.meetings.insert((source, room, text(&change.id)), change);
            }
        }
    }
    steps.push(step);
    steps
}

/// Replaces NUL, the only character that PostgreSQL's text cannot hold.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::change;

    fn of(number: i64, room: &str, kind: ChangeKind) -> Change {
        Change {
            room: room.into(),
            kind,
            ..change(number)
        }
    }

    #[test]
    fn snapshots_of_many_rooms_are_one_step_and_a_room_that_goes_on_after_its_end_begins_another() {
        let end = ChangeKind::SnapshotEnd { from: 9, meetings: 1 };
        let changes = [
            of(1, "a", ChangeKind::SnapshotBegin),
            of(2, "a", ChangeKind::Added),
            of(3, "a", end),
            of(4, "b", ChangeKind::SnapshotBegin),
            of(5, "b", ChangeKind::SnapshotBegin),
            of(6, "b", end),
            of(7, "b", ChangeKind::Removed),
            of(8, "a", end),
        ];
        let [first, second] = &steps(&changes)[..] else {
            panic!("two steps were expected");
        };
        let room = |name: &'static str| (Cow::from("contoso"), Cow::from(name));
        assert_eq!(first.begun, BTreeMap::from([(room("a"), 1), (room("b"), 5)]));
        assert_eq!(first.ended, BTreeMap::from([(room("a"), 9), (room("b"), 9)]));
        assert_eq!((first.there().len(), first.gone().len()), (1, 0));
        assert!(second.begun.is_empty());
        assert_eq!((second.there().len(), second.gone().len()), (0, 1));
        assert_eq!(second.ended, BTreeMap::from([(room("a"), 9)]));
    }
}
