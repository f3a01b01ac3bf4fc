use super::*;
use crate::script::{ACCESS, Script, inner, now};
use serde_json::json;

fn ask(script: &Script, urls: &[&str]) -> Answer {
    now(get(
        &Graph::new(script, ACCESS),
        urls.iter().map(|url| Ask {
            url,
            prefer: Some("a=b"),
        }),
    ))
    .unwrap()
}

#[test]
fn an_inner_request_has_an_id_of_its_own_a_relative_address_and_its_own_headers() {
    let script = Script::default();
    ask(&script, &["/a", "/b"]);
    let request = &script.requests.borrow()[0];
    assert_eq!(request.url, "https://graph.microsoft.com/v1.0/$batch");
    assert!(
        request
            .headers
            .contains(&("content-type".to_owned(), "application/json".to_owned()))
    );
    let headers = json!({"Prefer": "a=b", "User-Agent": "rooms@contoso.com"});
    assert_eq!(
        inner(request),
        [
            json!({"id": "0", "method": "GET", "url": "/a", "headers": headers}),
            json!({"id": "1", "method": "GET", "url": "/b", "headers": headers}),
        ]
    );
}

#[test]
fn answers_are_matched_by_id_whatever_their_order() {
    let answer = json!({"responses": [
        {"id": "2", "status": 202}, {"id": "0", "status": 200}, {"id": "99", "status": 299}, {"id": "x", "status": 298},
    ]});
    let answer = ask(&Script::default().on("$batch", 200, answer), &["/a", "/b", "/c"]);
    let statuses: Vec<Option<u16>> = answer
        .parts()
        .unwrap()
        .into_iter()
        .take(4)
        .map(|part| part.map(|part| part.status))
        .collect();
    assert_eq!(statuses, [Some(200), None, Some(202), None]);
}

#[test]
fn a_wait_may_be_a_number_or_a_date_that_counts_from_the_outer_answer() {
    let answer = json!({"responses": [
        {"id": "0", "status": 429, "headers": {"Retry-After": 4}},
        {"id": "1", "status": 429, "headers": {"RETRY-AFTER": "Tue, 10 Mar 2026 10:00:09 GMT"}},
        {"id": "2", "status": 429, "headers": null},
        {"id": "3", "status": 429, "headers": "none"},
    ]});
    let date = [("date", "Tue, 10 Mar 2026 10:00:00 GMT")];
    let answer = ask(
        &Script::default().on_with("$batch", 200, &date, answer),
        &["/a", "/b", "/c", "/d"],
    );
    let waits: Vec<Option<u32>> = answer
        .parts()
        .unwrap()
        .into_iter()
        .flatten()
        .map(|part| part.refusal().retry_after)
        .collect();
    assert_eq!(waits, [Some(4), Some(9), Some(10), Some(10)]);
}
