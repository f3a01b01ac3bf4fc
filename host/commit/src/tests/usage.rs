//! Usage and coverage records, without a store.

use std::convert::Infallible;

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};

use crate::usage::{Ahead, Put, Told, bits, kinds, number, of_position, position, value};
use crate::{NEVER, RecordSpans};

fn origin(device: Option<&str>) -> Origin {
    Origin {
        source: "webex".into(),
        space: "x".into(),
        device: device.map(str::to_owned),
        key: "k".into(),
        revision: 1,
        withdrawn: false,
    }
}

fn usage(form: Form, start: i64, end: Option<i64>) -> Record {
    Record::Usage(UsageRecord {
        origin: origin(None),
        kind: Kind::Presence,
        form,
        start,
        end,
        value: Value::Is(true),
        resolution: None,
    })
}

#[test]
fn the_higher_revision_counts_and_the_same_one_only_if_it_says_the_same() {
    let put = |stored, revision, is_same| {
        let Ok::<_, Infallible>(put) = Put::of(stored, revision, || Ok(is_same));
        put
    };
    assert_eq!(put(None, 1, false), Put::New);
    assert_eq!(put(Some(1), 2, false), Put::Replaced);
    assert_eq!(put(Some(2), 1, false), Put::Unchanged);
    assert_eq!(put(Some(2), 2, true), Put::Unchanged);
    assert_eq!(put(Some(2), 2, false), Put::Contradicted);
    let written = [Put::New, Put::Replaced, Put::Unchanged, Put::Contradicted].map(Put::is_written);
    assert_eq!(written, [true, true, false, false]);
    // Nobody looks what is stored if the revisions decide.
    assert_eq!(Put::of(Some(1), 2, || Err("not looked up")), Ok(Put::Replaced));
    assert_eq!(Put::of(Some(1), 1, || Err("looked up")), Err("looked up"));
}

#[test]
fn what_a_batch_touches_is_one_span_for_each_device_and_what_holds_on() {
    let mut spans = RecordSpans::default();
    spans.note(1, &usage(Form::Interval, 100, Some(200)));
    spans.note(1, &usage(Form::Bucket, 300, Some(400)));
    spans.note(
        1,
        &Record::Coverage(CoverageRecord {
            origin: origin(None),
            kinds: vec![Kind::Call],
            start: 50,
            end: 60,
            state: State::Blind,
            reason: None,
        }),
    );
    spans.note(1, &usage(Form::Change, 500, None));
    spans.note(1, &usage(Form::Change, 450, None));
    spans.note(2, &usage(Form::Interval, 100, None));
    let presence = position(Kind::ALL, Kind::Presence);
    let change = position(Form::ALL, Form::Change);
    assert_eq!(
        spans.iter().collect::<Vec<_>>(),
        [
            (1, None, (50, 400)),
            (1, Some((presence, change)), (450, 500)),
            (2, None, (100, NEVER))
        ]
    );
}

#[test]
fn a_device_that_is_ahead_is_taken_once_and_many_are_counted() {
    let mut ahead = Ahead::default();
    let at = |device: &str, start| match usage(Form::Change, start, None) {
        Record::Usage(usage) => Record::Usage(UsageRecord {
            origin: origin(Some(device)),
            ..usage
        }),
        coverage @ Record::Coverage(_) => coverage,
    };
    ahead.look(7, &at("late", 10_000), 1_000);
    ahead.look(2, &at("first", 10_000), 1_000);
    ahead.look(1, &at("late", 10_000), 1_000);
    ahead.look(3, &at("in time", 1_000), 1_000);
    assert_eq!(ahead.records, 3);
    let seen = ahead.take_seen();
    let devices: Vec<&str> = seen
        .iter()
        .filter_map(|origin| origin.device.as_deref())
        .collect();
    assert_eq!(devices, ["late", "first"]);
    assert!(ahead.take_seen().is_empty() && ahead.warnings().is_empty());
    (0..22).for_each(|_| ahead.add(origin(None)));
    let warnings = ahead.warnings();
    assert_eq!(
        (warnings.len(), warnings.last().unwrap().as_str()),
        (21, "the clocks of 2 more devices are ahead")
    );
}

#[test]
fn stored_forms_are_read_as_they_were_written() {
    let told = [Kind::Call, Kind::PeopleCount];
    assert_eq!((bits(&told), kinds(bits(&told))), (17, told.to_vec()));
    let kept = Told::of_stored(Some(5), bits(&told));
    assert!(kept.knows(Kind::Call) && !kept.knows(Kind::Presence));
    assert_eq!((kept.kinds(), kept.bits()), (told.to_vec(), 17));
    for form in Form::ALL {
        let stored = i64::from(position(Form::ALL, *form));
        assert_eq!(of_position(Form::ALL, stored), Some(*form));
    }
    assert_eq!(of_position(Form::ALL, 4), None);
    assert_eq!(of_position(Form::ALL, -1), None);
    for (kind, form, reported) in [
        (Kind::Call, Form::Change, Value::Is(true)),
        (Kind::Call, Form::Bucket, Value::Number(1)),
        (Kind::PeopleCount, Form::Sample, Value::Number(0)),
        (Kind::InUse, Form::Interval, Value::Is(false)),
    ] {
        assert_eq!(value(kind, form, number(reported)), reported);
    }
}
