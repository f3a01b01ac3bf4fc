//! What a space becomes when Webex does not answer as it should: never an empty room.

use crate::fixture::{Passes, Script, at, counts, march, measured, minutes, now, poll};
use crate::sight::Link;
use connector_sdk::{
    AuthorizationFailure, CollectError, FetchError, Reason, SecretError, SpaceOutcome, SpaceRequest,
    UsageError,
};
use serde_json::json;

const USED: &str = "/v1/workspaceDurationMetrics?";
const PEOPLE: &str = "/v1/workspaceMetrics?";

fn outcome(webex: &Script) -> Result<SpaceOutcome, CollectError> {
    let poll = poll("2026-03-10T11:30:00Z", &[("board", Link::Connected)]);
    let outcome = Passes::default().outcome(webex, "{}", &poll);
    assert!(!matches!(outcome, Ok(SpaceOutcome::Collected(_))), "{outcome:?}");
    outcome
}

fn failure(webex: &Script) -> Reason {
    match outcome(webex) {
        Ok(SpaceOutcome::Failed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn used(body: impl Into<Vec<u8>>) -> Script {
    Script::default()
        .on(USED, 200, &[], body)
        .on(PEOPLE, 200, &[], counts(&[]))
}

#[test]
fn an_answer_about_another_measurement_fails_the_space() {
    let booked = minutes(&[("2026-03-10T09:00:00Z", 60.0)]).replace("timeUsed", "timeBooked");
    let said = "the minutes of use: Webex's answer cannot be used: its measurement is not timeUsed";
    assert_eq!(failure(&used(booked)).message, said);
    let silent = json!({"items": []}).to_string();
    assert!(
        failure(&used(silent))
            .message
            .ends_with("it does not say its measurement")
    );
    let daily = minutes(&[]).replace("hourly", "daily");
    assert!(
        failure(&used(daily))
            .message
            .ends_with("its aggregation is not hourly")
    );
    let other = Script::default().on(USED, 200, &[], minutes(&[])).on(
        PEOPLE,
        200,
        &[],
        counts(&[]).replace("peopleCount", "temperature"),
    );
    assert!(
        failure(&other)
            .message
            .ends_with("its metricName is not peopleCount")
    );
}

#[test]
fn an_answer_that_cannot_be_understood_fails_the_space_with_the_cause() {
    let item = |start: &str, end: &str, duration: serde_json::Value| {
        json!({"measurement": "timeUsed", "items": [{"start": start, "end": end, "duration": duration}]})
            .to_string()
    };
    for (body, cause) in [
        (String::new(), "it is empty"),
        (
            "<!DOCTYPE html><html>Sign in</html>".to_owned(),
            "it is HTML or XML, not JSON",
        ),
        (
            r#"{"measurement":"timeUsed","items":[{"sta"#.to_owned(),
            "it ends after 40 bytes, in the middle of its JSON",
        ),
        (r#"{"measurement":"timeUsed"}"#.to_owned(), "it has no items"),
        (
            r#"{"measurement":"timeUsed","items":null}"#.to_owned(),
            "it has no items",
        ),
        (
            "[]".to_owned(),
            "it has another shape than Webex documents, at line 1 column 2",
        ),
        (
            item("today", "2026-03-10T10:00:00Z", json!(1)),
            "it has an hour without a valid start",
        ),
        (
            item("2026-03-10T09:00:00Z", "2026-03-10T09:30:00Z", json!(1)),
            "it has an hour of another length than an hour",
        ),
        (
            item("2026-03-10T09:00:00Z", "2026-03-10T10:00:00Z", json!(-1)),
            "it has an hour without a valid duration",
        ),
        (
            item("2026-03-10T09:00:00Z", "2026-03-10T10:00:00Z", json!(null)),
            "it has an hour without a valid duration",
        ),
    ] {
        let message = failure(&used(body)).message;
        assert!(message.ends_with(cause), "{message}");
    }
}

#[test]
fn counts_that_cannot_be_understood_fail_the_space() {
    for (people, cause) in [
        (
            [("board", "soon", 1.0)],
            "it has a count without a valid timestamp",
        ),
        (
            [("board", "2026-03-10T10:00:00Z", 1e9)],
            "it has a count that cannot be one",
        ),
    ] {
        let message = failure(&measured(&[], &people)).message;
        assert_eq!(
            message,
            format!("the people counts: Webex's answer cannot be used: {cause}")
        );
    }
}

#[test]
fn each_status_has_its_outcome() {
    for (status, start) in [
        (400, "Failed"),
        (403, "Denied"),
        (404, "Missing"),
        (410, "Missing"),
        (423, "RetryAfter(7)"),
        (429, "RetryAfter(7)"),
        (204, "Failed"),
        (302, "Failed"),
        (500, "Failed"),
        (502, "Failed"),
        (503, "Failed"),
        (504, "Failed"),
    ] {
        let body =
            json!({"message": "No.", "errors": [{"description": "No."}], "trackingId": "R_1"}).to_string();
        let webex = Script::default().on("/v1/", status, &[("retry-after", "7")], body);
        let became = format!("{:?}", outcome(&webex).unwrap());
        assert!(became.starts_with(start), "{status}: {became}");
        assert!(became.contains("R_1") || start.starts_with("Retry"), "{became}");
    }
}

#[test]
fn a_refusal_names_the_scopes_the_role_and_the_tracking_id() {
    let body = json!({"message": "Missing scope", "trackingId": "ROUTER_1"}).to_string();
    let Ok(SpaceOutcome::Denied(reason)) = outcome(&Script::default().on("/v1/", 403, &[], body)) else {
        panic!("not denied")
    };
    assert_eq!(
        reason.message,
        "the minutes of use: Webex does not allow it (HTTP 403: Missing scope)"
    );
    assert_eq!(reason.code.as_deref(), Some("ROUTER_1"));
    let advice = reason.advice.unwrap();
    for part in ["spark-admin:workspace_metrics_read", "administrator", "locations"] {
        assert!(advice.contains(part), "{advice}");
    }
}

#[test]
fn a_wait_without_retry_after_still_waits() {
    let Ok(SpaceOutcome::RetryAfter(seconds)) = outcome(&Script::default().on("/v1/", 429, &[], "")) else {
        panic!("no wait")
    };
    assert!(seconds > 0);
}

#[test]
fn a_dead_token_ends_the_source_with_how_to_get_another() {
    let webex = || Script::default().on("/v1/", 401, &[], "");
    let Err(CollectError::Denied(reason)) = outcome(&webex()) else {
        panic!("not denied")
    };
    assert!(
        reason
            .advice
            .unwrap()
            .contains("refresh-token in [source.credentials]")
    );
    let poll = poll("2026-03-10T11:30:00Z", &[("board", Link::Connected)]);
    let fixed = Passes::default().outcome(&webex(), r#"{"sign-in":"token"}"#, &poll);
    let Err(CollectError::Denied(reason)) = fixed else {
        panic!("not denied")
    };
    assert!(reason.advice.unwrap().contains("12 hours"));
}

#[test]
fn without_a_token_the_source_fails_as_a_whole() {
    let failed = |error: SecretError| {
        let webex = Script::default();
        *webex.secret.borrow_mut() = Err(error);
        outcome(&webex).unwrap_err()
    };
    let expired = SecretError::Authorization(AuthorizationFailure {
        status: 400,
        error: "invalid_grant".to_owned(),
        ..AuthorizationFailure::default()
    });
    let CollectError::Denied(reason) = failed(expired) else {
        panic!("not denied")
    };
    assert_eq!(reason.message, "Webex refuses a token: HTTP 400 invalid_grant");
    assert!(reason.advice.unwrap().contains("90 days"));
    let down = SecretError::Authorization(AuthorizationFailure {
        status: 503,
        ..AuthorizationFailure::default()
    });
    assert!(matches!(failed(down), CollectError::Failed(_)));
    let unreachable = SecretError::Unavailable("no route".to_owned());
    assert!(matches!(failed(unreachable), CollectError::Unreachable(_)));
}

#[test]
fn without_an_answer_the_space_fails_with_the_collectors_words() {
    let denied = FetchError::RequestDenied("add https://webexapis.com to http".to_owned());
    let webex = Script::default().answering("/v1/", Err(denied));
    let reason = failure(&webex);
    assert!(reason.message.contains("add https://webexapis.com to http"));
    assert!(reason.advice.unwrap().contains("Grant https://webexapis.com"));
}

#[test]
fn a_record_that_the_collector_refuses_fails_the_space() {
    let mut webex = measured(&[], &[("board", "2026-03-10T10:00:00Z", 2.0)]);
    webex.refuses_records = Some(UsageError::Invalid("its key is too long".to_owned()));
    assert!(failure(&webex).message.contains("its key is too long"));
}

#[test]
fn one_space_that_fails_keeps_no_other_from_being_read() {
    let webex = Script::default()
        .on("workspaceId=broken", 500, &[], "")
        .on(
            "workspaceMetrics?workspaceId=slow",
            429,
            &[("retry-after", "30")],
            "",
        )
        .on(USED, 200, &[], minutes(&[]))
        .on(
            PEOPLE,
            200,
            &[],
            counts(&[("board", "2026-03-10T10:00:00Z", 2.0)]),
        );
    let notes = poll("2026-03-10T11:30:00Z", &[("board", Link::Connected)]).text();
    let spaces = ["broken", "atrium", "slow"].map(|key| SpaceRequest {
        key: key.to_owned(),
        notes: notes.clone(),
        cursor: None,
    });
    let results = now(crate::collect::collect_usage(&webex, "{}", &spaces, march())).unwrap();
    assert!(matches!(results[0].outcome, SpaceOutcome::Failed(_)));
    assert!(matches!(results[1].outcome, SpaceOutcome::Collected(_)));
    assert_eq!(results[2].outcome, SpaceOutcome::RetryAfter(30));
    assert_eq!(webex.usage.borrow().len(), 1);
}

#[test]
fn notes_of_another_version_fail_the_space_until_the_next_listing() {
    let request = SpaceRequest {
        key: "atrium".to_owned(),
        notes: "{}".to_owned(),
        cursor: None,
    };
    let results = now(crate::collect::collect_usage(
        &Script::default(),
        "{}",
        &[request],
        march(),
    ))
    .unwrap();
    assert!(matches!(results[0].outcome, SpaceOutcome::Failed(_)));
}

#[test]
fn a_cursor_that_is_not_understood_counts_as_none() {
    let mut room = Passes {
        cursor: Some("full".to_owned()),
    };
    let webex = measured(&[], &[("board", "2026-03-10T10:00:00Z", 2.0)]);
    let found = room.pass(
        &webex,
        &poll("2026-03-10T11:30:00Z", &[("board", Link::Connected)]),
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn a_window_that_lies_ahead_asks_for_nothing() {
    let webex = Script::default();
    let early = poll("2026-03-08T11:30:00Z", &[("board", Link::Connected)]);
    assert!(at("2026-03-08T11:30:00Z") < march().start);
    assert!(Passes::default().pass(&webex, &early).is_empty());
    assert!(webex.requests.borrow().is_empty());
}
