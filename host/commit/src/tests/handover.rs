//! Rooms that sinks are told as a whole, and which sinks are new.

use collector_model::change::{Change, What};
use collector_model::fixture::meeting;
use collector_model::meeting::Subject;

use crate::{WholeRoom, new_and_gone};

fn room(ids: &[&str], refused: &[&str]) -> WholeRoom {
    WholeRoom {
        number: 3,
        source: "contoso".into(),
        address: "conf-a@contoso.com".into(),
        name: "Conf A".into(),
        known_from: Some(1_000),
        meetings: ids.iter().map(|id| meeting(id, 1_100, 1_200)).collect(),
        refused: refused.iter().map(|id| (*id).to_owned()).collect(),
    }
}

/// Each change as `number what id`.
fn lines(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let about = match &change.what {
            What::SnapshotEnd { from, meetings } => format!("{meetings} from {from}"),
            _ => change.meeting_id().to_owned(),
        };
        format!("{} {} {about}", change.number, change.what.as_str())
            .trim_end()
            .to_owned()
    };
    changes.iter().map(line).collect()
}

#[test]
fn a_room_is_told_with_a_begin_and_an_end() {
    let told = room(&["one", "two"], &[]).snapshot("5f0c", false, 5_000, 7);
    assert_eq!(
        lines(&told),
        [
            "8 snapshot-begin",
            "9 added one",
            "10 added two",
            "11 snapshot-end 2 from 1000"
        ]
    );
    let first = &told[0];
    assert_eq!(
        (
            first.store.as_str(),
            first.at,
            first.source.as_str(),
            first.room.as_str(),
            first.room_name.as_str(),
            first.room_number
        ),
        ("5f0c", 5_000, "contoso", "conf-a@contoso.com", "Conf A", 3)
    );
}

#[test]
fn what_a_sink_refused_is_not_told_again() {
    let told = room(&["one", "two"], &["one"]).snapshot("5f0c", false, 5_000, 0);
    assert_eq!(
        lines(&told),
        ["1 snapshot-begin", "2 added two", "3 snapshot-end 1 from 1000"]
    );
    // Without a begin and an end, what it has of the room stays.
    let told = room(&["one", "two"], &["", "two"]).snapshot("5f0c", false, 5_000, 0);
    assert_eq!(lines(&told), ["1 added one"]);
    assert_eq!(room(&["one"], &["", "one"]).snapshot("5f0c", false, 5_000, 0), []);
}

#[test]
fn of_a_room_that_was_never_read_as_a_whole_nothing_is_known_before_now() {
    let never = WholeRoom {
        known_from: None,
        ..room(&[], &[])
    };
    assert_eq!(
        lines(&never.snapshot("5f0c", false, 5_000, 0)),
        ["1 snapshot-begin", "2 snapshot-end 0 from 5000"]
    );
}

#[test]
fn a_subject_that_may_not_be_seen_is_not_told_though_it_is_stored() {
    let told = room(&["one"], &[]).snapshot("5f0c", true, 5_000, 0);
    assert!(matches!(&told[1].what, What::Meeting(_, meeting) if meeting.subject == Subject::Withheld));
}

#[test]
fn sinks_that_are_named_twice_are_new_once() {
    let known = ["file".to_owned(), "bus".to_owned()];
    assert_eq!(
        new_and_gone(&known, &["bus", "lake", "lake"]),
        (vec!["lake".to_owned()], vec!["file".to_owned()])
    );
}
