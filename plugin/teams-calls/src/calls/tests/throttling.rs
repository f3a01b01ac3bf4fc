//! Throttling, and batches that are too large or too slow: what was read stays read, and one record does not hold up the other rooms.

use super::faults::{listed, outcomes, refusal, with_list, with_record};
use super::*;
use connector_sdk::FetchError;
use serde_json::Value as Json;

#[test]
fn throttling_of_a_room_or_of_a_record_sends_only_that_room_back() {
    for status in [424, 429, 502, 503, 504] {
        assert_eq!(
            with_list(status, &[("Retry-After", "2.128")], json!({})),
            "retry after 3"
        );
        assert_eq!(
            with_record(status, &[("Retry-After", "17")], json!({})),
            "retry after 17"
        );
    }
    assert_eq!(
        with_record(429, &[], refusal("TooManyRequests")),
        "retry after 10"
    );
}

#[test]
fn throttling_of_a_whole_batch_sends_every_room_back_without_a_further_request() {
    let script =
        Script::default().on_with("$batch", 429, &[("retry-after", "7")], refusal("TooManyRequests"));
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["retry after 7", "retry after 7"]
    );
    assert_eq!(script.requests.borrow().len(), 1);
}

/// Requests while Graph throttles count too.
#[test]
fn after_a_batch_in_which_every_record_was_throttled_no_more_is_sent() {
    let ids: Vec<String> = (0..45).map(|at| format!("c{at:02}")).collect();
    let records: Vec<_> = ids.iter().map(|id| (id.as_str(), 1, "10:00", "11:00")).collect();
    let script = Script::default()
        .on(&of(A), 200, list(&[]))
        .on(&of(B), 200, list(&records))
        .on_with(
            "?$expand=",
            429,
            &[("retry-after", "8")],
            refusal("TooManyRequests"),
        );
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["collected", "retry after 8"]
    );
    assert_eq!(script.requests.borrow().len(), 2);
}

/// The throttled rest begins the next call, and ends sometime: rooms that are complete are stored.
#[test]
fn rooms_whose_records_were_all_opened_before_the_throttling_are_collected() {
    let ids: Vec<String> = (0..20).map(|at| format!("c{at:02}")).collect();
    let records: Vec<_> = ids.iter().map(|id| (id.as_str(), 1, "10:00", "11:00")).collect();
    let throttled = json!({"responses": (0..20).map(|at| json!({"id": at.to_string(), "status": 429})).collect::<Vec<_>>()});
    let answer = |bodies: &[Json]| {
        let parts = bodies.iter().enumerate();
        let parts = parts.map(|(at, body)| json!({"id": at.to_string(), "status": 200, "body": body}));
        json!({"responses": parts.collect::<Vec<_>>()})
    };
    let script = Script::default()
        .on(
            "$batch",
            200,
            answer(&[list(&records), list(&[("c99", 1, "10:00", "11:00")])]),
        )
        .on(
            "$batch",
            200,
            answer(&vec![meeting(1, &[session("s", A, "10:00", "11:00")]); 20]),
        )
        .on("$batch", 200, throttled);
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["collected", "retry after 10"]
    );
}

#[test]
fn a_month_of_calls_is_read_in_several_calls_and_some_rooms_are_complete_after_each() {
    let rooms = [room(A, None), room(B, None), room(C, None)];
    let mut script = Script::default();
    for (account, letter) in [(A, "a"), (B, "b"), (C, "c")] {
        let ids: Vec<String> = (0..500).map(|at| format!("{letter}{at}")).collect();
        let records: Vec<_> = ids.iter().map(|id| (id.as_str(), 1, "10:00", "11:00")).collect();
        script = script.on(&of(account), 200, list(&records));
    }
    let script = script.on("?$expand=", 200, meeting(1, &[]));
    assert_eq!(
        outcomes(&script, &rooms),
        ["collected", "retry after 1", "retry after 1"]
    );
}

#[test]
fn a_slow_record_costs_only_its_own_room() {
    let script = Script::default()
        .slow("/c1?")
        .on(&of(A), 200, listed())
        .on(
            &of(B),
            200,
            list(&[("c2", 1, "10:00", "11:00"), ("c3", 1, "10:00", "11:00")]),
        )
        .on("?$expand=", 200, meeting(1, &[session("s", B, "10:00", "11:00")]));
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["retry after 10", "collected"]
    );
}

#[test]
fn a_batch_that_is_too_large_is_halved() {
    let large = || Err(FetchError::BodySize("32 MiB".to_owned()));
    let lists = json!({"responses": [
        {"id": "0", "status": 200, "body": list(&[])}, {"id": "1", "status": 200, "body": list(&[])},
    ]});
    let script = Script::default().raw("$batch", large()).on("$batch", 200, lists);
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["collected", "collected"]
    );
    assert_eq!(script.requests.borrow().len(), 3);

    // If single ones are too large as well, two of them are enough.
    let rooms: Vec<SpaceRequest> = (0..20).map(|at| room(&format!("{at:08}"), None)).collect();
    let script = Script::default().raw("$batch", large());
    assert!(
        outcomes(&script, &rooms)
            .iter()
            .all(|outcome| outcome.starts_with("failed: "))
    );
    assert!(
        script.requests.borrow().len() <= 7,
        "{}",
        script.requests.borrow().len()
    );
}

/// Graph gives no more than 50 further pages of one record in five minutes.
#[test]
fn the_record_of_a_huge_meeting_that_is_throttled_holds_up_only_its_own_room() {
    let ids: Vec<String> = (0..30).map(|at| format!("b{at:02}")).collect();
    let records: Vec<_> = ids.iter().map(|id| (id.as_str(), 1, "10:00", "11:00")).collect();
    let mut huge = meeting(1, &[session("s1", A, "10:00", "11:00")]);
    huge["sessions@odata.nextLink"] = json!(format!(
        "{ROOT}/communications/callRecords/c1/sessions?$skiptoken=2"
    ));
    let script = Script::default()
        .on(&of(A), 200, listed())
        .on(&of(B), 200, list(&records))
        .on("/c1?", 200, huge)
        .on_with(
            "$skiptoken=2",
            429,
            &[("retry-after", "300")],
            refusal("TooManyRequests"),
        )
        .on("?$expand=", 200, meeting(1, &[session("s", B, "10:00", "11:00")]));
    assert_eq!(
        outcomes(&script, &[room(A, None), room(B, None)]),
        ["retry after 300", "collected"]
    );
    assert_eq!(lines(&script).len(), 30);
}
