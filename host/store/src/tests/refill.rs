//! Sinks that get meetings again.

use super::*;
use collector_model::change::{ChangeKind, What};

fn two_rooms(sinks: &[&str]) -> (tempfile::TempDir, Store) {
    let (directory, mut store) = empty();
    store.set_sinks(sinks).unwrap();
    for room in ["a@x", "b@x"] {
        let meetings = vec![meeting(&format!("in {room}"), 1_100)];
        commit_to(&mut store, SOURCE, room, Change::Complete, meetings, window());
    }
    for sink in sinks {
        take(&mut store, sink);
    }
    (directory, store)
}

#[test]
fn what_changes_while_a_room_waits_is_told_once_and_what_changes_after_it_follows() {
    let (_directory, mut store) = two_rooms(&["file"]);
    store.refill("file").unwrap();
    assert_eq!(store.sinks().unwrap()[0].refill, 2);
    let first = store.hand_over("file", 1).unwrap();
    assert_eq!(first.entries.len(), 3, "whole rooms, however few are asked for");
    // The first room is on its way, the second is not.
    commit_to(&mut store, SOURCE, "a@x", Change::Complete, vec![], window());
    commit_to(&mut store, SOURCE, "b@x", Change::Complete, vec![], window());
    store.delivered("file", &first).unwrap();
    let rest = take(&mut store, "file");
    assert_eq!(rest.len(), 3, "{rest:?}");
    assert!(
        rest[0].ends_with("Removed in a@x -")
            && rest[1].ends_with("Begin b@x")
            && rest[2].ends_with("End b@x 1000 0"),
        "{rest:?}"
    );
    assert_eq!(store.sinks().unwrap()[0].backlog, 0);
}

#[test]
fn a_snapshot_that_was_not_taken_to_its_end_comes_again_under_other_numbers() {
    let (_directory, mut store) = two_rooms(&["file"]);
    store.refill("file").unwrap();
    let numbers =
        |handover: &Handover| -> Vec<i64> { handover.entries.iter().map(|entry| entry.number).collect() };
    let first = store.hand_over("file", 1).unwrap();
    store
        .confirm("file", &first.store, first.entries[1].number)
        .unwrap();
    let second = store.hand_over("file", 1).unwrap();
    assert!(numbers(&first).last() < numbers(&second).first());
    assert_eq!(first.entries[1].what, second.entries[1].what);
}

#[test]
fn a_room_that_is_read_as_a_whole_for_the_first_time_is_told_as_a_whole() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    commit(&mut store, Change::Changes, vec![meeting("early", 1_050)]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    assert_eq!(store.sinks().unwrap()[0].backlog, 1);
    let told = take(&mut store, "file");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[0].ends_with("Begin a@x") && told[2].ends_with("End a@x 1000 1"),
        "{told:?}"
    );
}

#[test]
fn a_subject_that_is_withdrawn_goes_although_its_room_is_told_as_a_whole_later() {
    let (_directory, mut store) = two_rooms(&["file"]);
    commit_to(
        &mut store,
        SOURCE,
        "a@x",
        Change::Complete,
        vec![meeting("one", 1_100)],
        window(),
    );
    store.refill("file").unwrap();
    let mut private = meeting("one", 1_100);
    private.subject = Subject::Withheld;
    commit_to(
        &mut store,
        SOURCE,
        "a@x",
        Change::Complete,
        vec![private],
        window(),
    );
    let left: i64 = store
        .connection
        .query_row(
            "SELECT count(*) FROM outbox WHERE subject IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn what_is_known_reaches_as_far_back_as_windows_join() {
    let (_directory, mut store) = empty();
    let from = |store: &Store| -> Option<i64> {
        store
            .connection
            .query_row("SELECT known_from FROM room", [], |row| row.get(0))
            .unwrap()
    };
    let mut read = |start, end| {
        let window = Window::new(start, end).unwrap();
        commit_to(&mut store, SOURCE, "a@x", Change::Complete, vec![], window);
        from(&store)
    };
    assert_eq!(read(1_000, 2_000), Some(1_000));
    assert_eq!(read(1_500, 2_500), Some(1_000));
    assert_eq!(
        read(100, 200),
        Some(1_000),
        "nothing is known of what lies between"
    );
    assert_eq!(read(500, 1_000), Some(500));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// A reader that follows the rules ends with what is stored, whatever happens in between.
    #[test]
    fn a_reader_ends_with_what_is_stored(steps in proptest::collection::vec(0u8..10, 1..50)) {
        let (_directory, mut store) = empty();
        store.set_sinks(&["file"]).unwrap();
        let mut reader = std::collections::BTreeMap::<(String, String), i64>::new();
        let mut bracket = std::collections::BTreeMap::<String, Vec<String>>::new();
        let mut take_one = |store: &mut Store, whole: bool, meanwhile: Option<&str>| {
            let handover = store.hand_over("file", 2).unwrap();
            if let Some(room) = meanwhile {
                let meetings = vec![meeting("meanwhile", 1_500)];
                commit_to(store, SOURCE, room, Change::Complete, meetings, window());
            }
            let all = handover.entries.len();
            for entry in handover.entries.iter().take(if whole { all } else { all / 2 }) {
                let room = entry.room.clone();
                match &entry.what {
                    What::SnapshotBegin => { bracket.insert(room, Vec::new()); }
                    What::Meeting(ChangeKind::Removed, meeting) => { reader.remove(&(room, meeting.id.clone())); }
                    What::Meeting(_, meeting) => {
                        if let Some(told) = bracket.get_mut(&room) { told.push(meeting.id.clone()); }
                        reader.insert((room, meeting.id.clone()), meeting.start);
                    }
                    What::SnapshotEnd { from, .. } => {
                        let told = bracket.remove(&room).unwrap();
                        reader.retain(|(of, id), start| *of != room || told.contains(id) || *start + 100 <= *from);
                    }
                }
            }
            if whole { store.delivered("file", &handover).unwrap(); }
            handover.is_empty()
        };
        for (number, step) in steps.iter().enumerate() {
            let room = if number % 2 == 0 { "a@x" } else { "b@x" };
            match step {
                0..=3 => {
                    let meetings = (0..*step).map(|id| meeting(&id.to_string(), 1_100 + i64::from(*step))).collect();
                    commit_to(&mut store, SOURCE, room, Change::Complete, meetings, window());
                }
                4 => { take_one(&mut store, true, None); }
                8 => { take_one(&mut store, number % 3 > 0, Some(room)); }
                5 => { take_one(&mut store, false, None); }
                6 => store.refill("file").unwrap(),
                7 => {
                    store.set_sinks(&[]).unwrap();
                    commit_to(&mut store, SOURCE, room, Change::Complete, vec![], window());
                    store.set_sinks(&["file"]).unwrap();
                }
                _ => { store.take_identity("a test").unwrap(); }
            }
        }
        // Under another identity, a room is sent after it was read.
        for room in ["a@x", "b@x"] {
            let mut meetings = Vec::new();
            store.meetings(SOURCE, Window::ALWAYS, |of, _, meeting| {
                if of == room { meetings.push(meeting); }
                Ok::<(), StoreError>(())
            }).unwrap();
            commit_to(&mut store, SOURCE, room, Change::Complete, meetings, window());
        }
        while !take_one(&mut store, true, None) {}
        let mut expected = Vec::new();
        store.meetings(SOURCE, Window::ALWAYS, |room, _, meeting| {
            expected.push(((room.to_owned(), meeting.id), meeting.start));
            Ok::<(), StoreError>(())
        }).unwrap();
        expected.sort();
        proptest::prop_assert_eq!(reader.into_iter().collect::<Vec<_>>(), expected);
        proptest::prop_assert_eq!(store.sinks().unwrap()[0].backlog, 0);
    }
}
