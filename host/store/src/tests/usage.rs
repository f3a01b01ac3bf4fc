//! Usage and coverage records: the newest revision counts, whatever order they arrive in.

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;
use proptest::prelude::*;

use crate::{Ahead, Put, Store, StoreError};

fn origin(space: &str, key: &str, revision: u64) -> Origin {
    Origin {
        source: "webex".into(),
        space: space.into(),
        device: None,
        key: key.into(),
        revision,
        withdrawn: false,
    }
}

pub(super) fn sample(space: &str, key: &str, revision: u64, people: u32) -> Record {
    Record::Usage(UsageRecord {
        origin: origin(space, key, revision),
        kind: Kind::PeopleCount,
        form: Form::Sample,
        start: 1_000,
        end: None,
        value: Value::Number(people),
        resolution: Some(300),
    })
}

pub(super) fn coverage(key: &str, start: i64, end: i64) -> Record {
    Record::Coverage(CoverageRecord {
        origin: origin("a", key, 1),
        kinds: vec![Kind::Presence, Kind::PeopleCount],
        start,
        end,
        state: State::Blind,
        reason: Some("offline".into()),
    })
}

pub(super) fn put(store: &mut Store, records: &[Record]) -> Vec<Put> {
    let batch = store.usage_batch().unwrap();
    let put = records.iter().map(|record| batch.put(record).unwrap()).collect();
    batch.commit().unwrap();
    put
}

pub(super) fn stored_in(store: &Store, window: Window) -> Vec<Record> {
    let mut records = Vec::new();
    store
        .usage(&[], window, |record| {
            records.push(record);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    records
}

pub(super) fn stored(store: &Store) -> Vec<Record> {
    stored_in(store, Window::ALWAYS)
}

#[test]
fn a_higher_revision_replaces_and_an_equal_or_lower_one_changes_nothing() {
    let mut store = Store::empty().unwrap();
    assert_eq!(
        put(
            &mut store,
            &[
                sample("a", "k", 2, 4),
                sample("a", "k", 1, 9),
                sample("a", "k", 2, 4),
                sample("a", "k", 2, 5),
                sample("b", "k", 3, 6),
            ]
        ),
        [
            Put::New,
            Put::Unchanged,
            Put::Unchanged,
            Put::Contradicted,
            Put::Replaced
        ]
    );
    assert_eq!(stored(&store), [sample("b", "k", 3, 6)], "also to another space");
}

#[test]
fn usage_and_coverage_of_one_key_are_two_records_and_all_that_they_hold_is_kept() {
    let mut store = Store::empty().unwrap();
    let mut usage = sample("a", "k", 1, 0);
    if let Record::Usage(record) = &mut usage {
        record.origin.device = Some("d".into());
        record.origin.withdrawn = true;
        record.kind = Kind::InUse;
        record.form = Form::Bucket;
        record.end = Some(4_600);
        record.value = Value::Number(3_600);
        record.resolution = None;
    }
    let records = [coverage("k", 500, 1_500), usage];
    put(&mut store, &records);
    assert_eq!(stored(&store), records);
}

#[test]
fn a_batch_that_is_dropped_stores_nothing() {
    let mut store = Store::empty().unwrap();
    let batch = store.usage_batch().unwrap();
    batch.put(&sample("a", "k", 1, 4)).unwrap();
    drop(batch);
    assert_eq!(stored(&store), []);
}

#[test]
fn a_window_has_the_records_that_overlap_it() {
    let mut store = Store::empty().unwrap();
    put(&mut store, &[coverage("c", 500, 1_500), sample("a", "k", 1, 4)]);
    let keys = |start, end| -> Vec<String> {
        stored_in(&store, Window::new(start, end).unwrap())
            .iter()
            .map(|record| record.origin().key.clone())
            .collect()
    };
    assert_eq!(keys(1_000, 1_001), ["k", "c"]);
    assert_eq!(keys(1_001, 1_002), ["c"]);
    assert_eq!(keys(0, 500), [""; 0]);
    assert_eq!(keys(1_500, 1_600), ["c"]);
}

#[test]
fn a_source_that_is_forgotten_leaves_no_record() {
    let mut store = Store::empty().unwrap();
    let others = {
        let mut record = sample("a", "k", 1, 4);
        if let Record::Usage(record) = &mut record {
            record.origin.source = "rooms".into();
        }
        record
    };
    put(
        &mut store,
        &[sample("a", "k", 1, 4), coverage("c", 1, 2), others.clone()],
    );
    assert!(store.knows_source("webex").unwrap());
    let deleted = store.forget_source("webex").unwrap();
    assert_eq!(deleted.to_string(), "2 stored usage or coverage records");
    assert!(!store.knows_source("webex").unwrap());
    assert_eq!(stored(&store), [others]);
}

proptest! {
    #[test]
    fn the_order_of_revisions_does_not_matter(
        revisions in proptest::sample::subsequence((0..12_u64).collect::<Vec<_>>(), 1..12).prop_shuffle(),
    ) {
        let mut store = Store::empty().unwrap();
        for revision in &revisions {
            put(&mut store, &[sample("a", "k", *revision, u32::try_from(*revision).unwrap())]);
        }
        let newest = *revisions.iter().max().unwrap();
        prop_assert_eq!(stored(&store), [sample("a", "k", newest, u32::try_from(newest).unwrap())]);
    }
}

#[test]
fn a_device_whose_clock_is_ahead_is_told_once() {
    let mut store = Store::empty().unwrap();
    let batch = store.usage_batch().unwrap();
    let mut ahead = Ahead::default();
    // The first line is looked at last.
    for (line, space, key, now) in [
        (4, "b", "1", 502),
        (2, "b", "3", 502),
        (3, "a", "2", 501),
        (5, "b", "2", 1_000),
        (1, "a", "1", 500),
    ] {
        ahead.look(line, &sample(space, key, 1, 4), now);
    }
    batch.note_ahead(&mut ahead, 502).unwrap();
    let warnings = ahead.warnings();
    assert_eq!((ahead.records, warnings.len()), (4, 2), "{warnings:?}");
    assert!(warnings[0].starts_with("source \"webex\": a device in space \"a\" reports what is yet to come"));
    let mut again = Ahead::default();
    again.look(1, &sample("a", "3", 1, 4), 503);
    batch.note_ahead(&mut again, 503).unwrap();
    assert_eq!((again.records, again.warnings().len()), (1, 0));
    batch.arrived("webex", 8).unwrap();
    batch.commit().unwrap();
    assert_eq!(store.arrivals().unwrap(), [("webex".to_owned(), 8)].into());
}

#[test]
fn an_interval_that_goes_on_is_in_every_later_window() {
    let mut store = Store::empty().unwrap();
    let call = |end| {
        Record::Usage(UsageRecord {
            origin: origin("a", "call", 1),
            kind: Kind::Call,
            form: Form::Interval,
            start: 1_000,
            end,
            value: Value::Is(true),
            resolution: None,
        })
    };
    put(&mut store, &[call(None)]);
    let later = Window::new(5_000, 6_000).unwrap();
    assert_eq!(stored_in(&store, later), [call(None)]);
}
