//! What records say about time: which are found for a span, which go when they are over, and what figures have to be computed anew for.

use std::collections::BTreeSet;

use collector_commit::usage::Witness;
use collector_commit::{Deleted, Expiry, NEVER};
use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, Record, State, Value};

use super::usage::{all_keys, covered, keys, push, some, usage};
use super::{Forgetting, Recording};

const DAY: i64 = 24 * 60 * 60;

pub(super) async fn records_of_a_device_are_found_by_what_they_say(mut store: impl Recording) {
    let mut withdrawn = usage("withdrawn", Form::Change, 900, None);
    withdrawn.origin.withdrawn = true;
    let mut of_people = usage("people", Form::Bucket, 1_000, Some(1_100));
    of_people.kind = Kind::PeopleCount;
    let mut elsewhere = usage("elsewhere", Form::Change, 1_000, None);
    elsewhere.origin.space = "y".into();
    let start = 10 * DAY;
    let long = |key: &str, form, end: Option<i64>| some(key, form, 100, end);
    let records = [
        long("long interval", Form::Interval, Some(start + 1)),
        long("interval that ended", Form::Interval, Some(start)),
        long("interval that goes on", Form::Interval, None),
        long("long bucket", Form::Bucket, Some(start + 1)),
        some("short bucket", Form::Bucket, start - 10, Some(start + 10)),
        some("instant", Form::Interval, start, Some(start)),
        some("change long before", Form::Change, 100, None),
        some("last change", Form::Change, 200, None),
        some("last change too", Form::Change, 200, None),
        some("change in it", Form::Change, start, None),
        some("change after", Form::Change, start + 100, None),
        some("last sample", Form::Sample, 300, None),
        covered("long coverage", Kind::Call, State::Observed, 0, start + 1),
        covered("coverage", Kind::Call, State::Blind, start - 1, start + 1),
        covered(
            "coverage before",
            Kind::Presentation,
            State::Blind,
            start - 9,
            start,
        ),
        Record::Usage(withdrawn),
        Record::Usage(of_people),
        Record::Usage(elsewhere),
    ];
    push(&mut store, &records).await;
    let found = store.evidence(&["x", "unknown"], start, start + 100).await;
    let found: BTreeSet<&str> = keys(&found).into_iter().collect();
    let expected = [
        "change in it",
        "coverage",
        "instant",
        "interval that goes on",
        "last change",
        "last change too",
        "last sample",
        "long bucket",
        "long coverage",
        "long interval",
        "short bucket",
    ];
    assert_eq!(found, expected.into());
    let mut buckets = store.buckets(&["x"], start, start + 100).await;
    buckets.sort_unstable();
    assert_eq!(buckets, [(100, start + 1), (start - 10, start + 10)]);
    let witness = |key: &str, kinds: &[Kind], observed: &[Kind]| Witness {
        space: SpaceId {
            source: "contoso".into(),
            key: key.into(),
        },
        device: None,
        kinds: kinds.iter().copied().collect(),
        observed: observed.iter().copied().collect(),
    };
    let kinds = [Kind::Call, Kind::Presentation, Kind::Presence, Kind::PeopleCount];
    assert_eq!(
        store.witnesses(&["y", "x", "unknown"]).await,
        [
            witness("y", &[Kind::Presence], &[]),
            witness("x", &kinds, &[Kind::Call])
        ]
    );
    assert_eq!(store.evidence(&[], 0, DAY).await, []);
    // Of all time, everything that was not withdrawn.
    let found = store.evidence(&["x", "y"], i64::MIN, i64::MAX).await;
    assert_eq!(found.len(), records.len() - 1);
    assert_eq!(store.buckets(&["x"], i64::MIN, i64::MAX).await.len(), 2);
}

async fn expire(store: &mut impl Forgetting, instant: i64) -> u64 {
    let expiry = Expiry {
        meetings: None,
        usage: Some(instant),
    };
    store.allow_retention(instant).await;
    let deleted = store.forget_when_allowed(expiry, instant).await;
    deleted.unwrap().unwrap().usage
}

pub(super) async fn what_holds_on_stays_and_what_is_over_goes(mut store: impl Recording) {
    let mut withdrawn = usage("withdrawn", Form::Interval, 1_000, None);
    withdrawn.origin.withdrawn = true;
    let mut hourly = usage("five people", Form::Sample, 1_000, None);
    hourly.resolution = Some(3_600);
    hourly.kind = Kind::PeopleCount;
    hourly.value = Value::Number(5);
    let records = [
        some("change", Form::Change, 1_000, None),
        some("last change", Form::Change, 2_000, None),
        some("ended", Form::Interval, 1_000, Some(2_000)),
        some("open", Form::Interval, 1_000, None),
        some("bucket", Form::Bucket, 1_000, Some(2_000)),
        Record::Usage(withdrawn),
        Record::Usage(hourly),
        covered("observed", Kind::Presence, State::Observed, 0, 20 * DAY),
        covered("first call", Kind::Call, State::Observed, 0, 1_000),
        covered("second call", Kind::Call, State::Observed, 1_000, 2_000),
        covered("blind", Kind::Call, State::Blind, 2_000, 3_000),
    ];
    push(&mut store, &records).await;
    assert_eq!(expire(&mut store, 2_500).await, 5);
    let left = [
        "five people",
        "open",
        "last change",
        "observed",
        "second call",
        "blind",
    ];
    assert_eq!(all_keys(&mut store).await, left);
    assert_eq!(expire(&mut store, 10 * DAY).await, 2);
    assert_eq!(
        all_keys(&mut store).await,
        ["open", "last change", "observed", "second call"]
    );
    // Once nothing observes the device any more, its last word goes too.
    assert_eq!(expire(&mut store, 30 * DAY).await, 1);
    assert_eq!(all_keys(&mut store).await, ["open", "observed", "second call"]);
    assert_eq!(expire(&mut store, 30 * DAY).await, 0);
}

pub(super) async fn a_clock_that_jumped_does_not_make_the_store_forget_all_records(
    mut store: impl Recording,
) {
    let records: Vec<Record> = (0..100)
        .map(|day| some(&day.to_string(), Form::Interval, day * DAY, Some(day * DAY + 60)))
        .collect();
    push(&mut store, &records).await;
    let expiry = |day: i64| Expiry {
        meetings: None,
        usage: Some((day - 90) * DAY),
    };
    let usage = |usage| Ok(Ok(Deleted { meetings: 0, usage }));
    assert_eq!(store.forget_when_allowed(expiry(95), 95 * DAY).await, usage(5));
    let hold = store
        .forget_when_allowed(expiry(495), 495 * DAY)
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        hold.starts_with("95 of 95 usage and coverage records became older than `keep-usage` at once"),
        "{hold}"
    );
    assert_eq!(store.forget_when_allowed(expiry(96), 96 * DAY).await, usage(1));
}

fn touched(start: i64, end: i64) -> Vec<(String, i64, i64)> {
    vec![("x".to_owned(), start, end)]
}

pub(super) async fn what_records_change_is_touched(mut store: impl Recording) {
    // A change holds until the next one of its kind.
    push(&mut store, &[some("1", Form::Change, 100, None)]).await;
    assert_eq!(store.take_touched().await, touched(100, NEVER));
    push(&mut store, &[some("2", Form::Change, 300, None)]).await;
    assert_eq!(store.take_touched().await, touched(300, NEVER));
    push(&mut store, &[some("3", Form::Change, 200, None)]).await;
    assert_eq!(store.take_touched().await, touched(200, 300));
    push(&mut store, &[some("4", Form::Sample, 150, None)]).await;
    assert_eq!(store.take_touched().await, touched(150, NEVER));
    let records = [
        some("5", Form::Bucket, 500, Some(600)),
        covered("1", Kind::Call, State::Blind, 400, 450),
    ];
    push(&mut store, &records).await;
    assert_eq!(store.take_touched().await, touched(400, 600));
    // What is there already touches nothing.
    push(&mut store, &records).await;
    assert_eq!(store.take_touched().await, []);
    push(&mut store, &[some("6", Form::Interval, 700, None)]).await;
    assert_eq!(store.take_touched().await, touched(700, NEVER));
}

pub(super) async fn what_is_replaced_or_forgotten_is_touched_where_it_was(mut store: impl Recording) {
    let records = [
        some("1", Form::Interval, 100, Some(200)),
        some("2", Form::Change, 1_000, None),
        some("3", Form::Change, 2_000, None),
    ];
    push(&mut store, &records).await;
    store.take_touched().await;
    // It moves, also to another device.
    let mut moved = usage("1", Form::Interval, 700, Some(800));
    moved.origin.revision = 2;
    push(&mut store, &[Record::Usage(moved.clone())]).await;
    assert_eq!(store.take_touched().await, touched(100, 800));
    moved.origin.revision = 3;
    moved.origin.space = "y".into();
    push(&mut store, &[Record::Usage(moved)]).await;
    let both = [("x".to_owned(), 700, 800), ("y".to_owned(), 700, 800)];
    assert_eq!(store.take_touched().await, both);
    let mut earlier = usage("2", Form::Change, 1_500, None);
    earlier.origin.revision = 2;
    push(&mut store, &[Record::Usage(earlier)]).await;
    assert_eq!(store.take_touched().await, touched(1_000, 2_000));
    // The last change may still hold.
    assert_eq!(expire(&mut store, 5_000).await, 2);
    assert_eq!(
        store.take_touched().await,
        [("x".to_owned(), 1_500, 2_000), ("y".to_owned(), 700, 800)]
    );
    store.forget_source().await.unwrap();
    assert_eq!(store.take_touched().await, touched(2_000, NEVER));
}
