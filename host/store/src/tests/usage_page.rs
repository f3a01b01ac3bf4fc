//! Usage and coverage records in pages.

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;
use proptest::prelude::*;

use super::usage::{put, stored, stored_in};
use crate::{Store, UsagePage, UsagePlace};

fn record(source: usize, space: usize, device: usize, key: usize, start: i64, is_coverage: bool) -> Record {
    let origin = Origin {
        source: format!("source{source}"),
        space: format!("space{space}"),
        device: (device > 0).then(|| format!("device{device}")),
        key: format!("k{source}{space}{device}{key}"),
        revision: 1,
        withdrawn: false,
    };
    if is_coverage {
        return Record::Coverage(CoverageRecord {
            origin,
            kinds: vec![Kind::Presence],
            start,
            end: start + 5,
            state: State::Observed,
            reason: None,
        });
    }
    Record::Usage(UsageRecord {
        origin,
        kind: Kind::Presence,
        form: Form::Change,
        start,
        end: None,
        value: Value::Is(true),
        resolution: None,
    })
}

/// All pages after each other, with the number of records of each.
fn pages(store: &Store, window: Window, limit: usize, go_on: &dyn Fn() -> bool) -> (Vec<Record>, Vec<usize>) {
    let (mut all, mut lengths) = (Vec::new(), Vec::new());
    let mut from: Option<UsagePlace> = None;
    loop {
        let UsagePage { records, next } = store
            .usage_page(None, window, from.as_ref(), limit, go_on)
            .unwrap();
        lengths.push(records.len());
        all.extend(records);
        match next {
            Some(next) => from = Some(next),
            None => return (all, lengths),
        }
    }
}

fn two_devices() -> Store {
    let mut store = Store::empty().unwrap();
    let records: Vec<Record> = (0..3)
        .flat_map(|key| [record(0, 0, 0, key, 10, false), record(0, 0, 1, key, 10, true)])
        .collect();
    put(&mut store, &records);
    store
}

#[test]
fn the_last_page_names_no_next_one_even_if_it_is_full() {
    let store = two_devices();
    assert_eq!(pages(&store, Window::ALWAYS, 6, &|| true).1, [6]);
    assert_eq!(pages(&store, Window::ALWAYS, 3, &|| true).1, [3, 3]);
    assert_eq!(pages(&store, Window::ALWAYS, 4, &|| true).1, [4, 2]);
}

#[test]
fn a_page_that_takes_too_long_ends_early_and_the_next_one_goes_on() {
    let store = two_devices();
    let (records, lengths) = pages(&store, Window::ALWAYS, 6, &|| false);
    assert_eq!(lengths, [3, 3]);
    assert_eq!(records, stored(&store));
}

#[test]
fn records_that_come_between_two_pages_neither_repeat_nor_hide_others() {
    let mut store = two_devices();
    let first = store.usage_page(None, Window::ALWAYS, None, 2, &|| true).unwrap();
    put(
        &mut store,
        &[record(0, 0, 0, 7, 1, false), record(0, 0, 0, 8, 11, false)],
    );
    let rest = store
        .usage_page(None, Window::ALWAYS, first.next.as_ref(), 100, &|| true)
        .unwrap();
    let keys = |page: &UsagePage| -> Vec<String> {
        page.records
            .iter()
            .map(|record| record.origin().key.clone())
            .collect()
    };
    assert_eq!(keys(&first), ["k0000", "k0001"]);
    assert_eq!(keys(&rest), ["k0002", "k0008", "k0010", "k0011", "k0012"]);
}

#[test]
fn a_page_can_be_of_one_source() {
    let mut store = Store::empty().unwrap();
    put(
        &mut store,
        &[record(0, 0, 0, 0, 1, false), record(1, 0, 0, 0, 1, false)],
    );
    let page = store
        .usage_page(Some("source1"), Window::ALWAYS, None, 9, &|| true)
        .unwrap();
    assert_eq!(page.records, [record(1, 0, 0, 0, 1, false)]);
}

proptest! {
    #[test]
    fn all_pages_together_are_all_records_in_the_same_order(
        records in proptest::collection::vec((0..2_usize, 0..2_usize, 0..2_usize, 0..5_usize, 0..20_i64, any::<bool>()), 0..40),
        limit in 1..9_usize,
        (from, length) in (0..20_i64, 1..20_i64),
    ) {
        let mut store = Store::empty().unwrap();
        let records: Vec<Record> = records
            .into_iter()
            .map(|(source, space, device, key, start, is_coverage)| record(source, space, device, key, start, is_coverage))
            .collect();
        put(&mut store, &records);
        let window = Window::new(from, from + length).unwrap();
        let (paged, lengths) = pages(&store, window, limit, &|| true);
        prop_assert_eq!(paged, stored_in(&store, window));
        prop_assert!(lengths.iter().all(|length| *length <= limit));
    }
}
