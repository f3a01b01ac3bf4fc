//! What is past its time goes, and what holds on stays: nothing that is known of later time changes.

use std::collections::BTreeSet;

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use proptest::prelude::*;

use super::usage::{put, stored};
use crate::{Deleted, Expiry, Store};

const DAY: i64 = 24 * 60 * 60;

fn origin(key: &str) -> Origin {
    Origin {
        source: "webex".into(),
        space: "a".into(),
        device: None,
        key: key.into(),
        revision: 1,
        withdrawn: false,
    }
}

fn usage(key: &str, form: Form, start: i64, end: Option<i64>) -> UsageRecord {
    UsageRecord {
        origin: origin(key),
        kind: Kind::Presence,
        form,
        start,
        end,
        value: Value::Is(true),
        resolution: None,
    }
}

fn change(key: &str, start: i64) -> Record {
    Record::Usage(usage(key, Form::Change, start, None))
}

fn coverage(key: &str, state: State, start: i64, end: i64) -> Record {
    Record::Coverage(CoverageRecord {
        origin: origin(key),
        kinds: vec![Kind::Presence, Kind::PeopleCount],
        start,
        end,
        state,
        reason: None,
    })
}

/// Removes what says nothing from an instant on. Returns how many records that were.
fn expire(store: &mut Store, instant: i64) -> u64 {
    let expiry = Expiry {
        meetings: None,
        usage: Some(instant),
    };
    let expired = store.forget_when_allowed(expiry, instant, 100).unwrap().unwrap();
    assert_eq!(
        expired,
        Deleted {
            meetings: 0,
            ..expired
        }
    );
    expired.usage
}

fn keys(store: &Store) -> Vec<String> {
    stored(store)
        .into_iter()
        .map(|record| record.origin().key.clone())
        .collect()
}

#[test]
fn what_ended_before_its_time_goes_and_what_goes_on_into_it_stays() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let old: Vec<Record> = (0..1_200).map(|at| change(&format!("old {at}"), at)).collect();
    put(&mut store, &old);
    put(
        &mut store,
        &[
            change("young", 100_000),
            coverage("ends later", State::Blind, 100, 100_001),
            coverage("old", State::Blind, 100, 99_999),
        ],
    );
    assert_eq!(expire(&mut store, 100_000), 1_201);
    assert_eq!(keys(&store), ["young", "ends later"]);
}

#[test]
fn the_last_change_of_a_device_that_is_still_observed_stays() {
    let mut store = Store::empty().unwrap();
    put(
        &mut store,
        &[
            change("before", 1_000),
            change("last", 2_000),
            coverage("observed", State::Observed, 0, 20 * DAY),
        ],
    );
    assert_eq!(expire(&mut store, 10 * DAY), 1);
    assert_eq!(keys(&store), ["last", "observed"]);
    // Once nothing observes the device any more, its last word goes too.
    assert_eq!(expire(&mut store, 30 * DAY), 1);
    assert_eq!(keys(&store), ["observed"]);
}

#[test]
fn an_interval_without_an_end_stays_and_one_that_was_taken_back_goes() {
    let mut store = Store::empty().unwrap();
    let mut withdrawn = usage("withdrawn", Form::Interval, 1_000, None);
    withdrawn.origin.withdrawn = true;
    put(
        &mut store,
        &[
            Record::Usage(usage("open", Form::Interval, 1_000, None)),
            Record::Usage(usage("ended", Form::Interval, 1_000, Some(2_000))),
            Record::Usage(withdrawn),
        ],
    );
    assert_eq!(expire(&mut store, DAY), 2);
    assert_eq!(keys(&store), ["open"]);
}

#[test]
fn a_sample_stays_for_twice_its_resolution() {
    let mut store = Store::empty().unwrap();
    put(
        &mut store,
        &[Record::Usage(usage("sample", Form::Sample, 1_000, None))],
    );
    assert_eq!((expire(&mut store, 1_600), expire(&mut store, 1_601)), (0, 1));
}

#[test]
fn a_sample_stays_as_long_as_one_before_it_that_would_go_on() {
    let mut store = Store::empty().unwrap();
    let sample = |key: &str, start: i64, resolution| {
        Record::Usage(UsageRecord {
            resolution: Some(resolution),
            ..usage(key, Form::Sample, start, None)
        })
    };
    put(
        &mut store,
        &[sample("five people", 1_000, 3_600), sample("nobody", 2_000, 300)],
    );
    assert_eq!((expire(&mut store, 8_000), expire(&mut store, 8_201)), (0, 2));
}

#[test]
fn the_last_coverage_stays_since_it_decides_what_later_records_mean() {
    let mut store = Store::empty().unwrap();
    put(
        &mut store,
        &[
            coverage("first", State::Observed, 0, 1_000),
            coverage("second", State::Observed, 1_000, 2_000),
            Record::Usage(usage("later", Form::Interval, 10 * DAY, Some(10 * DAY + 60))),
        ],
    );
    assert_eq!(expire(&mut store, 5 * DAY), 1);
    assert_eq!(keys(&store), ["later", "second"]);
    assert_eq!(expire(&mut store, 20 * DAY), 1);
    assert_eq!(keys(&store), ["second"]);
}

/// What a device says at an instant about a kind: whether that is covered, which values hold, and whether a bucket spans it. As the contract
/// has it, section 2.
fn said(records: &[Record], kind: Kind, at: i64) -> (bool, BTreeSet<u32>) {
    let usage: Vec<&UsageRecord> = records
        .iter()
        .filter_map(|record| match record {
            Record::Usage(usage) if usage.kind == kind && !usage.origin.withdrawn => Some(usage),
            _ => None,
        })
        .collect();
    let within = |state, anywhen: bool| {
        records.iter().any(|record| match record {
            Record::Coverage(coverage) => {
                coverage.state == state
                    && !coverage.origin.withdrawn
                    && coverage.kinds.contains(&kind)
                    && (anywhen || (coverage.start..coverage.end).contains(&at))
            }
            Record::Usage(_) => false,
        })
    };
    let is_covered = within(State::Observed, true);
    let counts = !within(State::Blind, false) && (!is_covered || within(State::Observed, false));
    let holds = |record: &&&UsageRecord| {
        let next = usage
            .iter()
            .filter(|other| other.form == record.form && other.start > record.start)
            .map(|other| other.start)
            .min()
            .unwrap_or(i64::MAX);
        let end = match record.form {
            Form::Interval if is_covered => record.end.unwrap_or(i64::MAX),
            Form::Interval => record.end.unwrap_or(record.start + DAY),
            Form::Change if is_covered => next,
            Form::Change => next.min(record.start + 65 * 60),
            Form::Sample => next.min(record.start + 2 * i64::from(record.resolution.unwrap_or(300))),
            Form::Bucket => record.end.unwrap(),
        };
        (record.start..end).contains(&at)
    };
    let values = usage.iter().filter(holds).map(|record| match record.value {
        Value::Is(value) => u32::from(value),
        Value::Number(number) => 2 + number,
    });
    if counts {
        (is_covered, values.collect())
    } else {
        (false, BTreeSet::new())
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    const HOUR: i64 = 60 * 60;
    let kind = prop_oneof![Just(Kind::Presence), Just(Kind::Call)];
    let usage = (
        kind,
        0..4_usize,
        0..48 * HOUR,
        1..30 * HOUR,
        any::<bool>(),
        any::<bool>(),
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(kind, form, start, length, ends, value, withdrawn)| {
            let form = Form::ALL[form];
            let length = length / if form == Form::Bucket { 10 } else { 1 } + 1;
            let has_end = form == Form::Bucket || form == Form::Interval && ends;
            Record::Usage(UsageRecord {
                origin: Origin {
                    withdrawn,
                    ..origin("")
                },
                kind,
                value: match form {
                    Form::Bucket => Value::Number(1),
                    _ => Value::Is(value),
                },
                resolution: (form == Form::Sample && ends).then_some(36_000),
                ..self::usage("", form, start, has_end.then_some(start + length))
            })
        });
    let coverage =
        (0..48 * HOUR, 1..30 * HOUR, any::<bool>(), 1..4_u8).prop_map(|(start, length, observed, kinds)| {
            let state = if observed { State::Observed } else { State::Blind };
            let Record::Coverage(mut record) = coverage("", state, start, start + length) else {
                unreachable!()
            };
            record.kinds.clear();
            record.kinds.extend((kinds & 1 != 0).then_some(Kind::Call));
            record.kinds.extend((kinds & 2 != 0).then_some(Kind::Presence));
            Record::Coverage(record)
        });
    proptest::collection::vec(prop_oneof![3 => usage, 1 => coverage], 0..20).prop_map(|mut records| {
        for (number, record) in records.iter_mut().enumerate() {
            match record {
                Record::Usage(record) => record.origin.key = number.to_string(),
                Record::Coverage(record) => record.origin.key = number.to_string(),
            }
        }
        records
    })
}

proptest! {
    #[test]
    fn what_is_known_of_later_time_stays_the_same(records in records(), hour in 0..80_i64) {
        let mut store = Store::empty().unwrap();
        put(&mut store, &records);
        let instant = hour * 60 * 60;
        expire(&mut store, instant);
        let left = stored(&store);
        for later in (0..100).map(|quarter| instant + quarter * 15 * 60) {
            for kind in [Kind::Presence, Kind::Call] {
                let (before, after) = (said(&records, kind, later), said(&left, kind, later));
                prop_assert_eq!(before, after, "{:?} at {}, of {:?}", kind, later, left);
            }
        }
    }
}

#[test]
fn a_clock_that_jumped_does_not_make_the_store_forget_all_records() {
    const DAY: i64 = 24 * 60 * 60;
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let records: Vec<Record> = (0..100).map(|day| change(&day.to_string(), day * DAY)).collect();
    put(&mut store, &records);
    let at = |store: &mut Store, day: i64| {
        let expiry = Expiry {
            meetings: None,
            usage: Some((day - 90) * DAY),
        };
        let expired = store.forget_when_allowed(expiry, day * DAY, 25).unwrap();
        expired.map(|expired| expired.usage)
    };
    assert_eq!(at(&mut store, 95), Ok(5));
    let hold = at(&mut store, 495).unwrap_err();
    assert!(
        hold.starts_with("95 of 95 usage and coverage records became older than `keep-usage` at once"),
        "{hold}"
    );
    assert_eq!(at(&mut store, 96), Ok(1));
}
