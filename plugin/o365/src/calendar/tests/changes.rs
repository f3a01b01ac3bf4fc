//! Passes that first ask what changed.

use super::*;

const HOUR: i64 = 3600;
const DATE: &str = "Tue, 10 Mar 2026 10:00:00 GMT";

/// The settings with `changes-only`.
fn settings() -> String {
    let mut settings: Value = serde_json::from_str(SETTINGS).unwrap();
    settings["changes-only"] = json!(true);
    settings.to_string()
}

fn later(window: Window, by: i64) -> Window {
    Window {
        start: window.start + by,
        end: window.end + by,
    }
}

/// A pass over room `a` with the cursor of the pass before: the outcome in a word, and the new cursor.
fn pass(script: &Script, cursor: Option<String>, window: Window) -> (&'static str, Option<String>) {
    let mut rooms = rooms(&["a"]);
    rooms[0].cursor = cursor;
    let outcome = now(collect(script, &settings(), &rooms, window))
        .unwrap()
        .remove(0)
        .outcome;
    match outcome {
        Outcome::Complete(cursor) => ("complete", cursor),
        Outcome::Changes(cursor) => ("changes", cursor),
        Outcome::RetryAfter(_) => ("retry", None),
        other => panic!("{other:?}"),
    }
}

/// The requests about the room, in order: `delta`, `token=1`, `calendar`.
fn steps(script: &Script) -> Vec<String> {
    let step = |url: String| {
        let url = url.strip_prefix("+/users/key-a/calendarView")?.to_owned();
        Some(match url.split_once('$') {
            _ if url.starts_with("/delta?start") => "delta".to_owned(),
            Some((_, rest)) if url.starts_with("/delta?$") => rest.to_owned(),
            _ => "calendar".to_owned(),
        })
    };
    script.asked().into_iter().filter_map(step).collect()
}

fn told(items: &[Value], token: &str) -> Value {
    json!({
        "value": items,
        "@odata.deltaLink": format!("{ROOT}/users/key-a/calendarView/delta?$token={token}"),
    })
}

/// A tenant that answers delta queries: the first one with this, each later one with `and`.
fn script(calendar: &[Value]) -> Script {
    Script::default()
        .dated(DATE)
        .on("/delta?start", 200, told(&[event("1", 9, 10)], "1"))
        .on("calendarView?start", 200, page(calendar))
}

/// The cursor after two passes: a delta query has begun.
fn followed() -> String {
    let script = script(&[event("1", 9, 10)]);
    let (_, cursor) = pass(&script, None, tenth_of_march());
    let (word, cursor) = pass(&script, cursor, tenth_of_march());
    assert_eq!(word, "complete");
    assert_eq!(steps(&script), ["calendar", "delta", "calendar"]);
    cursor.unwrap()
}

#[test]
fn a_calendar_in_which_nothing_changed_is_not_read_again() {
    let script = script(&[]).on("$token=1", 200, told(&[], "2"));
    let (word, cursor) = pass(&script, Some(followed()), later(tenth_of_march(), 300));
    assert_eq!(word, "changes");
    assert_eq!(steps(&script), ["token=1"]);
    assert!(script.meetings.borrow().is_empty());
    let script = script.on("$token=2", 200, told(&[], "3"));
    pass(&script, cursor, later(tenth_of_march(), 600));
    assert_eq!(steps(&script), ["token=1", "token=2"]);
}

#[test]
fn changes_that_take_too_long_to_tell_are_done_without() {
    let script = script(&[event("1", 9, 10)]).slow("$token=1");
    let (word, _) = pass(&script, Some(followed()), tenth_of_march());
    assert_eq!(word, "complete");
    assert_eq!(steps(&script), ["token=1", "calendar"]);
}

#[test]
fn a_calendar_that_takes_too_long_in_both_ways_costs_only_itself() {
    let script = Script::default().dated(DATE).slow("key-a/").on(
        "calendarView?start",
        200,
        page(&[event("1", 9, 10)]),
    );
    let mut rooms = rooms(&["a", "b", "c"]);
    rooms[0].cursor = Some(followed());
    let outcomes = now(collect(&script, &settings(), &rooms, tenth_of_march())).unwrap();
    let complete = |room: &RoomOutcome| matches!(room.outcome, Outcome::Complete(_));
    assert_eq!(
        outcomes.iter().map(complete).collect::<Vec<_>>(),
        [false, true, true],
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[0].outcome, Outcome::Failed(_)), "{outcomes:?}");
}

#[test]
fn changes_that_are_not_told_within_the_time_of_an_answer_are_done_without() {
    let late = Err(FetchError::ResponseTimeout("no answer within 60s".to_owned()));
    let script = script(&[event("1", 9, 10)]).raw("$token=1", late);
    let (word, _) = pass(&script, Some(followed()), tenth_of_march());
    assert_eq!(word, "complete");
    assert_eq!(steps(&script), ["token=1", "calendar"]);
}

#[test]
fn without_the_setting_no_cursor_is_made_and_none_is_used() {
    let script = script(&[]);
    let mut rooms = rooms(&["a"]);
    rooms[0].cursor = Some(followed());
    let outcomes = now(collect(&script, SETTINGS, &rooms, tenth_of_march())).unwrap();
    assert_eq!(outcomes[0].outcome, Outcome::Complete(None));
    assert_eq!(steps(&script), ["calendar"]);
}

#[test]
fn whatever_graph_tells_the_whole_calendar_is_read_and_nothing_is_taken_from_an_item() {
    let stub = json!({"id": "2", "type": "occurrence", "seriesMasterId": "9", "start": {}, "end": {}});
    let removed = json!({"id": "unknown", "@removed": {"reason": "deleted"}});
    let odd = json!({"id": 7, "subject": {"secret": "merger"}});
    for items in [
        vec![stub.clone()],
        vec![removed],
        vec![odd],
        vec![event("8", 9, 10)],
        vec![stub.clone(), stub],
    ] {
        let script = script(&[event("1", 9, 10)]).on("$token=1", 200, told(&items, "2"));
        let (word, cursor) = pass(&script, Some(followed()), tenth_of_march());
        assert_eq!(word, "complete");
        assert_eq!(steps(&script), ["token=1", "calendar"]);
        assert_eq!(
            script.lines(),
            ["a@contoso.com 1 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"about 1\""]
        );
        let script = script.on("$token=2", 200, told(&[], "3"));
        assert_eq!(pass(&script, cursor, tenth_of_march()).0, "changes");
    }
}

#[test]
fn changes_on_any_page_count_and_empty_pages_go_on() {
    let next = |token: &str| format!("{ROOT}/users/key-a/calendarView/delta?$token={token}");
    let script = script(&[])
        .on(
            "$token=1",
            200,
            json!({"value": [], "@odata.nextLink": next("1b")}),
        )
        .on(
            "$token=1b",
            200,
            json!({"value": [event("2", 9, 10)], "@odata.nextLink": next("1c")}),
        )
        .on("$token=1c", 200, told(&[], "2"));
    assert_eq!(pass(&script, Some(followed()), tenth_of_march()).0, "complete");
    assert_eq!(steps(&script), ["token=1", "token=1b", "token=1c", "calendar"]);
}

#[test]
fn a_forgotten_state_is_read_as_a_whole_and_asked_for_anew_in_the_next_pass() {
    for (status, body) in [
        (410, json!(null)),
        (410, refusal("SyncStateNotFound", "gone")),
        (400, refusal("syncStateInvalid", "gone")),
        (404, refusal("ResyncRequired", "gone")),
        (
            400,
            refusal(
                "BadRequest",
                "Parameter 'DeltaToken' not supported for this request.",
            ),
        ),
    ] {
        let script = script(&[event("1", 9, 10)]).on("$token=1", status, body);
        let (word, cursor) = pass(&script, Some(followed()), tenth_of_march());
        assert_eq!((word, script.meetings.borrow().len()), ("complete", 1));
        pass(&script, cursor, tenth_of_march());
        assert_eq!(steps(&script), ["token=1", "calendar", "delta", "calendar"]);
    }
}

#[test]
fn a_calendar_whose_changes_are_not_told_is_read_as_a_whole_and_not_asked_each_time() {
    for (status, body) in [
        (501, refusal("NotImplemented", "no")),
        (403, refusal("ErrorAccessDenied", "no")),
        (200, json!({"value": []})),
        (
            200,
            json!({"value": [], "@odata.deltaLink": "https://evil.example/v1.0/users/key-a"}),
        ),
        (200, json!("what?")),
    ] {
        let script = Script::default().dated(DATE).on("/delta?start", status, body).on(
            "calendarView?start",
            200,
            page(&[event("1", 9, 10)]),
        );
        let (_, cursor) = pass(&script, None, tenth_of_march());
        let (word, cursor) = pass(&script, cursor, tenth_of_march());
        assert_eq!(word, "complete");
        let (_, cursor) = pass(&script, cursor, later(tenth_of_march(), HOUR));
        assert_eq!(steps(&script), ["calendar", "delta", "calendar", "calendar"]);
        // Half a day later, it is tried again.
        let (_, cursor) = pass(&script, cursor, later(tenth_of_march(), 7 * HOUR));
        pass(&script, cursor, later(tenth_of_march(), 7 * HOUR));
        assert_eq!(steps(&script)[4..], ["calendar", "delta", "calendar"]);
    }
}

#[test]
fn a_throttled_question_sends_the_room_back() {
    let script = script(&[]).on_with("$token=1", 429, &[("Retry-After", "3")], json!(null));
    assert_eq!(pass(&script, Some(followed()), tenth_of_march()).0, "retry");
    assert_eq!(steps(&script), ["token=1"]);
}

#[test]
fn pages_of_changes_that_are_too_large_are_asked_for_smaller_and_else_done_without() {
    let script = script(&[])
        .on("$token=1", 503, json!(null))
        .on("$token=1", 200, told(&[], "2"));
    assert_eq!(pass(&script, Some(followed()), tenth_of_march()).0, "changes");
    let prefer: Vec<String> = script
        .requests
        .borrow()
        .iter()
        .flat_map(inner)
        .map(|inner| inner["headers"]["Prefer"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        prefer[0].ends_with("maxpagesize=50") && prefer[1].ends_with("maxpagesize=10"),
        "{prefer:?}"
    );

    let script = self::script(&[event("1", 9, 10)]).on("$token=1", 503, json!(null));
    assert_eq!(pass(&script, Some(followed()), tenth_of_march()).0, "complete");
    assert_eq!(steps(&script), ["token=1", "token=1", "calendar"]);
}

#[test]
fn a_meeting_that_comes_into_the_window_is_read_when_it_does() {
    // At 02:00 on the eleventh, two hours behind the window; and one that only later passes would find.
    let mut ahead = event("2", 2, 3);
    for end in ["start", "end"] {
        let time = ahead[end]["dateTime"].as_str().unwrap().replace("-10T", "-11T");
        ahead[end]["dateTime"] = json!(time);
    }
    let script = script(&[event("1", 9, 10), ahead]).on("$token=", 200, told(&[], "2"));
    let (_, cursor) = pass(&script, None, tenth_of_march());
    let (_, cursor) = pass(&script, cursor, tenth_of_march());
    assert_eq!(
        script.meetings.borrow().len(),
        2,
        "each pass brings the first alone"
    );
    let (word, cursor) = pass(&script, cursor, later(tenth_of_march(), 2 * HOUR));
    assert_eq!(word, "changes");
    let (word, cursor) = pass(&script, cursor, later(tenth_of_march(), 2 * HOUR + 1));
    assert_eq!(word, "complete");
    assert_eq!(
        script.lines().last().unwrap(),
        "a@contoso.com 2 2026-03-11T02:00:00Z 2026-03-11T03:00:00Z \"about 2\""
    );
    assert_eq!(
        pass(&script, cursor, later(tenth_of_march(), 3 * HOUR)).0,
        "changes"
    );
}

#[test]
fn a_calendar_is_read_as_a_whole_from_time_to_time() {
    let script = script(&[])
        .dated("Tue, 10 Mar 2026 16:00:00 GMT")
        .on("$token=1", 200, told(&[], "2"));
    assert_eq!(pass(&script, Some(followed()), tenth_of_march()).0, "complete");
    assert_eq!(steps(&script), ["token=1", "calendar"]);
}

#[test]
fn the_fixed_window_of_a_delta_query_is_rolled_forward() {
    let script = script(&[]).on("$token=", 200, told(&[], "2"));
    let mut cursor = Some(followed());
    let mut begun = 0;
    // Eight days in steps of an hour, in which nothing changes.
    for hour in 1..=8 * 24 {
        (_, cursor) = pass(&script, cursor, later(tenth_of_march(), hour * HOUR));
        begun = steps(&script).iter().filter(|step| *step == "delta").count();
    }
    assert_eq!(begun, 1);
}

#[test]
fn a_window_that_begins_earlier_or_reaches_further_is_read_as_a_whole() {
    let wider = Window {
        start: tenth_of_march().start - 1,
        end: tenth_of_march().end,
    };
    let longer = Window {
        start: tenth_of_march().start,
        end: tenth_of_march().end + 30 * 24 * HOUR,
    };
    for window in [wider, longer] {
        let script = script(&[]).on("$token=1", 200, told(&[], "2"));
        assert_eq!(pass(&script, Some(followed()), window).0, "complete");
    }
}

#[test]
fn what_was_known_under_other_circumstances_is_not_known() {
    for (key, value) in [
        ("version", json!("0.0.1")),
        ("withhold", json!("all")),
        ("key", json!("another-mailbox")),
        ("quiet", json!("what?")),
    ] {
        let mut cursor: Value = serde_json::from_str(&followed()).unwrap();
        cursor[key] = value;
        let script = script(&[]);
        assert_eq!(
            pass(&script, Some(cursor.to_string()), tenth_of_march()).0,
            "complete"
        );
        assert_eq!(steps(&script), ["calendar"], "{key}");
    }
}

#[test]
fn a_source_that_is_collected_seldom_never_asks_for_changes() {
    let script = script(&[]);
    let (_, cursor) = pass(&script, None, tenth_of_march());
    let (_, cursor) = pass(&script, cursor, later(tenth_of_march(), HOUR + 1));
    pass(&script, cursor, later(tenth_of_march(), 2 * HOUR + 2));
    assert_eq!(steps(&script), ["calendar"; 3]);
}
