//! Pages that are too large for a mailbox, or for Graph.

use super::*;

/// The pages of a calendar, in the requested sizes.
fn sizes(script: &Script) -> Vec<String> {
    let asked = script.asked();
    let size = |url: &String| url.rsplit_once("$top=").map(|(_, size)| size.to_owned());
    asked.iter().filter_map(size).collect()
}

#[test]
fn a_page_that_is_too_large_for_the_mailbox_is_asked_for_again_smaller() {
    let script =
        Script::default()
            .on("$top=500", 503, json!(null))
            .on("$top=50", 200, page(&[event("1", 9, 10)]));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
    assert_eq!(sizes(&script), ["500", "50"]);
    assert_eq!(script.meetings.borrow().len(), 1);
    let requests = script.requests.borrow();
    let prefer = inner(&requests[1])[0]["headers"]["Prefer"].clone();
    assert!(
        prefer.as_str().unwrap().ends_with("odata.maxpagesize=50"),
        "{prefer}"
    );
}

#[test]
fn a_page_size_that_graph_refuses_is_lowered() {
    let words =
        "The limit of '100' for Top query has been exceeded. The value from the incoming request is '500'.";
    let script = Script::default()
        .on("$top=500", 400, refusal("RequestBroker--ParseUri", words))
        .on("$top=50", 200, page(&[]));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
}

#[test]
fn a_later_page_that_is_too_large_begins_the_calendar_anew_and_no_meeting_comes_twice() {
    let script = Script::default()
        .on(
            "$top=500",
            200,
            page_and(&[event("1", 9, 10)], "/users/key-a/calendarView?$skip=500"),
        )
        .on("$skip=500", 503, json!(null))
        .on("$top=50", 200, page(&[event("1", 9, 10), event("2", 10, 11)]));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
    assert_eq!(script.meetings.borrow().len(), 2);
}

#[test]
fn a_mailbox_that_answers_no_page_at_all_is_busy() {
    let script = Script::default().on("key-a/", 503, json!(null));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com retry after 10"]);
    assert_eq!(sizes(&script), ["500", "50", "10"]);
}

#[test]
fn a_server_that_says_when_to_come_back_is_not_asked_for_less() {
    let script = Script::default().on_with("key-a/", 503, &[("Retry-After", "7")], json!(null));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com retry after 7"]);
    assert_eq!(sizes(&script), ["500"]);
}

#[test]
fn a_batch_that_is_too_large_for_the_collector_is_asked_for_again_smaller() {
    let script = Script::default()
        .raw("$batch", Err(FetchError::BodySize("over 32 MB".to_owned())))
        .raw(
            "$batch",
            Ok((
                200,
                vec![],
                r#"{"responses":[{"id":"0","status":200,"body":{"value":[]}}]}"#.to_owned(),
            )),
        );
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
    assert_eq!(sizes(&script), ["500", "50"]);
}
