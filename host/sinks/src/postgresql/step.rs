//! The net effect of a batch on meetings and rooms.

use std::borrow::Cow;
use std::collections::BTreeMap;

use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::Meeting;
use collector_postgresql::value::text;

/// Source and room, as they are stored.
pub(super) type Room<'a> = (Cow<'a, str>, Cow<'a, str>);
/// Source, room and id, as they are stored.
pub(super) type Key<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

/// A change and its meeting.
pub(super) type Told<'a> = (&'a Change, &'a Meeting);

/// Changes that can be applied together: first the begins of snapshots, then the meetings, then the ends. Contains no change of a room
/// after the end of the room's snapshot. All are in the order of their keys, so that two collectors rarely wait for each other's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The rooms whose snapshot began, with the number of that change.
    pub(super) begun: BTreeMap<Room<'a>, i64>,
    /// The last change of each meeting.
    meetings: BTreeMap<Key<'a>, (ChangeKind, Told<'a>)>,
    /// The rooms whose snapshot ended, with the instant from which it is complete, in UTC seconds.
    pub(super) ended: BTreeMap<Room<'a>, i64>,
}

impl<'a> Step<'a> {
    /// The removed meetings.
    pub(super) fn gone(&self) -> Vec<&Key<'a>> {
        self.meetings
            .iter()
            .filter(|(_, (kind, _))| *kind == ChangeKind::Removed)
            .map(|(key, _)| key)
            .collect()
    }

    /// The added or updated meetings.
    pub(super) fn there(&self) -> Vec<(&Key<'a>, Told<'a>)> {
        self.meetings
            .iter()
            .filter(|(_, (kind, _))| *kind != ChangeKind::Removed)
            .map(|(key, (_, told))| (key, *told))
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
        match &change.what {
            What::SnapshotBegin => {
                step.begun.insert(room, change.number);
            }
            What::SnapshotEnd { from, .. } => {
                step.ended.insert(room, *from);
            }
            What::Meeting(kind, meeting) => {
                let (source, room) = room;
                let key = (source, room, text(&meeting.id));
                step.meetings.insert(key, (*kind, (change, meeting)));
            }
        }
    }
    steps.push(step);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use collector_model::fixture::change;

    fn of(number: i64, room: &str, what: What) -> Change {
        Change {
            room: room.into(),
            what,
            ..change(number)
        }
    }

    fn meeting(number: i64, room: &str, kind: ChangeKind) -> Change {
        let What::Meeting(_, meeting) = change(number).what else {
            panic!("a change of a meeting was expected");
        };
        of(number, room, What::Meeting(kind, meeting))
    }

    #[test]
    fn snapshots_of_many_rooms_are_one_step_and_a_room_that_goes_on_after_its_end_begins_another() {
        let end = || What::SnapshotEnd { from: 9, meetings: 1 };
        let changes = [
            of(1, "a", What::SnapshotBegin),
            meeting(2, "a", ChangeKind::Added),
            of(3, "a", end()),
            of(4, "b", What::SnapshotBegin),
            of(5, "b", What::SnapshotBegin),
            of(6, "b", end()),
            meeting(7, "b", ChangeKind::Removed),
            of(8, "a", end()),
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
