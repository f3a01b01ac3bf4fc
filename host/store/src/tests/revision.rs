//! The revision changes with what answers are computed from, and with nothing else.

use collector_model::space::Space;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};

use super::*;

fn origin(revision: u64) -> Origin {
    Origin {
        source: "webex".into(),
        space: "x".into(),
        device: None,
        key: "k".into(),
        revision,
        withdrawn: false,
    }
}

fn usage(revision: u64) -> Record {
    Record::Usage(UsageRecord {
        origin: origin(revision),
        kind: Kind::Call,
        form: Form::Interval,
        start: 1_000,
        end: Some(1_100),
        value: Value::Is(true),
        resolution: None,
    })
}

fn coverage() -> Record {
    Record::Coverage(CoverageRecord {
        origin: origin(1),
        kinds: vec![Kind::Call],
        start: 1_000,
        end: 1_100,
        state: State::Blind,
        reason: None,
    })
}

fn put(store: &mut Store, record: &Record) {
    let batch = store.usage_batch().unwrap();
    batch.put(record).unwrap();
    batch.commit().unwrap();
}

fn space(name: &str) -> Space {
    Space {
        name: name.into(),
        ..super::joining::space("x")
    }
}

fn larger() -> Room {
    Room {
        capacity: Some(9),
        ..room("a@x", &[])
    }
}

type Step = (&'static str, fn(&mut Store));

/// Each changes what answers are computed from.
const STEPS: [Step; 11] = [
    ("a room comes", |store| {
        store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    }),
    ("a room gets seats", |store| {
        store.put_rooms(SOURCE, &[larger()], &[]).unwrap();
    }),
    ("a room is read", |store| {
        commit(store, Change::Complete, Vec::new());
    }),
    ("a meeting comes", |store| {
        commit(store, Change::Complete, vec![meeting("one", 1_100)]);
    }),
    ("it moves", |store| {
        commit(store, Change::Complete, vec![meeting("one", 1_200)]);
    }),
    ("it goes", |store| {
        commit(store, Change::Complete, Vec::new());
    }),
    ("a record comes", |store| put(store, &usage(1))),
    ("it is corrected", |store| put(store, &usage(2))),
    ("coverage comes", |store| put(store, &coverage())),
    ("a space is listed", |store| {
        store.put_spaces("webex", &[space("X")], false).unwrap();
    }),
    ("it is renamed", |store| {
        store.put_spaces("webex", &[space("Lobby")], false).unwrap();
    }),
];

#[test]
fn every_change_of_what_answers_are_computed_from_has_a_revision_of_its_own() {
    let (_directory, mut store) = empty();
    let mut revisions = vec![store.revision().unwrap()];
    for (what, step) in STEPS {
        step(&mut store);
        let revision = store.revision().unwrap();
        assert!(!revisions.contains(&revision), "{what}");
        revisions.push(revision);
    }
    store.forget_source("webex").unwrap();
    assert!(!revisions.contains(&store.revision().unwrap()));
}

#[test]
fn what_is_the_same_again_and_what_the_collector_notes_about_itself_have_none() {
    let (_directory, mut store) = empty();
    let again = |store: &mut Store| {
        store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
        commit(store, Change::Complete, vec![meeting("one", 1_100)]);
        put(store, &usage(1));
        store.put_spaces("webex", &[space("X")], false).unwrap();
        let outcome = [("a@x", "denied", Some("a policy".to_owned()))];
        store.put_outcomes(Places::Rooms, SOURCE, 10, outcome).unwrap();
        store
            .audit(10, &Deed::new("ada", "signed-in", "ada", ""))
            .unwrap();
    };
    again(&mut store);
    let revision = store.revision().unwrap();
    again(&mut store);
    store.purge_subjects(SOURCE).unwrap();
    assert_eq!(store.revision().unwrap(), revision);
}

#[test]
fn stores_that_count_the_same_changes_have_different_revisions() {
    assert_ne!(
        Store::empty().unwrap().revision().unwrap(),
        Store::empty().unwrap().revision().unwrap()
    );
}

#[test]
fn what_is_read_at_one_moment_does_not_see_what_is_written_meanwhile() {
    let (directory, mut store) = empty();
    let reader = Reader::open(directory.path()).unwrap();
    let before = reader.revision().unwrap();
    let seen = reader.at_one_moment(|reader| {
        let first = reader.revision()?;
        put(&mut store, &usage(1));
        Ok::<_, StoreError>((first, reader.revision()?))
    });
    assert_eq!(seen.unwrap(), (before.clone(), before.clone()));
    assert_ne!(reader.revision().unwrap(), before);
}
