//! Section 4: each verdict, its limits, and what it keeps.

use serde_json::json;

use crate::support::{World, watched};

#[test]
fn what_does_not_count_is_told_first() {
    let world = watched()
        .book("tentative", "09:00", "10:00")
        .with("status", "tentative")
        .book("cancelled when first seen", "09:00", "10:00")
        .with("status", "cancelled")
        .book("no length", "09:00", "09:00")
        .book("no length, removed", "09:00", "09:00")
        .removed("07:00");
    let words: Vec<&str> = world.verdicts().iter().map(|line| line.verdict).collect();
    assert_eq!(words, ["not-counted"; 4]);
    assert_eq!(world.all()["bookings"]["not-counted"], 4);
    assert_eq!(world.all()["cells"]["booked_vacant"], 0);
}

#[test]
fn the_moment_of_a_removal_decides() {
    for (when, word) in [
        ("07:59:59", "cancelled-early"),
        ("08:00", "cancelled-early"),
        ("08:00:01", "cancelled-late"),
        ("08:59:59", "cancelled-late"),
        ("09:00", "cancelled-after-start"),
        ("09:00:01", "released-empty"),
        ("09:30", "released-empty"),
        ("10:00", "no-show"),
        ("18:00", "no-show"),
    ] {
        let world = watched().book("b", "09:00", "10:00").removed(when);
        assert_eq!(world.word("b"), word, "{when}");
    }
}

#[test]
fn a_room_in_which_somebody_may_have_been_was_not_released_empty() {
    let somebody = watched()
        .book("b", "09:00", "10:00")
        .removed("09:10")
        .says("presence", "09:00", "09:01", true);
    assert_eq!(somebody.word("b"), "cancelled-after-start");
    let bucket = World::new()
        .book("b", "09:00", "10:00")
        .removed("09:10")
        .bucket("presence", "09:00", "10:00", 60);
    assert_eq!(bucket.word("b"), "cancelled-after-start");
}

#[test]
fn eight_hours_or_a_whole_day_are_a_block() {
    let world = watched()
        .book("eight hours", "09:00", "17:00")
        .book("less", "09:00", "16:59")
        .book("all day", "09:00", "10:00")
        .with("all_day", true);
    assert_eq!(world.word("eight hours"), "block");
    assert_eq!(world.word("less"), "no-show");
    assert_eq!(world.word("all day"), "block");
}

#[test]
fn five_minutes_or_a_fifth_are_attended_two_minutes_are_nobody_and_between_is_brief() {
    for (length, present, word) in [
        ("10:00", "09:05", "attended"),
        ("10:00", "09:04:59", "brief"),
        ("10:00", "09:02:01", "brief"),
        ("10:00", "09:02", "no-show"),
        ("09:10", "09:02", "attended"),
        ("09:00:04", "09:00:01", "attended"),
    ] {
        let world = watched()
            .book("b", "09:00", length)
            .says("presence", "09:00", present, true);
        assert_eq!(world.word("b"), word, "{length} {present}");
    }
}

#[test]
fn nine_tenths_must_be_known() {
    let known_until = |end: &str| {
        World::new()
            .book("b", "09:00", "10:00")
            .people("09:00", end, 0)
            .word("b")
    };
    assert_eq!(known_until("09:54"), "no-show");
    assert_eq!(known_until("09:53:59"), "unknown");
}

#[test]
fn why_nothing_is_known_is_told() {
    let reason = |world: World| world.book("b", "09:00", "10:00").verdict("b").reason;
    assert_eq!(reason(World::new()), Some("no source"));
    let seen = || World::new().people("08:00", "08:30", 1);
    assert_eq!(reason(seen()), Some("partly observed"));
    assert_eq!(
        reason(seen().blind("call", "09:59", "10:30", "standby")),
        Some("blind")
    );
    let both = seen()
        .blind("call", "09:00", "10:00", "standby")
        .blind("call", "09:00", "09:01", "offline");
    assert_eq!(reason(both), Some("offline"));
    assert_eq!(
        reason(seen().blind("call", "10:00", "11:00", "offline")),
        Some("partly observed")
    );
    let back = World::new()
        .people("09:00", "10:00", 0)
        .of_record("withdrawn", true);
    assert_eq!(reason(back), Some("no source"));
}

#[test]
fn records_of_any_time_decide_whether_only_calls_are_known() {
    let calls = || {
        World::new()
            .book("b", "09:00", "10:00")
            .call("2026-03-01T09:00", "2026-03-01T10:00")
    };
    assert_eq!(calls().word("b"), "no-activity");
    assert_eq!(
        calls()
            .blind("presence", "2026-02-01T00:00", "2026-02-02T00:00", "x")
            .word("b"),
        "unknown"
    );
    assert_eq!(
        calls().call("09:00", "09:01").word("b"),
        "unknown",
        "somebody was there"
    );
    let bucket = calls().bucket("people-count", "2026-02-01T00:00", "2026-02-02T00:00", 3);
    assert_eq!(bucket.word("b"), "unknown", "the room has a counter");
}

#[test]
fn a_bucket_counts_as_far_as_it_is_certain_within_the_booking() {
    let world = World::new()
        .book("b", "09:00", "10:00")
        .bucket("presence", "09:00", "10:00", 900);
    let whole = world.verdict("b");
    assert_eq!(
        (whole.verdict, whole.occupied_seconds, whole.known_seconds),
        ("attended", 900, 3_600)
    );
    let half = World::new()
        .book("b", "09:00", "09:30")
        .bucket("presence", "09:00", "10:00", 900);
    let half = half.verdict("b");
    assert_eq!(
        (half.verdict, half.occupied_seconds, half.known_seconds),
        ("unknown", 0, 900)
    );
}

#[test]
fn a_verdict_settles_two_hours_after_the_end_and_a_future_booking_has_none() {
    let world = |now: &str| watched().book("b", "09:00", "10:00").now(now);
    assert!(world("09:59:59").verdicts().is_empty());
    assert!(world("10:00").verdict("b").provisional);
    assert!(world("11:59:59").verdict("b").provisional);
    assert!(!world("12:00").verdict("b").provisional);
    assert_eq!(world("09:30").all()["bookings"]["no-show"], 0);
    assert_eq!(
        world("08:00").removed("07:00").word("b"),
        "cancelled-early",
        "it was removed"
    );
}

#[test]
fn a_line_has_the_keys_of_the_contract_in_its_order() {
    let world = World::new()
        .book("AAMk…", "10:00", "11:00")
        .people("10:00", "11:00", 0);
    assert_eq!(
        serde_json::to_string(&world.verdict("AAMk…")).unwrap(),
        "{\"source\":\"contoso\",\"room\":\"a@x.com\",\"id\":\"AAMk…\",\"series\":null,\"start\":\"2026-03-10T10:00:00Z\",\
         \"end\":\"2026-03-10T11:00:00Z\",\"verdict\":\"no-show\",\"length_seconds\":3600,\"occupied_seconds\":0,\"known_seconds\":3600,\
         \"party\":null,\"provisional\":false,\"reason\":null,\"evidence\":[{\"source\":\"webex\",\"kind\":\"people-count\",\
         \"state\":\"vacant\",\"start\":\"2026-03-10T10:00:00Z\",\"end\":\"2026-03-10T11:00:00Z\"}]}"
    );
}

#[test]
fn lines_are_sorted_by_source_room_start_and_id() {
    let world = World::new()
        .room("0@x.com", None, None)
        .book("z", "09:00", "10:00")
        .book("b", "10:00", "11:00")
        .book("a", "10:00", "11:00")
        .book_in("0@x.com", "last", "12:00", "13:00");
    let ids: Vec<String> = world.verdicts().into_iter().map(|line| line.id).collect();
    assert_eq!(json!(ids), json!(["last", "z", "a", "b"]));
}
