//! What is emitted, and when; `versions` has what a later pass does, `faults` and `throttling` the failures.

use super::*;
use crate::fixture::*;
use connector_sdk::script::at;
use graph::script::Script;
use serde_json::json;

mod faults;
mod throttling;
mod versions;

/// Outcomes, in the order of the rooms.
fn collect(script: &Script, rooms: &[SpaceRequest]) -> Vec<SpaceOutcome> {
    let results = now(collect_usage(script, SETTINGS, rooms, tenth_of_march())).unwrap();
    let keys: Vec<&str> = results.iter().map(|result| result.key.as_str()).collect();
    assert_eq!(
        keys,
        rooms.iter().map(|room| room.key.as_str()).collect::<Vec<_>>()
    );
    results.into_iter().map(|result| result.outcome).collect()
}

/// The emitted lines of room A in one meeting with these sessions.
fn emitted(sessions: &[serde_json::Value]) -> Vec<String> {
    let script = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "10:00", "11:00")]))
        .on("/callRecords/c1?", 200, meeting(1, sessions));
    cursor(&collect(&script, &[room(A, None)])[0]);
    lines(&script)
}

#[test]
fn a_session_of_the_room_is_a_call_with_the_times_of_the_session_and_not_of_the_meeting() {
    assert_eq!(
        emitted(&[
            session("s1", A, "10:02", "10:30"),
            session("s2", PERSON, "10:00", "11:00")
        ]),
        ["a 1 Call c1:s1 10T10:02:00Z 10T10:30:00Z"]
    );
}

#[test]
fn a_record_is_an_interval_that_is_true_and_names_no_device() {
    let script = Script::default()
        .on(&of(A), 200, list(&[("c1", 7, "10:00", "11:00")]))
        .on(
            "/callRecords/c1?",
            200,
            meeting(7, &[session("s1", A, "10:02", "10:30")]),
        );
    collect(&script, &[room(A, None)]);
    assert_eq!(
        script.usage.borrow()[..],
        [UsageRecord {
            space: A.into(),
            device: None,
            key: "c1:s1".into(),
            revision: 7,
            withdrawn: false,
            kind: Kind::Call,
            form: Form::Interval,
            start: at("2026-03-10T10:02:00Z"),
            end: Some(at("2026-03-10T10:30:00Z")),
            value: Value::Flag(true),
            resolution: None,
        }]
    );
}

#[test]
fn a_room_that_left_and_came_back_or_has_two_devices_has_each_session_as_it_is() {
    assert_eq!(
        emitted(&[
            session("s1", A, "10:00", "10:20"),
            session("s2", A, "10:25", "11:00"),
            session("s3", A, "10:10", "10:40"),
        ]),
        [
            "a 1 Call c1:s1 10T10:00:00Z 10T10:20:00Z",
            "a 1 Call c1:s2 10T10:25:00Z 10T11:00:00Z",
            "a 1 Call c1:s3 10T10:10:00Z 10T10:40:00Z",
        ]
    );
}

/// Only a call proves something, and a moment without one nothing: people meet without a call.
#[test]
fn a_room_without_calls_is_collected_and_nothing_says_that_it_was_empty() {
    let script = Script::default().on(&of(A), 200, list(&[]));
    cursor(&collect(&script, &[room(A, None)])[0]);
    assert_eq!(lines(&script), [""; 0]);
    assert_eq!(script.coverage.borrow().len(), 0);
}

/// With coverage, a call would count only inside it.
#[test]
fn calls_come_without_coverage() {
    let script = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "10:00", "11:00")]))
        .on(
            "/callRecords/c1?",
            200,
            meeting(1, &[session("s1", A, "10:00", "11:00")]),
        );
    collect(&script, &[room(A, None)]);
    assert_eq!((lines(&script).len(), script.coverage.borrow().len()), (1, 0));
}

#[test]
fn a_screen_that_the_room_showed_is_a_presentation_and_one_that_it_saw_is_none() {
    let whole = session("s1", A, "10:00", "11:00");
    let showed = with_screen(
        whole.clone(),
        &[
            ("callerToCallee", Some(("10:05", "10:15"))),
            ("calleeToCaller", Some(("10:30", "10:50"))),
        ],
    );
    let start = at("2026-03-10T10:05:00Z");
    assert_eq!(
        emitted(&[showed]),
        [
            "a 1 Call c1:s1 10T10:00:00Z 10T11:00:00Z".to_owned(),
            format!("a 1 Presentation c1:s1:share:{start} 10T10:05:00Z 10T10:15:00Z"),
        ]
    );
    let saw = with_screen(whole, &[("calleeToCaller", Some(("10:30", "10:50")))]);
    assert_eq!(emitted(&[saw]), ["a 1 Call c1:s1 10T10:00:00Z 10T11:00:00Z"]);
}

#[test]
fn two_rooms_of_one_meeting_have_each_their_own_and_the_record_is_opened_once() {
    let listed = || list(&[("c1", 1, "10:00", "11:00")]);
    let sessions = [
        session("s1", A, "10:00", "10:30"),
        session("s2", B, "10:15", "11:00"),
    ];
    let script = Script::default()
        .on(&of(A), 200, listed())
        .on(&of(B), 200, listed())
        .on("/callRecords/c1?", 200, meeting(1, &sessions));
    collect(&script, &[room(A, None), room(B, None)]);
    assert_eq!(
        lines(&script),
        [
            "a 1 Call c1:s1 10T10:00:00Z 10T10:30:00Z",
            "b 1 Call c1:s2 10T10:15:00Z 10T11:00:00Z"
        ]
    );
    let opened = script.asked().iter().filter(|url| url.contains("/c1?")).count();
    assert_eq!(opened, 1);
}

/// A key is unique in the source, and both rooms have the one session.
#[test]
fn two_rooms_that_call_each_other_have_each_a_record_of_its_own() {
    let listed = || list(&[("c1", 1, "10:00", "10:30")]);
    let whole = record(
        "peerToPeer",
        1,
        &[between("s1", &party(A), &party(B), "10:00", "10:30")],
    );
    let script = Script::default()
        .on(&of(A), 200, listed())
        .on(&of(B), 200, listed())
        .on("/callRecords/c1?", 200, whole);
    collect(&script, &[room(A, None), room(B, None)]);
    assert_eq!(
        lines(&script),
        [
            "a 1 Call c1:s1 10T10:00:00Z 10T10:30:00Z",
            "b 1 Call c1:s1:callee 10T10:00:00Z 10T10:30:00Z"
        ]
    );
}

#[test]
fn only_in_a_record_of_a_meeting_is_a_called_room_not_in_the_session() {
    for (kind, calls) in [("groupCall", 0), ("peerToPeer", 1), ("unknown", 1)] {
        let whole = record(
            kind,
            1,
            &[between("s1", &party(PERSON), &party(A), "10:00", "10:30")],
        );
        let script = Script::default()
            .on(&of(A), 200, list(&[("c1", 1, "10:00", "10:30")]))
            .on("/callRecords/c1?", 200, whole);
        collect(&script, &[room(A, None)]);
        assert_eq!(lines(&script).len(), calls, "{kind}");
    }
}

#[test]
fn each_room_is_listed_by_its_account_and_by_starts_from_thirty_hours_before_the_window() {
    let script = Script::default().on("/callRecords?", 200, list(&[]));
    collect(&script, &[room(A, None)]);
    assert_eq!(
        script.asked(),
        [
            "/$batch".to_owned(),
            format!(
                "+/communications/callRecords?$filter=startDateTime%20ge%202026-03-08T18:00:00Z%20and%20\
                 startDateTime%20lt%202026-03-11T00:00:00Z%20and%20{}&$select=id,version,startDateTime,endDateTime",
                of(A)
            ),
        ]
    );
}

/// It had no record yet when its first hours were in the window.
#[test]
fn a_call_that_began_before_the_window_and_ended_in_it_is_emitted_whole() {
    let sessions = [
        session("s1", A, "09T20:00", "09T23:00"),
        session("s2", A, "09T23:30", "10T01:00"),
    ];
    let script = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "09T20:00", "10T01:00")]))
        .on("/callRecords/c1?", 200, meeting(1, &sessions));
    collect(&script, &[room(A, None)]);
    assert_eq!(
        lines(&script),
        [
            "a 1 Call c1:s1 09T20:00:00Z 09T23:00:00Z",
            "a 1 Call c1:s2 09T23:30:00Z 10T01:00:00Z"
        ]
    );
}

#[test]
fn a_call_that_ended_before_the_window_is_not_opened() {
    let script = Script::default().on(&of(A), 200, list(&[("c1", 1, "09T20:00", "09T21:00")]));
    cursor(&collect(&script, &[room(A, None)])[0]);
    assert_eq!(script.asked().len(), 2);
}

#[test]
fn twenty_rooms_are_listed_in_one_batch_and_their_new_records_opened_in_another() {
    let accounts: Vec<String> = (0..20)
        .map(|at| format!("{at:08}-1111-4222-8333-444444440000"))
        .collect();
    let rooms: Vec<SpaceRequest> = accounts.iter().map(|account| room(account, None)).collect();
    let mut script = Script::default();
    for (at, account) in accounts.iter().enumerate() {
        let id = format!("c{at}-");
        script = script
            .on(&of(account), 200, list(&[(&id, 1, "10:00", "11:00")]))
            .on(
                &format!("/{id}?"),
                200,
                meeting(1, &[session("s", account, "10:00", "11:00")]),
            );
    }
    let outcomes = collect(&script, &rooms);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, SpaceOutcome::Collected(_)))
    );
    assert_eq!((lines(&script).len(), script.requests.borrow().len()), (20, 2));
}

#[test]
fn pages_of_a_list_and_of_sessions_are_followed() {
    let mut first = list(&[("c1", 1, "10:00", "11:00")]);
    first["@odata.nextLink"] = json!(format!("{ROOT}/communications/callRecords?$skiptoken=empty"));
    let mut empty = list(&[]);
    empty["@odata.nextLink"] = json!(format!("{ROOT}/communications/callRecords?$skiptoken=last"));
    let mut opened = meeting(1, &[session("s1", PERSON, "10:00", "11:00")]);
    opened["sessions@odata.nextLink"] = json!(format!(
        "{ROOT}/communications/callRecords('c1')/sessions?$expand=segments&$skiptoken=2"
    ));
    let second = json!({"value": [session("s2", A, "10:10", "10:20")]});
    let script = Script::default()
        .on(&of(A), 200, first)
        .on("$skiptoken=empty", 200, empty)
        .on("$skiptoken=last", 200, list(&[("c2", 1, "12:00", "13:00")]))
        .on("/c1?", 200, opened)
        .on("('c1')/sessions?$expand=segments&$skiptoken=2", 200, second)
        .on("/c2?", 200, meeting(3, &[session("s9", A, "12:00", "12:30")]));
    cursor(&collect(&script, &[room(A, None)])[0]);
    assert_eq!(
        lines(&script),
        [
            "a 1 Call c1:s2 10T10:10:00Z 10T10:20:00Z",
            "a 3 Call c2:s9 10T12:00:00Z 10T12:30:00Z"
        ]
    );
}

#[test]
fn nothing_about_other_participants_is_emitted_logged_or_remembered() {
    let mut other = session("s2", PERSON, "10:00", "11:00");
    other["startDateTime"] = json!("never");
    let script = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "10:00", "11:00")]))
        .on(
            "/callRecords/c1?",
            200,
            meeting(1, &[session("s1", A, "10:00", "10:30"), other]),
        );
    let kept = format!(
        "{} {:?} {:?} {:?}",
        cursor(&collect(&script, &[room(A, None)])[0]),
        script.usage.borrow(),
        script.log.borrow(),
        script
            .requests
            .borrow()
            .iter()
            .map(|request| &request.url)
            .collect::<Vec<_>>(),
    );
    assert!(kept.contains("s1"), "{kept}");
    for personal in [PERSON, "Pat", "pat.doe", "machine", "10.150", "s2", "secret"] {
        assert!(!kept.contains(personal), "{personal} in {kept}");
    }
}
