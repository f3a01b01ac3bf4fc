//! Outcomes of rooms: only a whole calendar that is understood makes a room complete.

use crate::cursor::Cursor;
use crate::fixture::{ATRIUM, SETTINGS, Script, atrium, calendar, event, now, room, spring, with_feed};
use connector_sdk::{
    CollectError, EmitError, FetchError, Outcome, Reason, Request, RoomOutcome, SecretError,
};

fn outcome(host: &Script) -> Outcome {
    let mut outcomes = now(crate::feed::collect(host, SETTINGS, &atrium(), spring())).unwrap();
    assert_eq!(outcomes.len(), 1);
    let RoomOutcome { address, outcome } = outcomes.remove(0);
    assert_eq!(address, "atrium@contoso.com");
    outcome
}

fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let host = Script::default().on(ATRIUM, status, headers, body);
    let outcome = outcome(&host);
    assert_eq!(host.emitted(), [""; 0]);
    outcome
}

/// The reason of a failure, after which nothing was emitted.
fn failure(feed: impl Into<Vec<u8>>) -> Reason {
    let host = with_feed(feed);
    let Outcome::Failed(reason) = outcome(&host) else {
        panic!("it did not fail")
    };
    assert_eq!(host.emitted(), [""; 0]);
    reason
}

const MEETING: &str = "UID:a\nDTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSUMMARY:Secret plans";

#[test]
fn a_whole_calendar_is_complete_and_is_asked_for_once() {
    let host = with_feed(event(MEETING));
    assert_eq!(outcome(&host), Outcome::Complete(Cursor::Full.text()));
    assert_eq!(
        host.emitted(),
        ["a 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"Secret plans\""]
    );
    let accept = "text/calendar, text/plain;q=0.5, */*;q=0.1";
    assert_eq!(
        *host.requests.borrow(),
        [Request {
            headers: vec![("accept".to_owned(), accept.to_owned())],
            ..Request::get(ATRIUM)
        }]
    );
}

#[test]
fn an_empty_calendar_is_collected_and_takes_nothing_away_at_first() {
    assert_eq!(
        outcome(&with_feed(calendar("X-WR-CALNAME:Atrium"))),
        Outcome::Changes(Cursor::Emptied.text())
    );
}

#[test]
fn a_refused_feed_is_denied_and_a_feed_that_is_gone_is_missing() {
    let origin = "https://calendar.example.com";
    for status in [401, 403] {
        let Outcome::Denied(reason) = answered(status, &[], &event(MEETING)) else {
            panic!("{status}")
        };
        assert_eq!(
            reason.message,
            format!("feed of atrium@contoso.com: {origin} refuses it")
        );
        assert_eq!(reason.code, Some(format!("HTTP {status}")));
    }
    for status in [404, 410] {
        let Outcome::Missing(reason) = answered(status, &[], "") else {
            panic!("{status}")
        };
        assert_eq!(
            reason.message,
            format!("feed of atrium@contoso.com: {origin} does not have it")
        );
    }
}

#[test]
fn the_advice_names_the_setting_that_helps() {
    let advice = |status, headers: &[(&str, &str)]| match answered(status, headers, "") {
        Outcome::Denied(reason) => reason.advice.unwrap(),
        other => panic!("{other:?}"),
    };
    assert!(advice(403, &[]).contains("set user-agent to a browser's"));
    assert!(advice(401, &[]).contains("set feed in [source.credentials] to a bearer token"));
    for challenge in ["Basic realm=\"SOGo\"", "Digest qop=\"auth\", basic realm=\"x\""] {
        let said = advice(401, &[("www-authenticate", challenge)]);
        assert!(
            said.contains("set feed = { user = \"…\", env = \"…\" }"),
            "{said}"
        );
    }
}

#[test]
fn several_calendars_are_one_feed() {
    let one = |uid: &str, zone: &str| {
        let event = format!("BEGIN:VEVENT\nUID:{uid}\nDTSTART:20260310T090000\nEND:VEVENT");
        calendar(&format!("X-WR-TIMEZONE:{zone}\n{event}"))
    };
    let host = with_feed(one("a", "Europe/Berlin") + &one("b", "Asia/Tokyo"));
    assert_eq!(outcome(&host), Outcome::Complete(Cursor::Full.text()));
    assert_eq!(
        host.emitted(),
        [
            "a 2026-03-10T08:00:00Z 2026-03-10T08:00:00Z none",
            "b 2026-03-10T00:00:00Z 2026-03-10T00:00:00Z none",
        ]
    );
    let between = one("a", "Europe/Berlin") + "X-A:b\r\n" + &one("b", "Europe/Berlin");
    assert_eq!(
        failure(between).message,
        "feed of atrium@contoso.com: line 10 of the calendar is between two calendars"
    );
}

#[test]
fn a_feed_that_says_only_when_the_room_is_busy_fails_it() {
    let busy = "BEGIN:VFREEBUSY\nFREEBUSY:20260310T090000Z/PT1H\nEND:VFREEBUSY";
    let reason = failure(calendar(busy));
    assert!(
        reason.message.ends_with("(VFREEBUSY), and holds no events"),
        "{reason:?}"
    );
    assert!(
        reason
            .advice
            .unwrap()
            .starts_with("Publish the calendar with its events")
    );
}

#[test]
fn a_feed_in_utf_16_or_with_old_line_ends_is_read() {
    let text = event(MEETING);
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for feed in [
        [b"\xff\xfe".to_vec(), utf_16].concat(),
        format!("\u{feff}{text}\u{1a}").into_bytes(),
        text.replace("\r\n", "\r").into_bytes(),
        text.replace("\r\n", "\r\r\n").into_bytes(),
    ] {
        let host = with_feed(feed);
        assert_eq!(outcome(&host), Outcome::Complete(Cursor::Full.text()));
        assert_eq!(host.emitted().len(), 1);
    }
}

#[test]
fn a_throttled_feed_is_tried_again_when_the_server_says() {
    assert_eq!(
        answered(429, &[("retry-after", "120")], ""),
        Outcome::RetryAfter(120)
    );
    let date = [
        ("retry-after", "Tue, 10 Mar 2026 10:01:30 GMT"),
        ("date", "Tue, 10 Mar 2026 10:00:00 GMT"),
    ];
    assert_eq!(answered(503, &date, ""), Outcome::RetryAfter(90));
    assert_eq!(answered(503, &[], ""), Outcome::RetryAfter(10));
}

#[test]
fn any_other_status_fails_the_room_also_when_a_calendar_comes_with_it() {
    for (status, said) in [
        (500, "https://calendar.example.com answers with status 500"),
        (204, "https://calendar.example.com answers with status 204"),
        (206, "https://calendar.example.com answers with status 206"),
        (304, "https://calendar.example.com redirects to another address"),
    ] {
        let Outcome::Failed(reason) = answered(status, &[], &event(MEETING)) else {
            panic!("{status}")
        };
        assert_eq!(reason.message, format!("feed of atrium@contoso.com: {said}"));
    }
    let location = [("location", "https://other.example.com/with/a/key")];
    let Outcome::Failed(reason) = answered(302, &location, "") else {
        panic!("not failed")
    };
    assert_eq!(
        reason.message,
        "feed of atrium@contoso.com: https://calendar.example.com redirects to https://other.example.com"
    );
}

#[test]
fn what_is_no_whole_calendar_fails_the_room() {
    let whole = event(MEETING);
    let cases: [(&str, &str); 9] = [
        ("", "the answer is empty"),
        (" \r\n", "the answer is empty"),
        (
            "<!DOCTYPE html><html>Sign in</html>",
            "the answer is a web page, not a calendar: the address needs a login, or belongs to a page about the feed",
        ),
        (
            "{\"error\": \"login\"}",
            "the answer is not a calendar: it does not begin with BEGIN:VCALENDAR",
        ),
        (
            "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
            "the answer is not a calendar: it does not begin with BEGIN:VCALENDAR",
        ),
        (
            whole.split("END:VCALENDAR").next().unwrap(),
            "the calendar is incomplete: it does not end with END:VCALENDAR",
        ),
        (
            &format!("{whole}<!-- cached -->"),
            "the calendar is incomplete: it does not end with END:VCALENDAR",
        ),
        (
            &whole.replace("END:VEVENT\r\n", ""),
            "line 9 of the calendar ends a component other than the open one",
        ),
        (
            &whole.replace("END:VEVENT", "END:VEVENT\r\nEND:VEVENT"),
            "line 10 of the calendar ends a component other than the open one",
        ),
    ];
    for (feed, said) in cases {
        assert_eq!(
            failure(feed).message,
            format!("feed of atrium@contoso.com: {said}"),
            "{feed}"
        );
    }
}

#[test]
fn components_nested_without_end_fail_the_room() {
    let deep = calendar(&"BEGIN:X-A\n".repeat(100_000));
    assert_eq!(
        failure(deep).message,
        "feed of atrium@contoso.com: the calendar's components are nested more than 8 deep"
    );
}

#[test]
fn a_fetch_that_fails_fails_the_room_with_the_collectors_words() {
    let denied = "https://calendar.example.com is not granted to this source; add \"https://calendar.example.com\" to http \
        in [source.grants]";
    for (error, said, advised) in [
        (FetchError::RequestDenied(denied.to_owned()), denied, None),
        (
            FetchError::ConnectionRefused("connection refused".to_owned()),
            "connection refused",
            Some("Check that the collector's machine reaches the server."),
        ),
        (
            FetchError::BodySize("more than 32 MiB".to_owned()),
            "more than 32 MiB",
            Some("Publish a shorter span of the calendar."),
        ),
        (
            FetchError::Bearer(SecretError::Unavailable("not readable".to_owned())),
            "the credential \"feed\": not readable",
            Some("Correct feed in [source.credentials], or remove it if the feeds need none."),
        ),
    ] {
        let host = Script::default().answering(ATRIUM, Err(error));
        let Outcome::Failed(reason) = outcome(&host) else {
            panic!("it did not fail")
        };
        assert_eq!(reason.message, format!("feed of atrium@contoso.com: {said}"));
        assert_eq!(reason.advice.as_deref(), advised);
    }
}

#[test]
fn a_meeting_that_the_collector_does_not_take_fails_the_room() {
    let mut host = with_feed(event(MEETING));
    host.refuses = Some(EmitError::Invalid("its id is too long".to_owned()));
    let Outcome::Failed(reason) = outcome(&host) else {
        panic!("it did not fail")
    };
    assert_eq!(
        reason.message,
        "feed of atrium@contoso.com: the collector refused a meeting: it is invalid: its id is too long"
    );
}

#[test]
fn one_broken_feed_keeps_no_other_from_being_read() {
    let settings = r#"{"feeds": [
        {"room": "a@x.org", "name": "A", "url": "https://a.example.com/a.ics"},
        {"room": "b@x.org", "name": "B", "url": "https://b.example.com/b.ics"}]}"#;
    let host = Script::default()
        .on("https://a.example.com/a.ics", 200, &[], "<html>")
        .on("https://b.example.com/b.ics", 200, &[], event(MEETING));
    let mut rooms = [room("a"), room("b"), room("c")];
    for room in &mut rooms {
        room.address = room.address.replace("contoso.com", "x.org");
        room.key.clone_from(&room.address);
    }
    let outcomes = now(crate::feed::collect(&host, settings, &rooms, spring())).unwrap();
    assert!(matches!(outcomes[0].outcome, Outcome::Failed(_)));
    assert_eq!(outcomes[1].outcome, Outcome::Complete(Cursor::Full.text()));
    let Outcome::Missing(reason) = &outcomes[2].outcome else {
        panic!("c has no feed")
    };
    assert_eq!(reason.message, "the settings no longer have a feed for c@x.org");
    assert_eq!(host.meetings.borrow().len(), 1);
}

#[test]
fn settings_that_cannot_be_used_are_said() {
    let error = now(crate::feed::collect(
        &Script::default(),
        "{}",
        &atrium(),
        spring(),
    ))
    .unwrap_err();
    let CollectError::Settings(problems) = error else {
        panic!("{error:?}")
    };
    assert_eq!(problems[0].key, "feeds");
}

#[test]
fn neither_the_key_in_the_address_nor_a_subject_is_ever_said() {
    let broken = event(&format!("{MEETING}\nRRULE:FREQ=SOMETIMES"));
    for host in [
        with_feed(broken),
        with_feed(event(MEETING)),
        with_feed("<html>secret-key"),
        with_feed(event(MEETING).replace("UID:a", "(Secret plans")),
        Script::default().on(ATRIUM, 403, &[], ""),
        Script::default().on(ATRIUM, 302, &[("location", "/secret-key/2")], ""),
        Script::default().on(ATRIUM, 302, &[("location", "https://x/secret-key/2")], ""),
    ] {
        let said = format!("{:?} {:?}", outcome(&host), host.log.borrow());
        assert!(
            !said.contains("secret-key") && !said.contains("Secret plans"),
            "{said}"
        );
    }
    let settings = crate::settings::parse(SETTINGS).unwrap();
    assert!(!format!("{settings:?}").contains("secret-key"));
}
