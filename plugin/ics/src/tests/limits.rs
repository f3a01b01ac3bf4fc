//! Feeds that cause endless work: the room fails with a clear reason, in bounded time.

use crate::cursor::Cursor;
use crate::fixture::{SETTINGS, at, atrium, calendar, event, now, spring, with_feed};
use connector_sdk::{Outcome, Window};

fn outcome(feed: &str, window: Window) -> (Outcome, usize) {
    let host = with_feed(feed);
    let mut outcomes = now(crate::feed::collect(&host, SETTINGS, &atrium(), window)).unwrap();
    (outcomes.remove(0).outcome, host.meetings.borrow().len())
}

fn recurring(rule: &str) -> String {
    event(&format!(
        "UID:a\nDTSTART:20200101T090000Z\nDURATION:PT1S\nRRULE:{rule}"
    ))
}

#[test]
fn rules_without_reason_fail_the_room() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=100000000",
        "FREQ=SECONDLY;UNTIL=20990101T000000Z",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,\
         12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,\
         50,51,52,53,54,55,56,57,58,59",
    ] {
        let (Outcome::Failed(reason), 0) = outcome(&recurring(rule), spring()) else {
            panic!("{rule}")
        };
        assert_eq!(
            reason.message,
            "feed of atrium@contoso.com: its event a recurs more often than can be counted"
        );
    }
}

#[test]
fn more_meetings_than_a_room_may_have_fail_it_before_they_are_held() {
    let near = "UID:a\nDTSTART:20260310T090000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY";
    let (Outcome::Failed(reason), 0) = outcome(&event(near), spring()) else {
        panic!("an event of each second was collected")
    };
    assert_eq!(
        reason.message,
        "feed of atrium@contoso.com: its event a has more than 50000 occurrences in the window"
    );
    let many = |n: usize| {
        format!(
            "BEGIN:VEVENT\nUID:{n}\nDTSTART:20260301T000000Z\nDURATION:PT1S\nRRULE:FREQ=MINUTELY\nEND:VEVENT\n"
        )
    };
    let feed = calendar(&(0..3).map(many).collect::<String>());
    let window = Window {
        start: at("2026-03-01T00:00:00Z"),
        end: at("2026-03-15T00:00:00Z"),
    };
    let (Outcome::Failed(reason), 0) = outcome(&feed, window) else {
        panic!("three events of 20160 occurrences each were collected")
    };
    assert_eq!(
        reason.message,
        "feed of atrium@contoso.com: it has more than 50000 meetings in the window"
    );
}

#[test]
fn many_occurrences_before_or_after_the_window_are_no_harm() {
    assert_eq!(
        outcome(&recurring("FREQ=DAILY;COUNT=1000000"), spring()),
        (Outcome::Complete(Cursor::Full.text()), 61)
    );
    assert_eq!(
        outcome(&recurring("FREQ=SECONDLY;UNTIL=20200131T000000Z"), spring()),
        (Outcome::Complete(Cursor::Full.text()), 0)
    );
    // The rule is not expanded at all if the window ends before it.
    let past = Window {
        start: at("2019-01-01T00:00:00Z"),
        end: at("2019-02-01T00:00:00Z"),
    };
    assert_eq!(
        outcome(&recurring("FREQ=SECONDLY"), past),
        (Outcome::Complete(Cursor::Full.text()), 0)
    );
}

#[test]
fn a_rule_that_never_comes_true_holds_but_its_first_day() {
    let feed = event("UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert_eq!(
        outcome(&feed, spring()),
        (Outcome::Complete(Cursor::Full.text()), 1)
    );
}

#[test]
fn many_rules_that_never_come_true_fail_the_room() {
    for end in ["", ";COUNT=5", ";UNTIL=20990101T000000Z"] {
        let one = |n: usize| {
            let rule = format!("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30{end}");
            format!("BEGIN:VEVENT\nUID:{n}\nDTSTART:20260310T090000Z\nRRULE:{rule}\nEND:VEVENT\n")
        };
        let feed = calendar(&(0..100).map(one).collect::<String>());
        assert!(
            matches!(outcome(&feed, spring()), (Outcome::Failed(_), 0)),
            "{end}"
        );
    }
}

#[test]
fn windows_at_the_ends_of_time_are_no_harm() {
    let windows = [
        (i64::MIN, i64::MAX),
        (i64::MIN, i64::MIN + 1),
        (i64::MAX - 1, i64::MAX),
        (0, at("9999-12-31T00:00:00Z")),
    ];
    for (start, end) in windows {
        outcome(&recurring("FREQ=YEARLY"), Window { start, end });
    }
}

#[test]
fn a_zone_with_endless_changes_is_not_understood() {
    let feed = calendar(
        "BEGIN:VTIMEZONE\nTZID:Restless\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
         RRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Restless:20260310T090000\nEND:VEVENT",
    );
    let (Outcome::Failed(reason), 0) = outcome(&feed, spring()) else {
        panic!("understood")
    };
    assert!(
        reason.message.contains("\"Restless\", which is not known"),
        "{}",
        reason.message
    );
}

/// Time grows with the size of the feed, not with its square: otherwise this feed would take minutes.
#[test]
fn a_large_feed_is_read_at_once() {
    let one = |n: usize| {
        format!(
            "BEGIN:VEVENT\nUID:{n}\nDTSTART:20260310T090000Z\nDESCRIPTION:{}\nEND:VEVENT\n",
            "text ".repeat(40)
        )
    };
    let feed = calendar(&(0..20_000).map(one).collect::<String>());
    let begun = std::time::Instant::now();
    assert_eq!(
        outcome(&feed, spring()),
        (Outcome::Complete(Cursor::Full.text()), 20_000)
    );
    assert!(begun.elapsed().as_secs() < 30, "it took {:?}", begun.elapsed());
}
