//! Events: subject, status, whole days, ids, and malformed events.

use crate::cursor::Cursor;
use crate::fixture::{SETTINGS, atrium, calendar, event, now, spring, with_feed};
use connector_sdk::Outcome;

fn collected_with(settings: &str, feed: &str) -> Vec<String> {
    let host = with_feed(feed);
    let outcomes = now(crate::feed::collect(&host, settings, &atrium(), spring())).unwrap();
    assert_eq!(
        outcomes[0].outcome,
        Outcome::Complete(Cursor::Full.text()),
        "{feed}"
    );
    host.emitted()
}

fn collected(feed: &str) -> Vec<String> {
    collected_with(SETTINGS, feed)
}

/// Of what the feed says about itself, what the failure says.
fn failure(feed: &str) -> String {
    let host = with_feed(feed);
    let outcomes = now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap();
    let Outcome::Failed(reason) = &outcomes[0].outcome else {
        panic!("complete: {:?}", host.emitted())
    };
    assert_eq!(host.emitted(), [""; 0]);
    reason
        .message
        .strip_prefix("feed of atrium@contoso.com: its event ")
        .unwrap()
        .to_owned()
}

const TIMES: &str = "DTSTART:20260310T090000Z\nDTEND:20260310T100000Z";

/// An event at nine with these further properties, without its times.
fn at_nine(properties: &str) -> String {
    let collected = collected(&event(&format!("UID:a\n{TIMES}\n{properties}")));
    assert_eq!(collected.len(), 1);
    collected[0].replace("a 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z ", "")
}

#[test]
fn a_subject_is_unescaped_and_unfolded() {
    assert_eq!(
        at_nine(r"SUMMARY:Budget\, part 2\; final"),
        r#""Budget, part 2; final""#
    );
    assert_eq!(
        at_nine("SUMMARY;LANGUAGE=en-us:Weekly\n  sync"),
        r#""Weekly sync""#
    );
    assert_eq!(at_nine("SUMMARY:"), "none");
    assert_eq!(at_nine("SUMMARY:  "), "none");
    assert_eq!(at_nine("LOCATION:Here"), "none");
}

#[test]
fn a_subject_is_cut_where_the_contract_ends_it() {
    let subject = "\u{e9}".repeat(2_048);
    assert_eq!(at_nine(&format!("SUMMARY:{subject}")), format!("{subject:?}"));
    let shown = at_nine(&format!("SUMMARY:{subject}!"));
    assert_eq!(shown, format!("\"{}\u{2026}\"", "\u{e9}".repeat(2_046)));
}

#[test]
fn a_fold_within_a_character_is_undone() {
    let mut feed = event(&format!("UID:a\n{TIMES}\nSUMMARY:Caf\u{e9}")).into_bytes();
    let at = feed.iter().position(|byte| *byte == 0xc3).unwrap();
    feed.splice(at + 1..at + 1, *b"\r\n ");
    let host = with_feed(feed);
    now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap();
    assert_eq!(
        host.emitted(),
        ["a 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"Caf\u{e9}\""]
    );
}

#[test]
fn a_byte_order_mark_bare_line_feeds_and_lower_case_do_no_harm() {
    let feed = event(&format!("UID:a\n{TIMES}"))
        .replace("\r\n", "\n")
        .replace("DTEND", "dtend");
    assert_eq!(
        collected(&format!("\u{feff}{feed}")),
        ["a 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z none"]
    );
}

#[test]
fn private_confidential_and_unknown_classes_lose_the_subject() {
    assert_eq!(at_nine("SUMMARY:Plans\nCLASS:PUBLIC"), "\"Plans\"");
    for class in ["PRIVATE", "CONFIDENTIAL", "private", "X-SECRET", ""] {
        assert_eq!(
            at_nine(&format!("SUMMARY:Plans\nCLASS:{class}")),
            "withheld",
            "{class}"
        );
    }
    assert_eq!(at_nine("SUMMARY:Plans\nCLASS:PUBLIC\nCLASS:PRIVATE"), "withheld");
}

#[test]
fn the_setting_withholds_more() {
    let with = |choice: &str| {
        SETTINGS.replace(
            "\"time-zone\"",
            &format!("\"withhold-subjects\": \"{choice}\", \"time-zone\""),
        )
    };
    let unmarked = event(&format!("UID:a\n{TIMES}\nSUMMARY:Plans"));
    let public = event(&format!("UID:a\n{TIMES}\nSUMMARY:Plans\nCLASS:PUBLIC"));
    let withheld = |settings: &str, feed: &str| collected_with(settings, feed)[0].ends_with("withheld");
    let found = ["private", "marked", "all"].map(|choice| {
        (
            withheld(&with(choice), &unmarked),
            withheld(&with(choice), &public),
        )
    });
    assert_eq!(found, [(false, false), (true, false), (true, true)]);
}

#[test]
fn the_status_is_that_of_the_event() {
    assert_eq!(at_nine("STATUS:CONFIRMED\nTRANSP:TRANSPARENT"), "none");
    assert_eq!(at_nine("STATUS:TENTATIVE"), "none tentative");
    assert_eq!(at_nine("STATUS:CANCELLED"), "none cancelled");
}

#[test]
fn an_occurrence_keeps_its_id_when_it_is_moved_cancelled_or_private() {
    let series = "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Berlin:20260309T090000\nDURATION:PT1H\nSUMMARY:Sync\n\
        RRULE:FREQ=DAILY;COUNT=4\nEND:VEVENT\n";
    assert_eq!(
        collected(&calendar(series)),
        [
            "a/20260309T080000Z of a 2026-03-09T08:00:00Z 2026-03-09T09:00:00Z \"Sync\"",
            "a/20260310T080000Z of a 2026-03-10T08:00:00Z 2026-03-10T09:00:00Z \"Sync\"",
            "a/20260311T080000Z of a 2026-03-11T08:00:00Z 2026-03-11T09:00:00Z \"Sync\"",
            "a/20260312T080000Z of a 2026-03-12T08:00:00Z 2026-03-12T09:00:00Z \"Sync\"",
        ]
    );
    let changed = |id: &str, properties: &str| {
        format!(
            "BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Europe/Berlin:{id}T090000\n{properties}\nEND:VEVENT\n"
        )
    };
    let moved = changed(
        "20260309",
        "DTSTART;TZID=Europe/Berlin:20260309T150000\nDURATION:PT2H\nSUMMARY:Moved",
    );
    let cancelled = changed(
        "20260310",
        "DTSTART;TZID=Europe/Berlin:20260310T090000\nDURATION:PT1H\nSTATUS:CANCELLED",
    );
    let private = changed(
        "20260311",
        "DTSTART;TZID=Europe/Berlin:20260311T090000\nDURATION:PT1H\nCLASS:PRIVATE\nSUMMARY:x",
    );
    assert_eq!(
        // The changed ones come first: the order of the components means nothing.
        collected(&calendar(&format!("{moved}{cancelled}{private}{series}"))),
        [
            "a/20260309T080000Z of a 2026-03-09T14:00:00Z 2026-03-09T16:00:00Z \"Moved\"",
            "a/20260310T080000Z of a 2026-03-10T08:00:00Z 2026-03-10T09:00:00Z none cancelled",
            "a/20260311T080000Z of a 2026-03-11T08:00:00Z 2026-03-11T09:00:00Z withheld",
            "a/20260312T080000Z of a 2026-03-12T08:00:00Z 2026-03-12T09:00:00Z \"Sync\"",
        ]
    );
    // Alone, as after an invitation to a single occurrence, it has the same id.
    assert_eq!(
        collected(&calendar(&moved)),
        ["a/20260309T080000Z of a 2026-03-09T14:00:00Z 2026-03-09T16:00:00Z \"Moved\""]
    );
}

#[test]
fn an_occurrence_of_a_private_or_cancelled_series_is_so_too() {
    let feed = |property: &str| {
        calendar(&format!(
            "BEGIN:VEVENT\nUID:a\n{TIMES}\nRRULE:FREQ=DAILY;COUNT=2\n{property}\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\n\
             RECURRENCE-ID:20260311T090000Z\nDTSTART:20260311T120000Z\nDURATION:PT1H\nSUMMARY:Plans\nEND:VEVENT"
        ))
    };
    assert_eq!(
        collected(&feed("CLASS:PRIVATE"))[1],
        "a/20260311T090000Z of a 2026-03-11T12:00:00Z 2026-03-11T13:00:00Z withheld"
    );
    assert_eq!(
        collected(&feed("STATUS:CANCELLED"))[1],
        "a/20260311T090000Z of a 2026-03-11T12:00:00Z 2026-03-11T13:00:00Z \"Plans\" cancelled"
    );
}

#[test]
fn an_occurrence_may_be_named_by_its_day_and_a_day_by_a_time() {
    let timed = "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Berlin:20260309T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
        END:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20260310\n\
        DTSTART;TZID=Europe/Berlin:20260310T150000\nDURATION:PT1H\nEND:VEVENT";
    assert_eq!(
        collected(&calendar(timed)),
        [
            "a/20260309T080000Z of a 2026-03-09T08:00:00Z 2026-03-09T09:00:00Z none",
            "a/20260310T080000Z of a 2026-03-10T14:00:00Z 2026-03-10T15:00:00Z none",
        ]
    );
    let days = "BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20260309\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260308T230000Z\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260309T230000Z\nDTSTART;VALUE=DATE:20260312\nEND:VEVENT";
    assert_eq!(
        collected(&calendar(days)),
        ["a/20260310 of a 2026-03-11T23:00:00Z 2026-03-12T23:00:00Z none all day"]
    );
}

#[test]
fn a_day_excludes_every_occurrence_of_that_day() {
    let feed = event(
        "UID:a\nDTSTART;TZID=Europe/Berlin:20260309T003000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260310",
    );
    let starts: Vec<String> = collected(&feed)
        .iter()
        .map(|line| line[..18].to_owned())
        .collect();
    assert_eq!(starts, ["a/20260308T233000Z", "a/20260310T233000Z"]);
}

#[test]
fn until_a_day_includes_that_day() {
    // RFC 5545 requires an instant here. A day means the whole day; recurring-ical-events ends the series a day before.
    let feed = event(
        "UID:a\nDTSTART;TZID=Europe/Berlin:20260309T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260310",
    );
    assert_eq!(collected(&feed).len(), 2);
}

#[test]
fn whole_days_are_marked_and_a_day_that_ends_on_itself_is_one() {
    assert_eq!(
        collected(&event(
            "UID:a\nDTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260310"
        )),
        ["a 2026-03-09T23:00:00Z 2026-03-10T23:00:00Z none all day"]
    );
    let outlook = "UID:a\nDTSTART;TZID=W. Europe Standard Time:20260310T000000\n\
        DTEND;TZID=W. Europe Standard Time:20260311T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE";
    assert_eq!(
        collected(&event(outlook)),
        ["a 2026-03-09T23:00:00Z 2026-03-10T23:00:00Z none all day"]
    );
    assert_eq!(
        collected(&event(&outlook.replace("TRUE", "FALSE"))),
        ["a 2026-03-09T23:00:00Z 2026-03-10T23:00:00Z none"]
    );
}

#[test]
fn the_feeds_own_zone_goes_before_the_settings() {
    let floating = "BEGIN:VEVENT\nUID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nEND:VEVENT";
    assert_eq!(
        collected(&calendar(floating)),
        ["a 2026-03-10T08:00:00Z 2026-03-10T09:00:00Z none"]
    );
    let own = format!("X-WR-TIMEZONE:America/New_York\n{floating}");
    assert_eq!(
        collected(&calendar(&own)),
        ["a 2026-03-10T13:00:00Z 2026-03-10T14:00:00Z none"]
    );
}

#[test]
fn without_any_zone_only_a_feed_that_needs_one_fails() {
    let settings = SETTINGS.replace(", \"time-zone\": \"Europe/Berlin\"", "");
    assert_eq!(
        collected_with(&settings, &event(&format!("UID:a\n{TIMES}"))).len(),
        1
    );
    let host = with_feed(event("UID:a\nDTSTART;VALUE=DATE:20260310"));
    let outcomes = now(crate::feed::collect(&host, &settings, &atrium(), spring())).unwrap();
    let Outcome::Failed(reason) = &outcomes[0].outcome else {
        panic!("it did not fail")
    };
    assert_eq!(
        (reason.message.as_str(), reason.advice.as_deref()),
        (
            "feed of atrium@contoso.com: its event a has a date or time without a zone, and the feed names no zone \
             (X-WR-TIMEZONE)",
            Some("Set time-zone to where the rooms are, for example time-zone = \"Europe/Berlin\".")
        )
    );
}

#[test]
fn the_latest_revision_counts_in_whatever_order_they_come() {
    let revision = |revision: &str, hour: &str| {
        format!("BEGIN:VEVENT\nUID:a\nDTSTART:20260310T{hour}0000Z\nDURATION:PT1H\n{revision}\nEND:VEVENT\n")
    };
    for (old, new) in [
        ("SEQUENCE:1", "SEQUENCE:2"),
        ("SEQUENCE:9", "SEQUENCE:10"),
        ("DTSTAMP:20260101T000000Z", "DTSTAMP:20260102T000000Z"),
        ("LAST-MODIFIED:20260101T000000Z", "LAST-MODIFIED:20260102T000000Z"),
    ] {
        let (old, new) = (revision(old, "09"), revision(new, "14"));
        for feed in [format!("{old}{new}"), format!("{new}{old}")] {
            assert_eq!(
                collected(&calendar(&feed)),
                ["a 2026-03-10T14:00:00Z 2026-03-10T15:00:00Z none"]
            );
        }
    }
    let same = revision("SEQUENCE:1", "09");
    assert_eq!(collected(&calendar(&format!("{same}{same}"))).len(), 1);
    let other = revision("SEQUENCE:1", "14");
    assert_eq!(
        failure(&calendar(&format!("{same}{other}"))),
        "a occurs twice with the same revision and different content"
    );
}

#[test]
fn events_without_a_uid_are_named_by_their_times() {
    let nameless = |subject: &str| format!("BEGIN:VEVENT\n{TIMES}\nSUMMARY:{subject}\nEND:VEVENT\n");
    for feed in [nameless("A") + &nameless("B"), nameless("B") + &nameless("A")] {
        assert_eq!(
            collected(&calendar(&feed)),
            [
                "20260310T090000Z/20260310T100000Z/1 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"A\"",
                "20260310T090000Z/20260310T100000Z/2 2026-03-10T09:00:00Z 2026-03-10T10:00:00Z \"B\"",
            ]
        );
    }
}

#[test]
fn other_components_are_passed_over() {
    let others = "BEGIN:VTODO\nDTSTART:never\nEND:VTODO\nBEGIN:VJOURNAL\nEND:VJOURNAL\nBEGIN:VFREEBUSY\nEND:VFREEBUSY\n\
        BEGIN:X-THING\nEND:X-THING\n";
    let alarm = format!(
        "BEGIN:VEVENT\nUID:a\n{TIMES}\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:x\nEND:VALARM\nEND:VEVENT"
    );
    assert_eq!(collected(&calendar(&format!("{others}{alarm}"))).len(), 1);
}

#[test]
fn an_event_that_is_not_understood_fails_the_room() {
    for (properties, said) in [
        ("UID:a", "a has no DTSTART"),
        (
            "UID:a\nDTSTART:20260310T0900",
            "a has a DTSTART that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nDTSTART:20260311T090000Z",
            "a has DTSTART more than once",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nDTEND:20260310T080000Z",
            "a ends before it starts",
        ),
        (
            "UID:a\nDTSTART;VALUE=DATE:20260310\nDTEND;TZID=Europe/Berlin:20260310T080000",
            "a has a DTEND that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nDURATION:-PT1H",
            "a has a DURATION that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nDURATION:PT1H30",
            "a has a DURATION that is not understood",
        ),
        (
            "UID:a\nDTSTART;TZID=Middle Earth:20260310T090000",
            "a is in the time zone \"Middle Earth\", which is not known and which the feed does not define",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=SOMETIMES",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;INTERVAL=0",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;INTERVAL=65537",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;COUNT=0",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;UNTIL=soon",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;X-TWIST=1",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=0",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:",
            "a recurs by a rule that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ=HOURLY;BYMONTH=4",
            "a recurs by the hour, minute or second with further conditions, which is not supported",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nEXRULE:FREQ=DAILY",
            "a uses EXRULE, which is not supported",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nEXDATE:tomorrow",
            "a has a EXDATE that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRDATE:20260311T090000Z/P1Y",
            "a has a RDATE that is not understood",
        ),
        (
            "UID:a\nDTSTART:20260310T090000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260310T090000Z",
            "a uses RECURRENCE-ID with RANGE, which is not supported",
        ),
        (
            "DTSTART:20260310T090000Z\nRECURRENCE-ID:20260310T090000Z",
            "at line 4 has no UID",
        ),
    ] {
        assert_eq!(failure(&event(properties)), said, "{properties}");
    }
}
