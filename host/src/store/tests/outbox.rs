//! The outbox: what waits for whom.

use super::*;

/// What waits for a sink as `number kind id subject`.
fn waiting(store: &Store, sink: &str) -> Vec<String> {
    store
        .waiting(sink, 100)
        .unwrap()
        .into_iter()
        .map(|entry| {
            format!(
                "{} {:?} {} {}",
                entry.number,
                entry.kind,
                entry.meeting.id,
                entry.meeting.subject.text().unwrap_or("-")
            )
        })
        .collect()
}

#[test]
fn without_sinks_nothing_waits() {
    let (_directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.set_sinks(&["later"]).unwrap();
    assert_eq!(waiting(&store, "later"), ["1 Added one Weekly sync"]);
}

#[test]
fn every_change_waits_for_every_sink_in_the_order_in_which_it_was_stored() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file", "bus"]).unwrap();
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
        "1 Added one -",
        "2 Added two Weekly sync",
        "3 Updated two Weekly sync",
        "4 Removed one -",
    ];
    assert_eq!(waiting(&store, "file"), expected);
    assert_eq!(waiting(&store, "bus"), expected);
}

#[test]
fn a_sink_that_has_everything_holds_nothing_back_from_another() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file", "bus"]).unwrap();
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    store.delivered("file", 2).unwrap();
    assert!(waiting(&store, "file").is_empty());
    assert_eq!(waiting(&store, "bus").len(), 2);
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
    store.delivered("bus", 2).unwrap();
    assert_eq!(store.sinks().unwrap()[0].problem, None);
}

#[test]
fn a_number_is_never_used_again_though_all_was_delivered() {
    let (directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.delivered("file", 1).unwrap();
    drop(store);
    let mut store = Store::open(directory.path()).unwrap();
    commit(&mut store, Change::Complete, vec![]);
    assert_eq!(waiting(&store, "file"), ["2 Removed one -"]);
}

#[test]
fn a_new_sink_is_filled_with_what_is_stored_and_the_others_are_not_told_again() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.delivered("file", 1).unwrap();
    assert_eq!(
        store.set_sinks(&["file", "bus"]).unwrap(),
        (vec!["bus".to_owned()], vec![])
    );
    commit(&mut store, Change::Changes, vec![meeting("two", 1_200)]);
    assert_eq!(waiting(&store, "file"), ["3 Added two Weekly sync"]);
    assert_eq!(
        waiting(&store, "bus"),
        ["2 Added one Weekly sync", "3 Added two Weekly sync"]
    );
    assert_eq!(
        store.set_sinks(&["bus"]).unwrap(),
        (vec![], vec!["file".to_owned()])
    );
    assert_eq!(waiting(&store, "bus").len(), 2, "what waits for one stays");
}

#[test]
fn a_subject_that_became_private_is_not_delivered_any_more() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let mut private = meeting("one", 1_100);
    private.subject = Subject::Withheld;
    commit(&mut store, Change::Complete, vec![private]);
    let entries = store.waiting("file", 10).unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry.meeting.subject, Subject::Withheld, "{}", entry.number);
    }
}
