//! Pages, and the meetings emitted from them; `faults` has the failures.

use super::*;
use crate::reading::MAX_PAGES;
use crate::script::{ROOT, SETTINGS, Script, inner, now, rooms, tenth_of_march};
use serde_json::{Value, json};

mod changes;
mod faults;
mod sizes;

/// An event of the tenth of March from one hour to another, in UTC.
fn event(id: &str, from: u32, to: u32) -> Value {
    let stamp =
        |hour: u32| json!({"dateTime": format!("2026-03-10T{hour:02}:00:00.0000000"), "timeZone": "UTC"});
    json!({
        "@odata.etag": "W/\"x\"", "id": id, "subject": format!("about {id}"), "start": stamp(from), "end": stamp(to),
        "isAllDay": false, "isCancelled": false, "sensitivity": "normal", "showAs": "busy", "type": "singleInstance",
        "seriesMasterId": null, "originalStartTimeZone": "UTC", "originalEndTimeZone": "UTC",
    })
}

fn page(events: &[Value]) -> Value {
    json!({"value": events})
}

fn page_and(events: &[Value], next: &str) -> Value {
    json!({"value": events, "@odata.nextLink": format!("{ROOT}{next}")})
}

fn refusal(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message, "innerError": {"request-id": "0"}}})
}

/// Outcomes in a line each: the room, the outcome, and its message.
fn outcomes(script: &Script, names: &[&str]) -> Vec<String> {
    let outcomes = now(collect(script, SETTINGS, &rooms(names), tenth_of_march())).unwrap();
    let line = |room: &RoomOutcome| {
        let outcome = match &room.outcome {
            Outcome::Complete(cursor) => format!("complete {cursor:?}"),
            Outcome::Changes(cursor) => format!("changes {cursor:?}"),
            Outcome::RetryAfter(seconds) => format!("retry after {seconds}"),
            Outcome::Denied(reason) => format!("denied: {}", reason.message),
            Outcome::Missing(reason) => format!("missing: {}", reason.message),
            Outcome::Failed(reason) => format!("failed: {}", reason.message),
        };
        format!("{} {outcome}", room.address)
    };
    outcomes.iter().map(line).collect()
}

/// The outcome of room `a` if its calendar answers this.
fn outcome_of(status: u16, headers: &[(&str, &str)], body: Value) -> String {
    let script = Script::default().on_with("key-a/", status, headers, body);
    outcomes(&script, &["a"]).remove(0)
}

#[test]
fn meetings_of_all_rooms_of_a_slice_come_with_one_batch() {
    let script = Script::default()
        .on("key-a/", 200, page(&[event("1", 9, 10), event("2", 10, 11)]))
        .on("key-b/", 200, page(&[]));
    assert_eq!(
        outcomes(&script, &["a", "b"]),
        ["a@contoso.com complete None", "b@contoso.com complete None"]
    );
    assert_eq!(
        script.lines(),
        [
            "a@contoso.com 1 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"about 1\"",
            "a@contoso.com 2 2026-03-10T10:00:00Z 2026-03-10T11:00:00Z \"about 2\"",
        ]
    );
    // Fourteen hours beyond the window on each side.
    let query = "startDateTime=2026-03-09T10:00:00Z&endDateTime=2026-03-11T14:00:00Z&$select=id,subject,start,end,\
        isAllDay,isCancelled,sensitivity,showAs,type,seriesMasterId,originalStartTimeZone,originalEndTimeZone&$top=500";
    assert_eq!(
        script.asked(),
        [
            "/$batch".to_owned(),
            format!("+/users/key-a/calendarView?{query}"),
            format!("+/users/key-b/calendarView?{query}"),
        ]
    );
    let requests = script.requests.borrow();
    assert!(requests[0].repeatable);
    assert!(
        requests[0]
            .headers
            .contains(&("user-agent".to_owned(), "rooms@contoso.com".to_owned()))
    );
}

#[test]
fn every_page_is_asked_for_with_the_same_preferences() {
    let script = Script::default()
        .on(
            "key-a/calendarView?start",
            200,
            page_and(&[event("1", 9, 10)], "/users/key-a/calendarView?$skip=500"),
        )
        .on("$skip=500", 200, page(&[event("2", 10, 11)]));
    outcomes(&script, &["a"]);
    let requests = script.requests.borrow();
    let prefer: Vec<Value> = requests
        .iter()
        .flat_map(inner)
        .map(|inner| inner["headers"]["Prefer"].clone())
        .collect();
    let expected = r#"outlook.timezone="UTC", IdType="ImmutableId", odata.maxpagesize=500"#;
    assert_eq!(prefer, [expected, expected]);
}

#[test]
fn an_empty_page_with_a_next_link_goes_on() {
    let script = Script::default()
        .on(
            "key-a/calendarView?start",
            200,
            page_and(&[], "/users/key-a/calendarView?$skip=1"),
        )
        .on("$skip=1", 200, page_and(&[], "/users/key-a/calendarView?$skip=2"))
        .on("$skip=2", 200, page(&[event("1", 9, 10)]));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
    assert_eq!(script.meetings.borrow().len(), 1);
}

#[test]
fn next_pages_of_several_rooms_share_a_batch() {
    let script = Script::default()
        .on(
            "key-a/calendarView?start",
            200,
            page_and(&[], "/users/key-a/calendarView?$skip=1"),
        )
        .on("key-b/calendarView?start", 200, page(&[]))
        .on(
            "key-c/calendarView?start",
            200,
            page_and(&[], "/users/key-c/calendarView?$skip=1"),
        )
        .on("$skip=1", 200, page(&[]));
    outcomes(&script, &["a", "b", "c"]);
    let asked = script.asked();
    let second = asked.iter().rposition(|url| url == "/$batch").unwrap();
    assert_eq!(
        asked[second..],
        [
            "/$batch",
            "+/users/key-a/calendarView?$skip=1",
            "+/users/key-c/calendarView?$skip=1"
        ]
    );
}

#[test]
fn more_rooms_than_a_batch_takes_are_read_batch_by_batch() {
    let names: Vec<String> = (0..45).map(|at| format!("r{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let script = Script::default().on("calendarView", 200, page(&[]));
    assert_eq!(outcomes(&script, &names).len(), 45);
    let sizes: Vec<usize> = script
        .requests
        .borrow()
        .iter()
        .map(|request| inner(request).len())
        .collect();
    assert_eq!(sizes, [20, 20, 5]);
}

#[test]
fn a_repeated_event_is_one_meeting() {
    let script = Script::default()
        .on(
            "key-a/calendarView?start",
            200,
            page_and(
                &[event("1", 9, 10), event("1", 9, 10)],
                "/users/key-a/calendarView?$skip=2",
            ),
        )
        .on("$skip=2", 200, page(&[event("1", 9, 10), event("2", 10, 11)]));
    outcomes(&script, &["a"]);
    assert_eq!(script.meetings.borrow().len(), 2);
}

#[test]
fn a_next_link_that_repeats_itself_ends_as_failed() {
    let again = page_and(&[event("1", 9, 10)], "/users/key-a/calendarView?$skip=1");
    assert_eq!(
        outcome_of(200, &[], again),
        "a@contoso.com failed: calendar of a@contoso.com: a page names itself as the next one"
    );
}

#[test]
fn a_next_link_to_another_server_or_path_is_refused() {
    for link in [
        "https://evil.example/v1.0/users/key-a/calendarView?$skip=1",
        "https://graph.microsoft.com.evil.example/v1.0/users/key-a",
        "https://graph.microsoft.com/beta/users/key-a/calendarView",
        "https://graph.microsoft.com/v1.0/../beta/users",
        "https://graph.microsoft.com/v1.0evil/users",
        "/users/key-a/calendarView?$skip=1",
        "",
    ] {
        assert_eq!(
            outcome_of(200, &[], json!({"value": [], "@odata.nextLink": link})),
            "a@contoso.com failed: calendar of a@contoso.com: its next page is on another server or path",
            "{link}"
        );
    }
}

#[test]
fn pages_without_end_end() {
    // Each page names another one.
    let mut script = Script::default();
    for at in 0..=MAX_PAGES {
        script = script.on(
            "key-a",
            200,
            page_and(&[], &format!("/users/key-a/calendarView?$skip={at}")),
        );
    }
    assert_eq!(
        outcomes(&script, &["a"]),
        ["a@contoso.com failed: calendar of a@contoso.com: it has more than 1000 pages"]
    );
}

#[test]
fn floating_days_are_counted_in_the_log() {
    let mut floating = event("1", 0, 0);
    floating["end"]["dateTime"] = json!("2026-03-11T00:00:00.0000000");
    floating["isAllDay"] = json!(true);
    floating["originalStartTimeZone"] = json!("tzone://Microsoft/Custom");
    floating["originalEndTimeZone"] = json!("tzone://Microsoft/Custom");
    let script = Script::default().on("key-a/", 200, page(&[floating]));
    assert_eq!(outcomes(&script, &["a"]), ["a@contoso.com complete None"]);
    assert_eq!(
        *script.log.borrow(),
        [
            "Warn: a@contoso.com: 1 all-day events have a time zone that cannot be resolved; their days were read as days in UTC"
        ]
    );
}

#[test]
fn a_key_with_characters_of_its_own_stays_one_segment_of_the_path() {
    let room = RoomRequest {
        address: "a@contoso.com".into(),
        key: "o'b/r+1?#@contoso.com".into(),
        cursor: None,
    };
    let script = Script::default().on("calendarView", 200, page(&[]));
    now(collect(&script, SETTINGS, &[room], tenth_of_march())).unwrap();
    assert!(script.asked()[1].starts_with("+/users/o%27b%2Fr%2B1%3F%23@contoso.com/calendarView?"));
}
