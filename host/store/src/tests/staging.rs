//! Records that wait beside the store: as if each had been put when it was read, and in nobody's way.

use std::collections::BTreeMap;
use std::path::Path;

use collector_model::usage::Record;
use proptest::prelude::*;

use super::usage::{coverage, put, sample, stored};
use crate::{Put, Staging, Store};

/// The files beside the store that records wait in.
fn waiting(data: &Path) -> Vec<String> {
    std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("collector.import-"))
        .collect()
}

fn stage(store: &Store, records: &[Record]) -> Staging {
    let staging = store.staging().unwrap();
    for (line, record) in (1..).zip(records) {
        staging.add(line, record).unwrap();
    }
    staging
}

/// Puts what waits into a store. Returns what became of each line.
fn merge(store: &mut Store, staging: &Staging) -> BTreeMap<u64, Put> {
    let mut lines = BTreeMap::new();
    let batch = store.usage_batch().unwrap();
    staging
        .each("webex", |line, record| {
            lines.insert(line, batch.put(record)?);
            Ok(())
        })
        .unwrap();
    batch.commit().unwrap();
    lines
}

fn records(most: usize) -> impl Strategy<Value = Vec<Record>> {
    let usage = (0..2_u8, 0..4_u8, 0..3_u64, 0..2_u32).prop_map(|(space, key, revision, people)| {
        sample(&space.to_string(), &key.to_string(), revision, people)
    });
    let coverage = (0..4_u8, 0..2_i64).prop_map(|(key, start)| coverage(&key.to_string(), start, 9));
    proptest::collection::vec(prop_oneof![3 => usage, 1 => coverage], 0..most)
}

proptest! {
    #[test]
    fn what_waited_becomes_what_it_would_have_become_line_by_line(before in records(6), records in records(40)) {
        let (mut at_once, mut waited) = (Store::empty().unwrap(), Store::empty().unwrap());
        put(&mut at_once, &before);
        put(&mut waited, &before);
        let lines: BTreeMap<u64, Put> = (1..).zip(put(&mut at_once, &records)).collect();
        let staging = stage(&waited, &records);
        prop_assert_eq!(merge(&mut waited, &staging), lines);
        prop_assert_eq!(stored(&waited), stored(&at_once));
    }
}

#[test]
fn others_write_while_records_wait() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let mut other = Store::open(directory.path()).unwrap();
    other.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let staging = stage(&store, &[sample("a", "k", 1, 4), coverage("c", 1, 2)]);
    assert_eq!(put(&mut other, &[sample("a", "k", 2, 5)]), [Put::New]);
    assert_eq!(
        merge(&mut store, &staging),
        [(1, Put::Unchanged), (2, Put::New)].into()
    );
    assert_eq!(stored(&other), [sample("a", "k", 2, 5), coverage("c", 1, 2)]);
}

#[test]
fn what_waited_leaves_no_file_and_what_a_killed_import_left_goes() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    std::fs::write(directory.path().join("collector.import-left"), "half").unwrap();
    let staging = stage(&store, &[sample("a", "k", 1, 4)]);
    // Two imports at once are not in each other's way.
    let other = stage(&store, &[sample("a", "k", 1, 4)]);
    assert!(!directory.path().join("collector.import-left").exists());
    #[cfg(unix)]
    assert_eq!(
        waiting(directory.path()),
        [""; 0],
        "a name that a killed program would leave"
    );
    drop((staging, other));
    assert_eq!(waiting(directory.path()), [""; 0]);
    assert_eq!(stored(&store), []);
}

#[test]
fn more_waits_than_is_kept_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let staging = store.staging().unwrap();
    staging.connection.pragma_update(None, "cache_size", 10).unwrap();
    for line in (0..5_000).rev() {
        staging
            .add(line, &sample("a", &format!("{line:04}"), 1, 4))
            .unwrap();
    }
    let mut next = 0;
    staging
        .each("webex", |line, record| {
            assert_eq!((line, record), (next, &sample("a", &format!("{next:04}"), 1, 4)));
            next += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(next, 5_000);
}
