use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn usage() -> Json {
    json!({
        "type": "usage", "source": "webex", "space": "Y2lz", "device": null, "key": "k1", "revision": 1, "withdrawn": false,
        "kind": "people-count", "form": "sample", "start": "2026-03-10T10:00:00Z", "end": null, "value": 4, "resolution": 300,
    })
}

fn coverage() -> Json {
    json!({
        "type": "coverage", "source": "webex", "space": "Y2lz", "device": null, "key": "c1", "revision": 1, "withdrawn": false,
        "kinds": ["people-count", "presence"], "start": "2026-03-10T08:00:00Z", "end": "2026-03-10T18:00:00Z", "state": "observed",
        "reason": null,
    })
}

/// A record with other values for some keys.
fn with(mut record: Json, other: Json) -> Json {
    for (key, value) in other.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn refused(record: &Json) -> String {
    read_json(&record.to_string()).unwrap_err().to_string()
}

fn written(record: &Record) -> String {
    serde_json::to_string(&Line::of(record)).unwrap()
}

#[test]
fn a_record_is_written_with_exactly_the_keys_of_the_contract() {
    assert_eq!(
        written(&read_json(&usage().to_string()).unwrap()),
        "{\"type\":\"usage\",\"source\":\"webex\",\"space\":\"Y2lz\",\"device\":null,\"key\":\"k1\",\"revision\":1,\"withdrawn\":false,\
         \"kind\":\"people-count\",\"form\":\"sample\",\"start\":\"2026-03-10T10:00:00Z\",\"end\":null,\"value\":4,\"resolution\":300}"
    );
    assert_eq!(
        written(&read_json(&coverage().to_string()).unwrap()),
        "{\"type\":\"coverage\",\"source\":\"webex\",\"space\":\"Y2lz\",\"device\":null,\"key\":\"c1\",\"revision\":1,\
         \"withdrawn\":false,\"kinds\":[\"presence\",\"people-count\"],\"start\":\"2026-03-10T08:00:00Z\",\
         \"end\":\"2026-03-10T18:00:00Z\",\"state\":\"observed\",\"reason\":null}"
    );
}

#[test]
fn keys_that_are_null_may_be_left_out() {
    for whole in [usage(), coverage()] {
        let mut short = whole.clone();
        short.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(read_json(&short.to_string()), read_json(&whole.to_string()));
    }
}

#[test]
fn instants_are_utc_and_cut_to_whole_seconds() {
    let record = with(
        usage(),
        json!({"start": "2026-03-10T11:00:00.999+01:00", "end": "2026-03-10T10:00:01.5Z", "form": "interval"}),
    );
    let record = read_json(&record.to_string()).unwrap();
    assert_eq!(
        (record.start(), record.end()),
        (1_773_136_800, Some(1_773_136_801))
    );
}

#[test]
fn an_array_of_the_values_is_no_record() {
    let array = r#"["usage","s","a",null,"k",1,false,"presence","change","2026-03-10T10:00:00Z",null,true,null,null,null,null]"#;
    assert!(read_json(array).is_err());
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_key() {
    let day = json!({"form": "bucket", "end": "2026-03-10T11:00:00Z"});
    for (record, fault) in [
        (
            with(usage(), json!({"value": -1})),
            "value: is negative; where a device cannot count",
        ),
        (
            with(usage(), json!({"value": 1.5})),
            "value: of a people count must be a whole number",
        ),
        (
            with(usage(), json!({"value": true})),
            "value: of a people count must be a whole number",
        ),
        (with(usage(), json!({"value": null})), "value: is missing"),
        (
            with(usage(), json!({"kind": "presence"})),
            "value: must be true or false",
        ),
        (
            with(
                with(usage(), day.clone()),
                json!({"kind": "in-use", "value": 3_601}),
            ),
            "value: of a bucket must be seconds",
        ),
        (
            with(with(usage(), day.clone()), json!({"kind": "in-use", "value": -1})),
            "value: of a bucket must be seconds",
        ),
        (
            with(with(usage(), day), json!({"kind": "in-use", "value": true})),
            "value: of a bucket must be seconds",
        ),
        (
            with(usage(), json!({"kind": "noise"})),
            "kind: is none of call, presentation, presence, in-use, people-count",
        ),
        (
            with(usage(), json!({"form": "guess"})),
            "form: is none of interval, change, sample, bucket",
        ),
        (
            with(usage(), json!({"end": "2026-03-10T09:59:59Z"})),
            "end: is before the start",
        ),
        (
            with(usage(), json!({"form": "bucket"})),
            "end: of a bucket must be after its start",
        ),
        (
            with(usage(), json!({"start": "yesterday"})),
            "start: is not an RFC 3339 instant",
        ),
        (
            with(usage(), json!({"resolution": 0})),
            "resolution: must be at least 1 second",
        ),
        (
            with(usage(), json!({"kinds": ["call"]})),
            "kinds: has no meaning in a usage record",
        ),
        (with(usage(), json!({"key": ""})), "key: is empty"),
        (with(usage(), json!({"device": ""})), "device: is empty"),
        (
            with(usage(), json!({"space": "x".repeat(1_025)})),
            "space: has more than 1024 bytes",
        ),
        (
            with(usage(), json!({"type": "rumour"})),
            "type: is neither usage nor coverage",
        ),
        (with(usage(), json!({"revision": null})), "revision: is missing"),
        (
            with(usage(), json!({"revision": u64::MAX})),
            "revision: must be at most",
        ),
        (
            with(usage(), json!({"attendees": 4})),
            "not a usage or coverage record: unknown field `attendees`",
        ),
        (
            with(usage(), json!({"revision": "1"})),
            "not a usage or coverage record: invalid type: string",
        ),
        (
            with(coverage(), json!({"kinds": []})),
            "kinds: must name at least one of call,",
        ),
        (
            with(coverage(), json!({"kinds": ["call", "noise"]})),
            "kinds: is none of call,",
        ),
        (
            with(coverage(), json!({"end": "2026-03-10T08:00:00Z"})),
            "end: of coverage must be after its start",
        ),
        (
            with(coverage(), json!({"end": null})),
            "end: of coverage must be after its start",
        ),
        (
            with(coverage(), json!({"state": "unknown"})),
            "state: is none of observed, blind",
        ),
        (
            with(coverage(), json!({"value": 4})),
            "value: has no meaning in a coverage record",
        ),
        (
            with(coverage(), json!({"reason": "x".repeat(513)})),
            "reason: has more than 512 bytes",
        ),
    ] {
        let said = refused(&record);
        assert!(said.starts_with(fault), "{record}: {said}");
    }
    assert!(read_json("").is_err());
    assert!(read_json("[]").is_err());
}

#[test]
fn a_row_of_csv_is_the_same_record() {
    let cells = |text: &'static str| COLUMNS.into_iter().zip(text.split(','));
    assert_eq!(
        read_cells(cells(
            "usage,webex,Y2lz,,k1,1,false,people-count,sample,2026-03-10T10:00:00Z,,4,300,,,"
        )),
        read_json(&usage().to_string())
    );
    assert_eq!(
        read_cells(cells(
            "coverage,webex,Y2lz,,c1,1,false,,,2026-03-10T08:00:00Z,2026-03-10T18:00:00Z,,,people-count presence,observed,"
        )),
        read_json(&coverage().to_string())
    );
    for (row, fault) in [
        (
            "usage,webex,Y2lz,,k1,one,false",
            "revision: is not a whole number of 0 or more",
        ),
        (
            "usage,webex,Y2lz,,k1,1,no",
            "withdrawn: is neither true nor false",
        ),
        (
            "usage,webex,Y2lz,,k1,1,false,presence,change,2026-03-10T10:00:00Z,,yes",
            "value: is neither true, false nor a whole number",
        ),
    ] {
        assert_eq!(read_cells(cells(row)).unwrap_err().to_string(), fault);
    }
    assert_eq!(
        read_cells([("type", "usage"), ("att\u{202e}endees", "4")])
            .unwrap_err()
            .to_string(),
        "not a usage or coverage record: unknown column `att\\u{202e}endees`"
    );
}

fn origin() -> impl Strategy<Value = Origin> {
    let name = "[a-zA-Z0-9=:@ ü\"]{1,12}";
    (
        name,
        name,
        proptest::option::of(name),
        name,
        0..=i64::MAX as u64,
        any::<bool>(),
    )
        .prop_map(|(source, space, device, key, revision, withdrawn)| Origin {
            source,
            space,
            device,
            key,
            revision,
            withdrawn,
        })
}

fn any_usage() -> impl Strategy<Value = Record> {
    let kinds = proptest::sample::select(Kind::ALL);
    let forms = proptest::sample::select(Form::ALL);
    let times = (0..4_000_000_000_i64, 1..100_000_u32, any::<bool>());
    (
        origin(),
        kinds,
        forms,
        times,
        any::<u32>(),
        proptest::option::of(1..=u32::MAX),
    )
        .prop_map(
            |(origin, kind, form, (start, length, is_open), number, resolution)| {
                let bucket = form == Form::Bucket;
                let value = match (kind, bucket) {
                    (Kind::PeopleCount, _) => Value::Number(number),
                    (_, true) => Value::Number(number % (length + 1)),
                    (_, false) => Value::Is(number % 2 == 0),
                };
                Record::Usage(UsageRecord {
                    origin,
                    kind,
                    form,
                    start,
                    end: (bucket || !is_open).then_some(start + i64::from(length)),
                    value,
                    resolution,
                })
            },
        )
}

fn any_coverage() -> impl Strategy<Value = Record> {
    let kinds = proptest::sample::subsequence(Kind::ALL.to_vec(), 1..=Kind::ALL.len());
    let states = proptest::sample::select(State::ALL);
    let reason = proptest::option::of("[a-z -]{1,20}");
    (
        origin(),
        kinds,
        0..4_000_000_000_i64,
        1..100_000_i64,
        states,
        reason,
    )
        .prop_map(|(origin, kinds, start, length, state, reason)| {
            Record::Coverage(CoverageRecord {
                origin,
                kinds,
                start,
                end: start + length,
                state,
                reason,
            })
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(record in prop_oneof![any_usage(), any_coverage()]) {
        prop_assert_eq!(read_json(&written(&record)), Ok(record));
    }

    #[test]
    fn no_line_is_too_odd(line in ".{0,200}") {
        let _ = read_json(&line);
        let _ = read_cells([("type", line.as_str()), ("value", line.as_str()), (line.as_str(), "x")]);
    }
}
