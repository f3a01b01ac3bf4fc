//! Refusals, missing and broken answers, and their effect on a room or on the whole call.

use super::*;
use connector_sdk::{AuthorizationFailure, SecretError};
use proptest::prelude::*;

#[test]
fn a_throttled_room_is_to_be_read_again_and_the_others_are_complete() {
    let script = Script::default()
        .on_with(
            "key-a/",
            429,
            &[("Retry-After", "7")],
            refusal("TooManyRequests", "wait"),
        )
        .on_with("key-b/", 503, &[("retry-after", "2.128")], json!(null))
        .on("key-c/", 504, json!(null))
        .on("key-d/", 424, json!(null))
        .on("key-e/", 200, page(&[]));
    assert_eq!(
        outcomes(&script, &["a", "b", "c", "d", "e"]),
        [
            "a@contoso.com retry after 7",
            "b@contoso.com retry after 3",
            "c@contoso.com retry after 10",
            "d@contoso.com retry after 10",
            "e@contoso.com complete None",
        ]
    );
}

#[test]
fn a_room_that_is_throttled_on_its_second_page_is_not_complete() {
    let script = Script::default()
        .on(
            "key-a/calendarView?start",
            200,
            page_and(&[event("1", 9, 10)], "/users/key-a/calendarView?$skip=1"),
        )
        .on_with("$skip=1", 429, &[("Retry-After", "1")], json!(null));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com retry after 1"]);
}

#[test]
fn a_throttled_batch_sends_every_room_back() {
    let wait = vec![
        (
            "retry-after".to_owned(),
            "Tue, 10 Mar 2026 10:00:30 GMT".to_owned(),
        ),
        ("date".to_owned(), "Tue, 10 Mar 2026 10:00:00 GMT".to_owned()),
    ];
    let script = Script::default().raw("$batch", Ok((503, wait, String::new())));
    assert_eq!(
        outcomes(&script, &["a", "b"]),
        ["a@contoso.com retry after 30", "b@contoso.com retry after 30"]
    );
}

/// How many calendars each batch asked for.
fn batches(script: &Script) -> Vec<usize> {
    script
        .requests
        .borrow()
        .iter()
        .map(|request| inner(request).len())
        .collect()
}

#[test]
fn a_calendar_for_which_a_whole_batch_takes_too_long_costs_only_itself() {
    let script = Script::default()
        .slow("key-b/")
        .on("key-", 200, page(&[event("1", 9, 10)]));
    assert_eq!(
        outcomes(&script, &["a", "b", "c", "d"]),
        [
            "a@contoso.com complete None",
            "b@contoso.com failed: calendar of b@contoso.com: Graph took too long (HTTP 504 with an empty body)",
            "c@contoso.com complete None",
            "d@contoso.com complete None",
        ]
    );
    assert_eq!(batches(&script), [4, 1, 1, 1, 1]);
    assert_eq!(script.meetings.borrow().len(), 3);
}

#[test]
fn later_pages_that_take_too_long_together_cost_no_first_page_of_another() {
    let script = Script::default()
        .slow("key-b/calendarView?$skip=1")
        .on("?$skip=1", 200, page(&[event("2", 11, 12)]))
        .on(
            "key-a/",
            200,
            page_and(&[event("1", 9, 10)], "/users/key-a/calendarView?$skip=1"),
        )
        .on(
            "key-b/",
            200,
            page_and(&[event("1", 9, 10)], "/users/key-b/calendarView?$skip=1"),
        )
        .on("key-c/", 200, page(&[event("1", 9, 10)]));
    assert_eq!(
        outcomes(&script, &["a", "b", "c"]),
        [
            "a@contoso.com complete None",
            "b@contoso.com failed: calendar of b@contoso.com: Graph took too long (HTTP 504 with an empty body)",
            "c@contoso.com complete None",
        ]
    );
    assert_eq!(batches(&script), [3, 2, 1, 1]);
}

#[test]
fn a_service_that_throttles_while_calendars_are_asked_alone_is_not_asked_for_the_others() {
    let wait = vec![("retry-after".to_owned(), "7".to_owned())];
    let script = Script::default()
        .raw("$batch", Ok((504, vec![], String::new())))
        .raw("$batch", Ok((429, wait, String::new())));
    assert_eq!(
        outcomes(&script, &["a", "b", "c"]),
        ["a", "b", "c"].map(|room| format!("{room}@contoso.com retry after 7"))
    );
    assert_eq!(batches(&script), [3, 1]);
}

#[test]
fn a_service_that_takes_too_long_for_every_calendar_is_not_asked_for_each() {
    let script = Script::default().slow("key-");
    assert_eq!(
        outcomes(&script, &["a", "b", "c", "d"]),
        [
            "a@contoso.com failed: calendar of a@contoso.com: Graph took too long (HTTP 504 with an empty body)",
            "b@contoso.com retry after 10",
            "c@contoso.com retry after 10",
            "d@contoso.com retry after 10",
        ]
    );
    assert_eq!(batches(&script), [4, 1, 1]);
}

#[test]
fn the_three_causes_of_a_refusal_are_told_apart() {
    let denied = |message: &str| outcome_of(403, &[], refusal("ErrorAccessDenied", message));
    assert_eq!(
        denied("Access is denied. Check credentials and try again."),
        "a@contoso.com denied: calendar of a@contoso.com: the application may not read this mailbox: consent is \
         missing, or its scope leaves it out (HTTP 403 ErrorAccessDenied: Access is denied. Check credentials and try \
         again.)"
    );
    let policy = denied(
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
    );
    assert!(
        policy.contains("an application access policy keeps the application from this mailbox"),
        "{policy}"
    );
    let agent = denied("Access to OData is disabled.");
    assert!(
        agent.contains("the organization's list of allowed user agents"),
        "{agent}"
    );
}

#[test]
fn a_missing_calendar_says_why() {
    let missing = |code: &str| outcome_of(404, &[], refusal(code, "words"));
    for (code, cause) in [
        (
            "MailboxNotEnabledForRESTAPI",
            "the mailbox is not in Exchange Online",
        ),
        ("ErrorInvalidUser", "there is no mailbox of this address"),
        ("ResourceNotFound", "there is no mailbox of this address"),
        (
            "Request_ResourceNotFound",
            "the directory has nothing with this address",
        ),
        ("ErrorItemNotFound", "the calendar is gone"),
        ("", "there is nothing at this address"),
        ("NotFound", "there is nothing at this address"),
    ] {
        let outcome = missing(code);
        assert!(
            outcome.starts_with("a@contoso.com missing: ") && outcome.contains(cause),
            "{code}: {outcome}"
        );
    }
}

#[test]
fn an_empty_code_falls_back_to_the_status() {
    assert_eq!(
        outcome_of(
            403,
            &[],
            refusal(
                "",
                "You do not have the required permissions to access this item."
            )
        ),
        "a@contoso.com denied: calendar of a@contoso.com: the application may not do this (HTTP 403 with You do not \
         have the required permissions to access this item.)"
    );
}

#[test]
fn a_room_that_the_answer_leaves_out_has_failed() {
    let answer = json!({"responses": [{"id": "1", "status": 200, "body": {"value": []}}]});
    let script = Script::default().on("$batch", 200, answer);
    assert_eq!(
        outcomes(&script, &["a", "b"]),
        [
            "a@contoso.com failed: calendar of a@contoso.com: Microsoft Graph left it out of its answer",
            "b@contoso.com complete None",
        ]
    );
}

#[test]
fn inner_bodies_come_as_json_as_text_as_base64_or_not_at_all() {
    // eyJ2YWx1ZSI6W119 is {"value":[]} in base64.
    let answer = json!({"responses": [
        {"id": "0", "status": 200, "body": "{\"value\":[]}"},
        {"id": "1", "status": 200, "body": "eyJ2YWx1ZSI6W119"},
        {"id": "2", "status": 200, "body": null},
        {"id": "3", "status": 200},
        {"id": "4", "status": 200, "body": "neither"},
        {"id": 5, "status": 200, "headers": {"Age": 3}, "body": {"value": []}},
    ]});
    let script = Script::default().on("$batch", 200, answer);
    let empty = "Microsoft Graph's answer cannot be used: it is empty";
    assert_eq!(
        outcomes(&script, &["a", "b", "c", "d", "e", "f"]),
        [
            "a@contoso.com complete None".to_owned(),
            "b@contoso.com complete None".to_owned(),
            format!("c@contoso.com failed: calendar of c@contoso.com: {empty}"),
            format!("d@contoso.com failed: calendar of d@contoso.com: {empty}"),
            "e@contoso.com failed: calendar of e@contoso.com: Microsoft Graph's answer cannot be used: it is not \
             JSON, at line 1 column 2"
                .to_owned(),
            "f@contoso.com complete None".to_owned(),
        ]
    );
}

#[test]
fn a_batch_that_cannot_be_read_fails_its_rooms_and_says_why() {
    for (body, cause) in [
        (
            r#"{"responses":[{"id":"0","status":200,"body":{"value":[]}},{"id":"1","sta"#,
            "it ends after 72 bytes",
        ),
        ("<html><body>Sign in</body></html>", "it is HTML or XML, not JSON"),
        ("", "it is empty"),
        (
            r#"{"responses":7}"#,
            "it has another shape than Graph documents, at line 1 column 14",
        ),
        (r#"{"value":[]}"#, "it has another shape than Graph documents"),
    ] {
        let script = Script::default().raw("$batch", Ok((200, vec![], body.to_owned())));
        for outcome in outcomes(&script, &["a", "b"]) {
            assert!(
                outcome.contains(" failed: ") && outcome.contains(cause),
                "{outcome}"
            );
        }
    }
}

#[test]
fn a_broken_event_fails_its_room_alone_and_never_tells_its_subject() {
    let mut broken = event("1", 9, 10);
    broken["subject"] = json!({"secret": "merger"});
    let script =
        Script::default()
            .on("key-a/", 200, page(&[broken]))
            .on("key-b/", 200, page(&[event("2", 9, 10)]));
    let outcomes = outcomes(&script, &["a", "b"]);
    assert!(
        outcomes[0].contains("it has another shape than Graph documents"),
        "{}",
        outcomes[0]
    );
    assert!(!outcomes[0].contains("merger") && !outcomes[0].contains("secret"));
    assert_eq!(outcomes[1], "b@contoso.com complete None");
}

#[test]
fn a_refused_token_is_an_error_of_the_whole_call_with_advice() {
    let failure = AuthorizationFailure {
        status: 401,
        error: "invalid_client".to_owned(),
        description: "AADSTS7000215: Invalid client secret provided.".to_owned(),
        codes: vec![7000215],
    };
    let error = FetchError::Bearer(SecretError::Authorization(failure));
    let script = Script::default().raw("$batch", Err(error));
    let Err(CollectError::Denied(reason)) = now(collect(&script, SETTINGS, &rooms(&["a"]), tenth_of_march()))
    else {
        panic!("not denied")
    };
    assert_eq!(
        reason.message,
        "the token was refused: the client secret is wrong (AADSTS7000215)"
    );
    assert_eq!(reason.code.as_deref(), Some("AADSTS7000215"));
    assert!(
        reason
            .advice
            .unwrap()
            .starts_with("Copy the secret's value, not its id")
    );
}

#[test]
fn a_batch_that_is_not_authorised_is_an_error_of_the_whole_call() {
    let script = Script::default().on("$batch", 401, refusal("InvalidAuthenticationToken", "expired"));
    let error = now(collect(&script, SETTINGS, &rooms(&["a"]), tenth_of_march()));
    assert!(matches!(error, Err(CollectError::Denied(_))), "{error:?}");
}

#[test]
fn graph_out_of_reach_is_an_error_of_the_whole_call_that_names_the_address() {
    let script = Script::default().raw(
        "$batch",
        Err(FetchError::ConnectionRefused("10.0.0.1:443".to_owned())),
    );
    let Err(CollectError::Unreachable(reason)) =
        now(collect(&script, SETTINGS, &rooms(&["a"]), tenth_of_march()))
    else {
        panic!("not unreachable")
    };
    assert!(
        reason.message.contains("https://graph.microsoft.com"),
        "{}",
        reason.message
    );
}

#[test]
fn a_room_that_was_read_before_the_connection_broke_stays_complete() {
    let batch = json!({"responses": [
        {"id": "0", "status": 200, "body": {"value": []}},
        {"id": "1", "status": 200, "body": {"value": [], "@odata.nextLink": format!("{ROOT}/users/key-b/next")}},
    ]});
    let script = Script::default().on("$batch", 200, batch).raw(
        "$batch",
        Err(FetchError::ConnectionTerminated("reset".to_owned())),
    );
    let outcomes = outcomes(&script, &["a", "b"]);
    assert_eq!(outcomes[0], "a@contoso.com complete None");
    assert!(
        outcomes[1].starts_with("b@contoso.com failed: calendar of b@contoso.com: no answer from"),
        "{outcomes:?}"
    );
}

#[test]
fn a_body_that_is_too_large_fails_the_rooms_of_its_batch() {
    let script = Script::default().raw("$batch", Err(FetchError::BodySize("over 64 MB".to_owned())));
    assert!(outcomes(&script, &["a"])[0].starts_with("a@contoso.com failed: "));
}

#[test]
fn a_window_beyond_all_dates_is_an_error_and_not_a_panic() {
    for (start, end) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MAX - 1, i64::MAX)] {
        let script = Script::default();
        assert!(now(collect(&script, SETTINGS, &rooms(&["a"]), Window { start, end })).is_err());
    }
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(status in prop_oneof![Just(200_u16), 100_u16..600], body in any::<Vec<u8>>()) {
        let body = String::from_utf8_lossy(&body).into_owned();
        let script = Script::default().raw("$batch", Ok((status, vec![], body)));
        let _ = now(collect(&script, SETTINGS, &rooms(&["a", "b"]), tenth_of_march()));
    }

    #[test]
    fn no_json_of_the_right_outline_makes_it_panic(
        id in "[0-9]{1,3}",
        status in prop_oneof![Just(200_u16), 200_u16..600],
        time in "(2026-03-10T10:00:00(\\.0{0,7})?Z?|.{0,30})",
        zone in prop_oneof![Just("UTC".to_owned()), "\\PC{0,20}"],
        next in proptest::option::of("\\PC{0,40}"),
        flags in any::<(bool, bool)>(),
    ) {
        let stamp = json!({"dateTime": time, "timeZone": zone});
        let event = json!({"id": id, "start": stamp, "end": stamp, "isAllDay": flags.0, "showAs": zone, "originalStartTimeZone": zone});
        let body = if flags.1 { json!({"value": [event], "@odata.nextLink": next}) } else { json!([event]) };
        let answer = json!({"responses": [{"id": id, "status": status, "body": body}]});
        let script = Script::default().on("$batch", 200, answer);
        let _ = now(collect(&script, SETTINGS, &rooms(&["a", "b"]), tenth_of_march()));
    }
}
