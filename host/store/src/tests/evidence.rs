//! The records that say something about a span.

use std::collections::BTreeSet;

use collector_model::space::SpaceId;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};

use super::usage::put;
use crate::{Store, Witness};

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
