//! The outbox: which changes wait for which sink.

use super::*;

/// A store with a room that was read before, and sinks that have everything.
fn settled(sinks: &[&str]) -> (tempfile::TempDir, Store) {
    let (directory, mut store) = empty();
    store.set_sinks(sinks).unwrap();
    commit(&mut store, Change::Complete, vec![]);
    for sink in sinks {
        take(&mut store, sink);
    }
    (directory, store)
}

#[test]
fn a_sink_is_told_what_was_stored_before_it_came() {
    let (_directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.set_sinks(&["later"]).unwrap();
    assert_eq!(
        take(&mut store, "later"),
        ["1 Begin a@x", "2 Added one Weekly sync", "3 End a@x 1000 1"]
    );
}

#[test]
fn every_change_waits_for_every_sink_in_the_order_in_which_it_was_stored() {
    let (_directory, mut store) = settled(&["file", "bus"]);
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_250)],
    );
    commit(&mut store, Change::Complete, vec![meeting("two", 1_250)]);
    let expected = [
        "5 Added one -",
        "6 Added two Weekly sync",
        "7 Updated two Weekly sync",
        "8 Removed one -",
    ];
    assert_eq!(handed(&mut store, "file"), expected);
    assert_eq!(handed(&mut store, "bus"), expected);
}

#[test]
fn a_sink_that_has_everything_holds_nothing_back_from_another() {
    let (_directory, mut store) = settled(&["file", "bus"]);
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    assert_eq!(take(&mut store, "file").len(), 2);
    assert!(handed(&mut store, "file").is_empty());
    assert_eq!(handed(&mut store, "bus").len(), 2);
    store.sink_failed("bus", "it is down").unwrap();
    let states = store.sinks().unwrap();
    assert_eq!(
        states
            .iter()
            .map(|state| (state.name.as_str(), state.backlog, state.problem.as_deref()))
            .collect::<Vec<_>>(),
        [("bus", 2, Some("it is down")), ("file", 0, None)]
    );
    assert!(states[0].oldest_at.is_some() && states[0].failing_since.is_some());
    assert!(states[1].oldest_at.is_none());
    take(&mut store, "bus");
    assert_eq!(store.sinks().unwrap()[0].problem, None);
}

#[test]
fn a_number_is_never_used_again_though_all_was_delivered() {
    let (directory, mut store) = settled(&["file"]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    assert_eq!(take(&mut store, "file"), ["3 Added one Weekly sync"]);
    drop(store);
    let mut store = Store::open(directory.path()).unwrap();
    commit(&mut store, Change::Complete, vec![]);
    assert_eq!(handed(&mut store, "file"), ["4 Removed one -"]);
}

#[test]
fn a_new_sink_is_told_what_is_stored_and_the_others_are_not_told_again() {
    let (_directory, mut store) = settled(&["file"]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    take(&mut store, "file");
    assert_eq!(
        store.set_sinks(&["file", "bus"]).unwrap(),
        (vec!["bus".to_owned()], vec![])
    );
    commit(&mut store, Change::Changes, vec![meeting("two", 1_200)]);
    assert_eq!(store.sinks().unwrap()[0].backlog, 2);
    assert_eq!(take(&mut store, "file"), ["4 Added two Weekly sync"]);
    assert_eq!(
        take(&mut store, "bus"),
        [
            "5 Begin a@x",
            "6 Added one Weekly sync",
            "7 Added two Weekly sync",
            "8 End a@x 1000 2"
        ]
    );
    commit(&mut store, Change::Changes, vec![meeting("three", 1_300)]);
    assert_eq!(
        store.set_sinks(&["bus"]).unwrap(),
        (vec![], vec!["file".to_owned()])
    );
    assert_eq!(handed(&mut store, "bus").len(), 1, "what waits for one stays");
}

#[test]
fn a_subject_that_became_private_is_not_delivered_any_more() {
    let (_directory, mut store) = settled(&["file"]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let mut private = meeting("one", 1_100);
    private.subject = Subject::Withheld;
    commit(&mut store, Change::Complete, vec![private]);
    assert_eq!(handed(&mut store, "file"), ["3 Added one -", "4 Updated one -"]);
}

#[test]
fn what_a_sink_refuses_is_set_aside_and_tried_again_or_given_up_when_somebody_says_so() {
    let (_directory, mut store) = settled(&["file"]);
    let meetings = |ids: &[&str]| ids.iter().map(|id| meeting(id, 1_100)).collect::<Vec<_>>();
    commit(&mut store, Change::Complete, meetings(&["bad", "good"]));
    let refuse = |store: &mut Store| {
        let handover = store.hand_over("file", 1).unwrap();
        let entry = handover.entries.iter().find(|entry| entry.meeting_id() == "bad");
        store.refuse("file", entry.unwrap(), "too long").unwrap();
    };
    refuse(&mut store);
    assert_eq!(store.sinks().unwrap()[0].backlog, 1);
    assert_eq!(take(&mut store, "file"), ["4 Added good Weekly sync"]);
    let aside = store.set_aside(Some("file"), 10).unwrap();
    assert_eq!(store.set_aside(None, 10).unwrap(), aside);
    assert!(store.set_aside(Some("another"), 10).unwrap().is_empty());
    assert_eq!(
        (aside[0].id.as_str(), aside[0].number, aside[0].problem.as_str()),
        ("bad", 3, "too long")
    );
    assert_eq!(aside[0].meeting, Some((1_100, 1_200)));
    assert_eq!(store.retry_sink("nobody").unwrap(), None);
    let asked = store.asked("file").unwrap();
    assert_eq!(store.retry_sink("file").unwrap(), Some(1));
    assert_eq!(store.asked("file").unwrap(), asked + 1);
    assert!(store.set_aside(None, 10).unwrap().is_empty());
    // The room is sent again, and the change is refused again: the others of the room go on.
    assert_eq!(handed(&mut store, "file").len(), 4);
    let handover = store.hand_over("file", 100).unwrap();
    store.refuse("file", &handover.entries[1], "too long").unwrap();
    let told = take(&mut store, "file");
    assert!(
        told.len() == 3 && !told.iter().any(|change| change.contains("bad")) && told[2].ends_with(" 1"),
        "{told:?}"
    );
    assert_eq!(store.skip_set_aside("file").unwrap(), Some(1));
    assert!(handed(&mut store, "file").is_empty());
    assert_eq!(store.sinks().unwrap()[0].set_aside, 0);
}

#[test]
fn what_was_given_up_does_not_come_again_and_is_forgotten_behind_later_changes() {
    let (_directory, mut store) = settled(&["file"]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let handover = store.hand_over("file", 1).unwrap();
    store.refuse("file", &handover.entries[0], "too long").unwrap();
    assert_eq!(store.skip_set_aside("file").unwrap(), Some(1));
    assert_eq!(store.skip_set_aside("file").unwrap(), Some(0));
    assert!(handed(&mut store, "file").is_empty());
    assert!(store.set_aside(None, 10).unwrap().is_empty());
    commit(&mut store, Change::Changes, vec![meeting("two", 1_200)]);
    assert_eq!(take(&mut store, "file"), ["4 Added two Weekly sync"]);
    let left: i64 = store
        .connection
        .query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn what_waits_is_counted_right_again_after_a_room_went_with_what_was_set_aside_of_it() {
    let (_directory, mut store) = settled(&["file"]);
    let meetings = |count: i64| {
        (0..count)
            .map(|id| meeting(&id.to_string(), 1_100))
            .collect::<Vec<_>>()
    };
    commit(&mut store, Change::Complete, meetings(3));
    let handover = store.hand_over("file", 1).unwrap();
    store.refuse("file", &handover.entries[0], "too long").unwrap();
    commit(&mut store, Change::Complete, vec![]);
    store.retry_sink("file").unwrap();
    assert_eq!(store.sinks().unwrap()[0].backlog, 0);
    assert!(store.has_waiting("file").unwrap());
    take(&mut store, "file");
    assert!(!store.has_waiting("file").unwrap());
    // A count that is too high is corrected.
    store
        .connection
        .execute("UPDATE sink SET waiting = 3", [])
        .unwrap();
    assert!(store.has_waiting("file").unwrap());
    assert!(handed(&mut store, "file").is_empty());
    assert_eq!(store.sinks().unwrap()[0].backlog, 0);
}

#[test]
fn what_was_refused_of_a_meeting_is_overtaken_by_its_next_change() {
    let (_directory, mut store) = settled(&["file"]);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let handover = store.hand_over("file", 1).unwrap();
    store.refuse("file", &handover.entries[0], "too long").unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_200)]);
    assert_eq!(take(&mut store, "file"), ["4 Updated one Weekly sync"]);
    assert!(store.set_aside(None, 10).unwrap().is_empty());
}
