//! Small worlds in few words: one room of HQ for 8, Tuesday 2026-03-10, open 08:00 to 18:00 UTC, all of it read, asked two days later.

use serde_json::{Value, json};

/// A time of 2026-03-10, `09:00` or `09:00:30`, or of a day of that month, `11 09:00`.
pub(crate) fn at(time: &str) -> i64 {
    let (day, time) = time.split_once(' ').unwrap_or(("10", time));
    let mut parts = time.split(':').map(|part| part.parse::<i64>().unwrap());
    let mut next = || parts.next().unwrap_or(0);
    // 2026-03-01
    1_772_323_200 + (day.parse::<i64>().unwrap() - 1) * 86_400 + next() * 3600 + next() * 60 + next()
}

fn instant(time: &str) -> String {
    oracle::clock::instant_of(at(time))
}

/// The room.
pub(crate) const ROOM: &str = "conf-a@contoso.com";

/// That room with these bookings and records.
pub(crate) fn world(bookings: &[Value], records: &[Value]) -> Value {
    json!({
        "now": at("12 00:00"),
        "insights": {},
        "rooms": [room(ROOM)],
        "bookings": bookings,
        "readings": [read(ROOM, "9 00:00", "20 00:00")],
        "records": records,
    })
}

/// A room of HQ for 8.
pub(crate) fn room(address: &str) -> Value {
    json!({"source": "contoso", "address": address, "building": "HQ", "capacity": 8, "spaces": []})
}

/// A complete reading of a room.
pub(crate) fn read(room: &str, from: &str, to: &str) -> Value {
    json!({"source": "contoso", "room": room, "spans": [[at(from), at(to)]]})
}

/// A confirmed booking.
pub(crate) fn booking(id: &str, from: &str, to: &str) -> Value {
    json!({
        "source": "contoso", "room": ROOM, "id": id, "series": null, "start": at(from), "end": at(to),
        "all_day": false, "status": "confirmed", "removed_at": null, "first_seen": null, "read_before": [],
    })
}

/// A booking that was removed.
pub(crate) fn removed(id: &str, from: &str, to: &str, moment: &str) -> Value {
    with(
        booking(id, from, to),
        json!({"removed_at": at(moment), "status": "cancelled"}),
    )
}

/// The same with other values for some keys.
pub(crate) fn with(mut value: Value, changes: Value) -> Value {
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    value
}

fn usage(kind: &str, form: &str, from: &str, to: Option<&str>, value: Value) -> Value {
    json!({
        "type": "usage", "source": "webex", "space": ROOM, "device": null,
        "key": format!("{kind} {form} {from} {to:?} {value}"), "revision": 1, "withdrawn": false,
        "kind": kind, "form": form, "start": instant(from), "end": to.map(instant), "value": value, "resolution": null,
    })
}

/// A device said so for that time.
pub(crate) fn interval(kind: &str, from: &str, to: &str, value: impl Into<Value>) -> Value {
    usage(kind, "interval", from, Some(to), value.into())
}

/// A device said so, and it has not ended.
pub(crate) fn open_interval(kind: &str, from: &str, value: impl Into<Value>) -> Value {
    usage(kind, "interval", from, None, value.into())
}

/// A device said so when it changed.
pub(crate) fn change(kind: &str, at: &str, value: impl Into<Value>) -> Value {
    usage(kind, "change", at, None, value.into())
}

/// A device was asked.
pub(crate) fn sample(kind: &str, at: &str, value: impl Into<Value>) -> Value {
    usage(kind, "sample", at, None, value.into())
}

/// So many seconds of that time.
pub(crate) fn bucket(kind: &str, from: &str, to: &str, seconds: i64) -> Value {
    usage(kind, "bucket", from, Some(to), seconds.into())
}

/// The count of people during that time.
pub(crate) fn people(from: &str, to: &str, count: i64) -> Value {
    interval("people-count", from, to, count)
}

/// A device could have told.
pub(crate) fn observed(kinds: &str, from: &str, to: &str) -> Value {
    coverage(kinds, from, to, "observed", Value::Null)
}

/// A device could not.
pub(crate) fn blind(kinds: &str, from: &str, to: &str, reason: &str) -> Value {
    coverage(kinds, from, to, "blind", reason.into())
}

fn coverage(kinds: &str, from: &str, to: &str, state: &str, reason: Value) -> Value {
    json!({
        "type": "coverage", "source": "webex", "space": ROOM, "device": null,
        "key": format!("{kinds} {state} {from} {to} {reason}"), "revision": 1, "withdrawn": false,
        "kinds": kinds.split(' ').collect::<Vec<_>>(), "start": instant(from), "end": instant(to),
        "state": state, "reason": reason,
    })
}

/// That Tuesday.
pub(crate) fn tuesday(by: &str) -> Value {
    json!({"from": "2026-03-10", "to": "2026-03-11", "by": by, "buildings": [], "rooms": []})
}

/// The only group of that Tuesday by `all`.
pub(crate) fn figures(world: &Value) -> Value {
    oracle::report(world, &tuesday("all"))["groups"][0].clone()
}

/// The groups of that Tuesday.
pub(crate) fn groups(world: &Value, by: &str) -> Vec<Value> {
    oracle::report(world, &tuesday(by))["groups"]
        .as_array()
        .unwrap()
        .clone()
}

/// The verdicts of that Tuesday as `id verdict`, with the reason behind a colon.
pub(crate) fn verdicts(world: &Value) -> Vec<String> {
    let told = |verdict: &Value| {
        let (id, name) = (
            verdict["id"].as_str().unwrap(),
            verdict["verdict"].as_str().unwrap(),
        );
        verdict["reason"]
            .as_str()
            .map_or(format!("{id} {name}"), |reason| format!("{id} {name}: {reason}"))
    };
    oracle::verdicts(world, &tuesday("all"))
        .iter()
        .map(told)
        .collect()
}

/// The verdict of the booking from 09:00 to 10:00 with these records, with occupied and known seconds.
pub(crate) fn judge(records: &[Value]) -> (String, i64, i64) {
    let verdict = &oracle::verdicts(&world(&[booking("", "09:00", "10:00")], records), &tuesday("all"))[0];
    let name = verdict["verdict"].as_str().unwrap();
    let told = verdict["reason"]
        .as_str()
        .map_or(name.to_owned(), |reason| format!("{name}: {reason}"));
    (
        told,
        verdict["occupied_seconds"].as_i64().unwrap(),
        verdict["known_seconds"].as_i64().unwrap(),
    )
}

/// Six cells: booked occupied, vacant, unknown, then unbooked.
pub(crate) fn cells(figures: &Value) -> [i64; 6] {
    let cell = |key: &str| figures["cells"][key].as_i64().unwrap();
    [
        cell("booked_occupied"),
        cell("booked_vacant"),
        cell("booked_unknown"),
        cell("unbooked_occupied"),
        cell("unbooked_vacant"),
        cell("unbooked_unknown"),
    ]
}
