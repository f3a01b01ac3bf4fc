//! Rooms, people and calls for tests.

use connector_sdk::script::{at, written};
use connector_sdk::{SpaceOutcome, SpaceRequest, UsageRecord, Window};
use graph::script::Script;
pub(crate) use graph::script::{ROOT, now};
use serde_json::{Value, json};

/// Settings that leave everything at its default.
pub(crate) const SETTINGS: &str = r#"{"tenant":"contoso.onmicrosoft.com"}"#;

/// The accounts of three rooms, and of a person.
pub(crate) const A: &str = "aaaaaaaa-1111-4222-8333-44444444000a";
pub(crate) const B: &str = "bbbbbbbb-1111-4222-8333-44444444000b";
pub(crate) const C: &str = "cccccccc-1111-4222-8333-44444444000c";
pub(crate) const PERSON: &str = "99999999-1111-4222-8333-444444440009";

/// The window of the tests: one day.
pub(crate) fn tenth_of_march() -> Window {
    Window {
        start: at("2026-03-10T00:00:00Z"),
        end: at("2026-03-11T00:00:00Z"),
    }
}

/// A room to be read.
pub(crate) fn room(account: &str, cursor: Option<&str>) -> SpaceRequest {
    SpaceRequest {
        key: account.to_owned(),
        notes: format!("{}@contoso.com", &account[..1]),
        cursor: cursor.map(str::to_owned),
    }
}

/// A time of the tenth of March, as Graph writes it: `10:00` is `2026-03-10T10:00:00.0000000Z`. Another day is given with it: `09T10:00`.
pub(crate) fn time(text: &str) -> String {
    let (day, hour) = text.split_once('T').unwrap_or(("10", text));
    format!("2026-03-{day}T{hour}:00.0000000Z")
}

/// A page of a list: records by id and version, each from one time to another.
pub(crate) fn list(records: &[(&str, u64, &str, &str)]) -> Value {
    let record = |(id, version, start, end): &(&str, u64, &str, &str)| json!({"id": id, "version": version, "startDateTime": time(start), "endDateTime": time(end)});
    json!({"@odata.context": "x", "value": records.iter().map(record).collect::<Vec<_>>()})
}

/// A record of a meeting with its sessions, from 10:00 to 11:00.
pub(crate) fn meeting(version: u64, sessions: &[Value]) -> Value {
    record("groupCall", version, sessions)
}

pub(crate) fn record(kind: &str, version: u64, sessions: &[Value]) -> Value {
    json!({
        "@odata.context": "x", "id": "ignored", "version": version, "type": kind, "modalities": ["audio"],
        "lastModifiedDateTime": time("11:30"), "startDateTime": time("10:00"), "endDateTime": time("11:00"),
        "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/secret",
        "organizer_v2": {"id": PERSON, "identity": {"user": {"id": PERSON, "displayName": "Pat Doe"}}},
        "sessions": sessions,
    })
}

/// A party of a session, signed in as this account.
pub(crate) fn party(account: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.callRecords.participantEndpoint",
        "name": "machine", "userAgent": {"platform": "roomSystem", "headerValue": "x"},
        "associatedIdentity": {
            "id": account, "displayName": "Pat Doe", "tenantId": "t", "userPrincipalName": "pat.doe@contoso.com",
        },
    })
}

/// The service, as the other party of a session of a meeting.
pub(crate) fn service() -> Value {
    json!({"@odata.type": "#microsoft.graph.callRecords.serviceEndpoint", "userAgent": {"role": "mcu"}})
}

/// A session of a meeting.
pub(crate) fn session(id: &str, account: &str, start: &str, end: &str) -> Value {
    between(id, &party(account), &service(), start, end)
}

/// A session between two parties.
pub(crate) fn between(id: &str, caller: &Value, callee: &Value, start: &str, end: &str) -> Value {
    json!({
        "id": id, "modalities": ["audio", "video"], "startDateTime": time(start), "endDateTime": time(end),
        "isTest": false, "failureInfo": null, "caller": caller, "callee": callee,
        "segments": [{
            "id": "segment", "startDateTime": time(start), "endDateTime": time(end), "caller": caller, "callee": callee,
            "media": [media("main-audio", &[("callerToCallee", Some((start, end))), ("calleeToCaller", Some((start, end)))])],
        }],
    })
}

/// Streams of a medium, each with its direction and times.
pub(crate) fn media(label: &str, streams: &[(&str, Option<(&str, &str)>)]) -> Value {
    let stream = |(direction, span): &(&str, Option<(&str, &str)>)| {
        json!({
            "streamId": "1504545584", "streamDirection": direction, "averageJitter": "PT0.016S",
            "startDateTime": span.map(|(start, _)| time(start)), "endDateTime": span.map(|(_, end)| time(end)),
        })
    };
    json!({"label": label, "callerNetwork": {"ipAddress": "10.150.0.2"}, "streams": streams.iter().map(stream).collect::<Vec<_>>()})
}

/// A session in which a screen was shown as well.
pub(crate) fn with_screen(mut session: Value, streams: &[(&str, Option<(&str, &str)>)]) -> Value {
    let shown = media("applicationsharing-video", streams);
    session["segments"][0]["media"]
        .as_array_mut()
        .unwrap()
        .push(shown);
    session
}

/// The part of an address by which the records of an account are listed.
pub(crate) fn of(account: &str) -> String {
    format!("participants_v2/any(p:p/id%20eq%20'{account}')")
}

/// The emitted records in a line each: `a 3 Call c1:s1 10T10:00:00Z 10T10:30:00Z`, of room, revision, kind, key, start and end.
pub(crate) fn lines(script: &Script) -> Vec<String> {
    let line = |record: &UsageRecord<'_>| {
        let UsageRecord {
            space,
            key,
            revision,
            kind,
            start,
            end,
            ..
        } = record;
        let withdrawn = if record.withdrawn { " withdrawn" } else { "" };
        let times = [*start, end.unwrap()].map(|at| written(at)[8..].to_owned());
        format!(
            "{} {revision}{withdrawn} {kind:?} {key} {}",
            &space[..1],
            times.join(" ")
        )
    };
    script.usage.borrow().iter().map(line).collect()
}

/// The cursor of a room that was collected.
pub(crate) fn cursor(outcome: &SpaceOutcome) -> String {
    match outcome {
        SpaceOutcome::Collected(Some(cursor)) => cursor.clone(),
        other => panic!("{other:?}"),
    }
}
