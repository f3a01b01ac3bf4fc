//! Records for tests, in a few words.

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use proptest::prelude::*;

fn origin(key: &str, device: Option<&str>) -> Origin {
    Origin {
        source: "webex".into(),
        space: "a".into(),
        device: device.map(str::to_owned),
        key: key.into(),
        revision: 1,
        withdrawn: false,
    }
}

/// A usage record of the device without a name.
pub(crate) fn usage(kind: Kind, form: Form, start: i64, end: Option<i64>, value: Value) -> Record {
    Record::Usage(UsageRecord {
        origin: origin(&format!("{kind:?} {form:?} {start} {end:?} {value:?}"), None),
        kind,
        form,
        start,
        end,
        value,
        resolution: None,
    })
}

pub(crate) fn interval(kind: Kind, start: i64, end: i64, value: bool) -> Record {
    usage(kind, Form::Interval, start, Some(end), Value::Is(value))
}

pub(crate) fn people(start: i64, end: i64, count: u32) -> Record {
    usage(
        Kind::PeopleCount,
        Form::Interval,
        start,
        Some(end),
        Value::Number(count),
    )
}

pub(crate) fn change(kind: Kind, start: i64, value: bool) -> Record {
    usage(kind, Form::Change, start, None, Value::Is(value))
}

pub(crate) fn sample(start: i64, count: u32) -> Record {
    usage(Kind::PeopleCount, Form::Sample, start, None, Value::Number(count))
}

pub(crate) fn bucket(kind: Kind, start: i64, end: i64, seconds: u32) -> Record {
    usage(kind, Form::Bucket, start, Some(end), Value::Number(seconds))
}

pub(crate) fn coverage(kinds: &[Kind], start: i64, end: i64, state: State, reason: Option<&str>) -> Record {
    Record::Coverage(CoverageRecord {
        origin: origin(&format!("{kinds:?} {start} {end} {state:?}"), None),
        kinds: kinds.to_vec(),
        start,
        end,
        state,
        reason: reason.map(str::to_owned),
    })
}

/// The same record of a device.
pub(crate) fn of_device(mut record: Record, device: &str) -> Record {
    let origin = match &mut record {
        Record::Usage(usage) => &mut usage.origin,
        Record::Coverage(coverage) => &mut coverage.origin,
    };
    origin.device = Some(device.into());
    record
}

/// The same record, taken back.
pub(crate) fn withdrawn(mut record: Record) -> Record {
    match &mut record {
        Record::Usage(usage) => usage.origin.withdrawn = true,
        Record::Coverage(coverage) => coverage.origin.withdrawn = true,
    }
    record
}

/// Any valid records of one space and two devices within `[0, last)`, with times that are multiples of `step`.
pub(crate) fn records(last: i64, step: i64, most: usize) -> impl Strategy<Value = Vec<Record>> {
    let record = (
        prop::sample::select(Kind::ALL),
        0u8..7,
        0..last / step,
        1i64..8,
        0u32..4,
        prop::option::of(1u32..5),
        (any::<bool>(), prop::bool::weighted(0.1)),
    );
    let record = record.prop_map(
        move |(kind, what, start, length, value, resolution, (is_other, is_withdrawn))| {
            let (start, end) = (start * step, (start + length) * step);
            let is = match kind {
                Kind::PeopleCount => Value::Number(value),
                _ => Value::Is(value > 1),
            };
            let seconds = Value::Number(u32::try_from(i64::from(value) * (end - start) / 3).unwrap());
            let mut record = match what {
                0 | 1 => usage(kind, Form::Interval, start, (value != 3).then_some(end), is),
                2 => usage(kind, Form::Change, start, None, is),
                3 => usage(kind, Form::Sample, start, None, is),
                4 => usage(kind, Form::Bucket, start, Some(end), seconds),
                5 => coverage(&[kind, Kind::Presence], start, end, State::Observed, None),
                _ => coverage(&[kind], start, end, State::Blind, Some("offline")),
            };
            if let Record::Usage(usage) = &mut record {
                usage.resolution = resolution;
            }
            if is_other {
                record = of_device(record, "x");
            }
            if is_withdrawn { withdrawn(record) } else { record }
        },
    );
    prop::collection::vec(record, 0..most)
}
