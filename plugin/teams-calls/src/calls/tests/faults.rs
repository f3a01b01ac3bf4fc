//! Failures: each costs as little as it can, and a room of which not all could be read keeps what is stored. `throttling` has what asks to wait or is
//! too much at once.

use super::*;
use connector_sdk::{FetchError, SecretError, UsageError};
use proptest::prelude::*;
use serde_json::Value as Json;

pub(super) fn refusal(code: &str) -> Json {
    json!({"error": {"code": code, "message": "", "innerError": {"request-id": "0"}}})
}

pub(super) fn listed() -> Json {
    list(&[("c1", 1, "10:00", "11:00")])
}

/// Outcomes in a line each.
pub(super) fn outcomes(script: &Script, rooms: &[SpaceRequest]) -> Vec<String> {
    let line = |outcome: &SpaceOutcome| match outcome {
        SpaceOutcome::Collected(_) => "collected".to_owned(),
        SpaceOutcome::RetryAfter(seconds) => format!("retry after {seconds}"),
        SpaceOutcome::Denied(why) => format!("denied: {}", why.message),
        SpaceOutcome::Missing(why) => format!("missing: {}", why.message),
        SpaceOutcome::Failed(why) => format!("failed: {}", why.message),
    };
    collect(script, rooms).iter().map(line).collect()
}

/// The outcome of room A with this answer to its list; room B has no calls.
pub(super) fn with_list(status: u16, headers: &[(&str, &str)], body: Json) -> String {
    let script = Script::default()
        .on_with(&of(A), status, headers, body)
        .on(&of(B), 200, list(&[]));
    let mut outcomes = outcomes(&script, &[room(A, None), room(B, None)]);
    assert_eq!(outcomes[1], "collected");
    outcomes.remove(0)
}

/// The outcomes of room A with this answer to its record; room B has another, which can be read.
pub(super) fn with_record(status: u16, headers: &[(&str, &str)], body: Json) -> String {
    let script = Script::default()
        .on(&of(A), 200, listed())
        .on(&of(B), 200, list(&[("c2", 1, "10:00", "11:00")]))
        .on_with("/callRecords/c1?", status, headers, body)
        .on(
            "/callRecords/c2?",
            200,
            meeting(1, &[session("s2", B, "10:00", "11:00")]),
        );
    let mut outcomes = outcomes(&script, &[room(A, None), room(B, None)]);
    assert_eq!(outcomes[1], "collected");
    assert_eq!(lines(&script), ["b 1 Call c2:s2 10T10:00:00Z 10T11:00:00Z"]);
    outcomes.remove(0)
}

/// What a call says that could do nothing.
fn error(script: &Script) -> CollectError {
    now(collect_usage(
        script,
        SETTINGS,
        &[room(A, None), room(B, None)],
        tenth_of_march(),
    ))
    .unwrap_err()
}

#[test]
fn without_the_permission_the_source_is_denied_once_with_the_permission_and_where_to_grant_it() {
    let script = Script::default().on("/callRecords?", 403, refusal("Forbidden"));
    let CollectError::Denied(reason) = error(&script) else {
        panic!("not denied")
    };
    assert_eq!(
        (reason.message.as_str(), reason.code.as_deref()),
        (
            "call records: the application may not do this (HTTP 403 Forbidden)",
            Some("Forbidden")
        )
    );
    let advice = reason.advice.unwrap();
    for part in [
        "CallRecords.Read.All",
        "admin consent in Microsoft Entra",
        "two hours",
    ] {
        assert!(advice.contains(part), "{advice}");
    }
}

#[test]
fn a_single_refusal_is_that_of_its_room() {
    let denied = with_list(403, &[], refusal("Forbidden"));
    assert_eq!(
        denied,
        "denied: call records of a@contoso.com: the application may not do this (HTTP 403 Forbidden)"
    );
    assert!(with_record(403, &[], refusal("Forbidden")).starts_with("denied: "));
    assert!(with_list(404, &[], refusal("NotFound")).starts_with("failed: call records of a@contoso.com: "));
    assert!(with_list(400, &[], refusal("BadRequest")).contains("HTTP 400 BadRequest"));
    assert!(with_record(500, &[], refusal("InternalServerError")).starts_with("failed: "));
}

#[test]
fn html_half_an_answer_and_another_shape_fail_the_room() {
    for body in [
        json!("<html>Sign in</html>"),
        json!(null),
        json!({"value": 7}),
        json!({}),
        json!({"value": [{"version": 1}]}),
        json!({"value": [{"id": "", "version": 1}]}),
        json!({"value": [{"id": "x".repeat(129), "version": 1}]}),
        json!({"value": [{"id": "c1", "version": -1}]}),
    ] {
        let outcome = with_list(200, &[], body.clone());
        assert!(
            outcome.starts_with("failed: call records of a@contoso.com: "),
            "{body}: {outcome}"
        );
    }
    for body in [
        json!("<html>Sign in</html>"),
        json!(null),
        json!({}),
        json!({"version": 1, "type": "groupCall"}),
        json!({"version": 1, "sessions": ["x"]}),
        json!({"version": 1, "sessions": [{"caller": party(A), "startDateTime": time("10:00")}]}),
    ] {
        let outcome = with_record(200, &[], body.clone());
        assert!(
            outcome.starts_with("failed: call records of a@contoso.com: "),
            "{body}: {outcome}"
        );
    }
}

#[test]
fn a_batch_that_is_html_or_leaves_a_request_out_fails_its_rooms() {
    let script = Script::default().raw("$batch", Ok((200, vec![], "<html>".to_owned())));
    assert_eq!(
        outcomes(&script, &[room(A, None)]),
        [
            "failed: call records of a@contoso.com: Microsoft Graph's answer cannot be used: it is HTML or XML, not JSON"
        ]
    );
    let script = Script::default().on("$batch", 200, json!({"responses": []}));
    assert!(outcomes(&script, &[room(A, None)])[0].ends_with("this request was left out of it"));
}

/// The token must go nowhere else, and a circle has no end.
#[test]
fn a_next_page_that_leads_elsewhere_or_repeats_itself_fails_the_room() {
    for link in [
        "https://evil.example/v1.0/communications/callRecords?$skiptoken=1".to_owned(),
        format!("{ROOT}/../beta/communications/callRecords?$skiptoken=1"),
        format!("{ROOT}/communications/callRecords?$skiptoken=again"),
    ] {
        let mut page = list(&[]);
        page["@odata.nextLink"] = json!(link);
        let script = Script::default().on("/callRecords?", 200, page);
        assert!(
            outcomes(&script, &[room(A, None)])[0].starts_with("failed: "),
            "{link}"
        );
        assert!(script.asked().len() <= 4, "{:?}", script.asked());

        let mut opened = meeting(1, &[]);
        opened["sessions@odata.nextLink"] = json!(link);
        let script = Script::default()
            .on(&of(A), 200, listed())
            .on("/c1?", 200, opened.clone())
            .on(
                "$skiptoken=again",
                200,
                json!({"value": [], "@odata.nextLink": link}),
            );
        assert!(
            outcomes(&script, &[room(A, None)])[0].starts_with("failed: "),
            "{link}"
        );
    }
}

#[test]
fn graph_out_of_reach_and_no_token_are_errors_of_the_source_after_one_request() {
    let script = Script::default().raw("$batch", Err(FetchError::ConnectionTimeout("10 s".to_owned())));
    assert!(matches!(error(&script), CollectError::Unreachable(_)));
    assert_eq!(script.requests.borrow().len(), 1);
    let script = Script::default();
    *script.secret.borrow_mut() = Err(SecretError::NotFound("no credential".to_owned()));
    assert!(matches!(error(&script), CollectError::Denied(_)));
    let script = Script::default().on("$batch", 401, refusal("InvalidAuthenticationToken"));
    assert!(matches!(error(&script), CollectError::Denied(_)));
}

#[test]
fn rooms_that_were_complete_stay_so_when_graph_goes_out_of_reach() {
    let lists = json!({"responses": [
        {"id": "0", "status": 200, "body": listed()}, {"id": "1", "status": 200, "body": list(&[])},
    ]});
    let script = Script::default()
        .on("$batch", 200, lists)
        .raw("$batch", Err(FetchError::ConnectionRefused("x".to_owned())));
    let outcomes = outcomes(&script, &[room(A, None), room(B, None)]);
    assert!(outcomes[0].starts_with("failed: "), "{outcomes:?}");
    assert_eq!(outcomes[1], "collected");
}

#[test]
fn unusable_settings_and_a_window_beyond_all_dates_are_errors() {
    let script = Script::default();
    let collected = now(collect_usage(&script, "{}", &[room(A, None)], tenth_of_march()));
    assert!(matches!(collected, Err(CollectError::Settings(_))));
    let never = Window {
        start: i64::MIN,
        end: i64::MAX,
    };
    let collected = now(collect_usage(&script, SETTINGS, &[room(A, None)], never));
    assert!(matches!(collected, Err(CollectError::Failed(_))));
}

#[test]
fn a_record_that_the_collector_refuses_fails_the_room() {
    let script = Script::default()
        .on(&of(A), 200, listed())
        .on(
            "/callRecords/c1?",
            200,
            meeting(1, &[session("s1", A, "10:00", "10:30")]),
        )
        .refusing_records(UsageError::Invalid("too long".to_owned()));
    assert_eq!(
        outcomes(&script, &[room(A, None)]),
        ["failed: the collector refused a record: it is invalid: too long"]
    );
}

/// It is known that Graph mixes times up when a call of two becomes a meeting; and an interval without an end would go on.
#[test]
fn a_session_without_usable_times_is_left_out_and_told() {
    let mut never = session("s2", A, "10:00", "10:30");
    never["endDateTime"] = json!(null);
    let mut sentinel = session("s3", A, "10:00", "10:30");
    sentinel["endDateTime"] = json!("0001-01-01T00:00:00Z");
    let script = Script::default().on(&of(A), 200, listed()).on(
        "/callRecords/c1?",
        200,
        meeting(
            1,
            &[
                session("s1", A, "10:30", "10:00"),
                never,
                sentinel,
                session("s4", A, "10:00", "10:10"),
            ],
        ),
    );
    assert_eq!(outcomes(&script, &[room(A, None)]), ["collected"]);
    assert_eq!(lines(&script), ["a 1 Call c1:s4 10T10:00:00Z 10T10:10:00Z"]);
    assert_eq!(
        script.log.borrow()[..],
        ["Warn: call record c1: 3 sessions of rooms have times that cannot be used, and are left out"]
    );
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(status in prop_oneof![Just(200_u16), 100_u16..600], body in "\\PC{0,60}") {
        let answer = || Ok((status, vec![], body.clone()));
        let script = Script::default().raw("/", answer());
        let _ = now(collect_usage(&script, SETTINGS, &[room(A, Some(&body))], tenth_of_march()));
        let part = json!({"responses": [{"id": "0", "status": status, "body": body}]});
        let script = Script::default().on("$batch", 200, part);
        let _ = now(collect_usage(&script, SETTINGS, &[room(A, None)], tenth_of_march()));
    }
}
