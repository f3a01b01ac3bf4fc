//! The records that say something about a span.

use std::collections::BTreeSet;

use collector_model::space::SpaceId;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};

use proptest::prelude::*;

use super::usage::{put, stored};
use crate::{Store, Witness};

const DAY: i64 = 24 * 60 * 60;
/// The span that is asked for.
const START: i64 = 10 * DAY;
const END: i64 = 12 * DAY;

fn space(key: &str) -> SpaceId {
    SpaceId {
        source: "webex".into(),
        key: key.into(),
    }
}

fn origin(key: &str) -> Origin {
    Origin {
        source: "webex".into(),
        space: "a".into(),
        device: None,
        key: key.into(),
        revision: 1,
        withdrawn: key.starts_with("withdrawn"),
    }
}

fn usage(key: &str, form: Form, start: i64, end: Option<i64>) -> Record {
    Record::Usage(UsageRecord {
        origin: origin(key),
        kind: Kind::Presence,
        form,
        start,
        end,
        value: match form {
            Form::Bucket => Value::Number(1),
            _ => Value::Is(true),
        },
        resolution: None,
    })
}

fn coverage(key: &str, kind: Kind, state: State, start: i64, end: i64) -> Record {
    Record::Coverage(CoverageRecord {
        origin: origin(key),
        kinds: vec![kind],
        start,
        end,
        state,
        reason: None,
    })
}

#[test]
fn what_says_something_about_a_span_is_found_and_nothing_else() {
    let mut store = Store::empty().unwrap();
    put(
        &mut store,
        &[
            usage("interval before", Form::Interval, 100, Some(1_000)),
            usage("interval into it", Form::Interval, 100, Some(1_001)),
            usage("interval that goes on", Form::Interval, 100, None),
            usage("withdrawn interval", Form::Interval, 1_100, Some(1_200)),
            usage("interval after", Form::Interval, 2_000, None),
            usage("bucket into it", Form::Bucket, 500, Some(1_500)),
            usage("change long before", Form::Change, 100, None),
            usage("last change", Form::Change, 200, None),
            usage("last change too", Form::Change, 200, None),
            usage("withdrawn change", Form::Change, 300, None),
            usage("change in it", Form::Change, 1_000, None),
            usage("change after", Form::Change, 2_000, None),
            usage("sample long before", Form::Sample, 100, None),
            usage("last sample", Form::Sample, 900, None),
            coverage("coverage before", Kind::Call, State::Observed, 0, 1_000),
            coverage("coverage", Kind::Presence, State::Blind, 0, 1_001),
        ],
    );
    let keys: BTreeSet<String> = store
        .evidence(&[space("a"), space("b")], 1_000, 2_000)
        .unwrap()
        .iter()
        .map(|record| record.origin().key.clone())
        .collect();
    let right = [
        "interval into it",
        "interval that goes on",
        "bucket into it",
        "last change",
        "last change too",
        "change in it",
        "last sample",
        "coverage",
    ];
    assert_eq!(keys, right.map(str::to_owned).into());
    assert_eq!(
        store.buckets(&[space("a")], 1_000, 2_000).unwrap(),
        [(500, 1_500)]
    );
    assert_eq!(
        store.witnesses(&[space("a")]).unwrap(),
        [Witness {
            space: space("a"),
            device: None,
            kinds: [Kind::Presence, Kind::Call].into(),
            observed: [Kind::Call].into(),
        }]
    );
    assert_eq!(store.evidence(&[space("b")], 1_000, 2_000).unwrap(), []);
}

/// Instants around the span, of which many are the same. What lasts for long is found in another way: two days and a second more are near.
fn instant() -> impl Strategy<Value = i64> {
    (0..16_i64, -1..=1_i64).prop_map(|(day, second)| day * DAY + second)
}

fn a_record() -> impl Strategy<Value = (bool, Origin, usize, usize, i64, i64)> {
    let place = (0..3_usize, any::<bool>(), proptest::bool::weighted(0.2));
    let of = place.prop_map(|(space, has_device, withdrawn)| Origin {
        space: ["a", "b", "c"][space].into(),
        device: has_device.then(|| "d".to_owned()),
        withdrawn,
        ..origin("")
    });
    (
        proptest::bool::weighted(0.7),
        of,
        0..5_usize,
        0..4_usize,
        instant(),
        instant(),
    )
}

/// Records with keys of their own, which may be stored: buckets and coverage have a length, and only intervals may have no end.
fn records() -> impl Strategy<Value = Vec<Record>> {
    let number = |records: Vec<_>| {
        let numbered = records.into_iter().enumerate();
        let record = |(key, (is_usage, origin, kind, form, one, other)): (
            usize,
            (bool, Origin, usize, usize, i64, i64),
        )| {
            let origin = Origin {
                key: key.to_string(),
                ..origin
            };
            let (start, end) = (one.min(other), one.max(other));
            let (kind, form) = (Kind::ALL[kind], Form::ALL[form]);
            if !is_usage {
                let state = [State::Observed, State::Blind][usize::from(form == Form::Bucket)];
                let kinds = [Kind::ALL[0], kind];
                let kinds: BTreeSet<Kind> = kinds.into_iter().collect();
                let kinds = kinds.into_iter().collect();
                return Record::Coverage(CoverageRecord {
                    origin,
                    kinds,
                    start,
                    end: end + 1,
                    state,
                    reason: None,
                });
            }
            Record::Usage(UsageRecord {
                origin,
                kind,
                form,
                start,
                end: match form {
                    Form::Interval => (one < other).then_some(end),
                    Form::Bucket => Some(end + 1),
                    Form::Change | Form::Sample => None,
                },
                value: match (kind, form) {
                    (Kind::PeopleCount, _) | (_, Form::Bucket) => Value::Number(1),
                    _ => Value::Is(true),
                },
                resolution: None,
            })
        };
        numbered.map(record).collect()
    };
    proptest::collection::vec(a_record(), 0..60).prop_map(number)
}

/// Whether a record says something about the span, as one finds out who looks at all records.
fn says_something(record: &Record, all: &[Record]) -> bool {
    let usage = match record {
        Record::Coverage(coverage) => return coverage.start < END && START < coverage.end,
        Record::Usage(usage) => usage,
    };
    let overlaps = || usage.end.is_none_or(|end| START < end || START <= usage.start);
    let is_last = || {
        !all.iter().any(|other| match other {
            Record::Usage(other) => {
                let four = |of: &UsageRecord| {
                    (
                        of.origin.space.clone(),
                        of.origin.device.clone(),
                        of.kind,
                        of.form,
                    )
                };
                four(other) == four(usage) && usage.start < other.start && other.start < START
            }
            Record::Coverage(_) => false,
        })
    };
    usage.start < END
        && match usage.form {
            Form::Interval | Form::Bucket => overlaps(),
            Form::Change | Form::Sample => START <= usage.start || is_last(),
        }
}

fn by_key(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| record.origin().key.clone());
    records
}

proptest! {
    #[test]
    fn what_is_found_is_what_one_finds_who_looks_at_all_records(records in records()) {
        let mut store = Store::empty().unwrap();
        put(&mut store, &records);
        prop_assert_eq!(by_key(stored(&store)), by_key(records.clone()));
        let spaces = [space("a"), space("b")];
        let of_spaces: Vec<Record> = records
            .into_iter()
            .filter(|record| record.origin().space != "c" && !record.origin().withdrawn)
            .collect();
        let right = of_spaces.iter().filter(|record| says_something(record, &of_spaces));
        let right: Vec<Record> = right.cloned().collect();
        prop_assert_eq!(by_key(store.evidence(&spaces, START, END).unwrap()), by_key(right.clone()));

        let bucket = |record: &Record| match record {
            Record::Usage(usage) if usage.form == Form::Bucket && usage.kind != Kind::PeopleCount => usage.end.map(|end| (usage.start, end)),
            _ => None,
        };
        let mut right: Vec<(i64, i64)> = right.iter().filter_map(bucket).collect();
        right.sort_unstable();
        let mut buckets = store.buckets(&spaces, START, END).unwrap();
        buckets.sort_unstable();
        prop_assert_eq!(buckets, right);

        for witness in store.witnesses(&spaces).unwrap() {
            let own = of_spaces.iter().filter(|record| {
                (&record.origin().space, &record.origin().device) == (&witness.space.key, &witness.device)
            });
            let (mut kinds, mut observed) = (BTreeSet::new(), BTreeSet::new());
            for record in own {
                match record {
                    Record::Usage(usage) => drop(kinds.insert(usage.kind)),
                    Record::Coverage(coverage) => {
                        kinds.extend(&coverage.kinds);
                        if coverage.state == State::Observed {
                            observed.extend(&coverage.kinds);
                        }
                    }
                }
            }
            prop_assert_eq!((witness.kinds, witness.observed), (kinds, observed));
        }
    }
}
