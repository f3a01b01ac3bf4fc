use super::*;
use crate::script::{at, tenth_of_march, written};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A plain meeting on the tenth of March, with these properties added or replaced.
fn event(changes: Value) -> String {
    let mut event = json!({
        "id": "id1", "subject": "Weekly sync",
        "start": {"dateTime": "2026-03-10T10:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-10T11:00:00.0000000", "timeZone": "UTC"},
        "isAllDay": false, "isCancelled": false, "sensitivity": "normal", "showAs": "busy",
        "type": "singleInstance", "seriesMasterId": null,
        "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
    });
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event.to_string()
}

fn span(zone: &str, start: &str, end: &str) -> Value {
    json!({"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}})
}

/// An all-day event from one date to another, created in this zone, read in UTC.
fn days(zone: Value, start: &str, end: &str) -> Value {
    let mut event = span(
        "UTC",
        &format!("{start}T00:00:00.0000000"),
        &format!("{end}T00:00:00.0000000"),
    );
    event["isAllDay"] = json!(true);
    event["originalStartTimeZone"] = zone.clone();
    event["originalEndTimeZone"] = zone;
    event
}

/// The result of reading the event, in a line.
fn read_with(text: &str, window: Window, withhold: Withhold) -> String {
    let event: Event<'_> = serde_json::from_str(text).unwrap();
    match event.read("a@contoso.com", window, withhold) {
        Ok(Reading::Nothing) => "nothing".to_owned(),
        Ok(Reading::Meeting { meeting: m, floating }) => {
            let floating = if floating { " floating" } else { "" };
            format!(
                "{}/{} {:?} {:?}{floating}",
                written(m.start),
                written(m.end),
                m.subject,
                m.status
            )
        }
        Err(error) => error.to_string(),
    }
}

fn read(changes: Value) -> String {
    read_with(&event(changes), tenth_of_march(), Withhold::Private)
}

/// Only the times.
fn times(changes: Value) -> String {
    let read = read(changes);
    read.split(" Text(").next().unwrap().to_owned()
}

#[test]
fn a_plain_meeting_is_read() {
    assert_eq!(
        read(json!({})),
        "2026-03-10T10:00Z/2026-03-10T11:00Z Text(\"Weekly sync\") Confirmed"
    );
}

#[test]
fn utc_is_understood_in_each_of_its_spellings() {
    for (zone, time) in [
        (json!("UTC"), "2026-03-10T10:00:00"),
        (json!("utc"), "2026-03-10T10:00:00.0000000"),
        (json!("tzone://Microsoft/Utc"), "2026-03-10T10:00:00.0000000"),
        (json!("Etc/UTC"), "2026-03-10T10:00:00.123"),
        (json!("UTC"), "2026-03-10T10:00:00.0000000Z"),
        (json!(null), "2026-03-10T10:00:00.0000000"),
        (json!("UTC"), "2026-03-10T11:00:00+01:00"),
    ] {
        let start = json!({"dateTime": time, "timeZone": zone});
        assert_eq!(
            times(json!({"start": start})),
            "2026-03-10T10:00Z/2026-03-10T11:00Z",
            "{zone} {time}"
        );
    }
}

#[test]
fn another_zone_is_converted_and_never_stamped() {
    let read = |zone| times(span(zone, "2026-03-10T10:00:00", "2026-03-10T11:00:00"));
    assert_eq!(
        read("Pacific Standard Time"),
        "2026-03-10T17:00Z/2026-03-10T18:00Z"
    );
    assert_eq!(read("Europe/Amsterdam"), "2026-03-10T09:00Z/2026-03-10T10:00Z");
    assert_eq!(read("asia/kolkata"), "2026-03-10T04:30Z/2026-03-10T05:30Z");
}

#[test]
fn an_unknown_zone_of_a_timed_event_is_an_error_that_names_it() {
    for zone in [
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "Middle Earth Standard Time",
        "",
    ] {
        assert_eq!(
            read(span(zone, "2026-03-10T10:00:00", "2026-03-10T11:00:00")),
            format!("has an event in the time zone {zone:?}, which is not known")
        );
    }
}

#[test]
fn an_all_day_event_stands_on_the_day_of_its_own_zone() {
    let read = |zone: &str| times(days(json!(zone), "2026-03-10", "2026-03-11"));
    assert_eq!(
        read("W. Europe Standard Time"),
        "2026-03-09T23:00Z/2026-03-10T23:00Z"
    );
    assert_eq!(
        read("Pacific Standard Time"),
        "2026-03-10T07:00Z/2026-03-11T07:00Z"
    );
    assert_eq!(
        read("tzone://Microsoft/Utc"),
        "2026-03-10T00:00Z/2026-03-11T00:00Z"
    );
}

#[test]
fn an_all_day_event_of_a_neighbouring_day_belongs_to_the_window_when_its_own_zone_says_so() {
    // The eleventh on Kiritimati begins at ten in the morning of the tenth, UTC.
    let kiritimati = days(json!("Line Islands Standard Time"), "2026-03-11", "2026-03-12");
    assert_eq!(times(kiritimati), "2026-03-10T10:00Z/2026-03-11T10:00Z");
    let honolulu = days(json!("Hawaiian Standard Time"), "2026-03-09", "2026-03-10");
    assert_eq!(times(honolulu), "2026-03-09T10:00Z/2026-03-10T10:00Z");
    // In Amsterdam the eleventh begins at 23:00 of the tenth, and the ninth ended at 23:00 of the ninth.
    let amsterdam = |start, end| times(days(json!("Europe/Amsterdam"), start, end));
    assert_eq!(
        amsterdam("2026-03-11", "2026-03-12"),
        "2026-03-10T23:00Z/2026-03-11T23:00Z"
    );
    assert_eq!(amsterdam("2026-03-09", "2026-03-10"), "nothing");
}

#[test]
fn an_all_day_event_across_a_change_of_the_clocks_has_23_or_25_hours() {
    let window = Window {
        start: at("2026-03-28T00:00:00Z"),
        end: at("2026-10-31T00:00:00Z"),
    };
    let read = |start, end| {
        read_with(
            &event(days(json!("Europe/Berlin"), start, end)),
            window,
            Withhold::All,
        )
    };
    assert_eq!(
        read("2026-03-29", "2026-03-30"),
        "2026-03-28T23:00Z/2026-03-29T22:00Z Withheld Confirmed"
    );
    assert_eq!(
        read("2026-10-25", "2026-10-26"),
        "2026-10-24T22:00Z/2026-10-25T23:00Z Withheld Confirmed"
    );
}

#[test]
fn an_all_day_event_without_a_zone_that_resolves_floats() {
    for zone in [
        json!(null),
        json!("tzone://Microsoft/Custom"),
        json!("Customized Time Zone"),
        json!(""),
    ] {
        assert_eq!(
            read(days(zone, "2026-03-10", "2026-03-11")),
            "2026-03-10T00:00Z/2026-03-11T00:00Z Text(\"Weekly sync\") Confirmed floating"
        );
    }
}

#[test]
fn the_zone_of_the_end_helps_where_that_of_the_start_does_not_resolve() {
    let mut event = days(json!("tzone://Microsoft/Custom"), "2026-03-10", "2026-03-11");
    event["originalEndTimeZone"] = json!("Tokyo Standard Time");
    assert_eq!(times(event), "2026-03-09T15:00Z/2026-03-10T15:00Z");
}

#[test]
fn an_all_day_flag_on_other_times_than_midnight_leaves_the_times_alone() {
    let mut event = span(
        "UTC",
        "2026-03-09T23:00:00.0000000",
        "2026-03-10T23:00:00.0000000",
    );
    event["isAllDay"] = json!(true);
    assert_eq!(times(event), "2026-03-09T23:00Z/2026-03-10T23:00Z");
}

#[test]
fn sentinel_years_are_skipped() {
    let start = json!({"dateTime": "0001-01-01T00:00:00", "timeZone": "tzone://Microsoft/Utc"});
    assert_eq!(read(json!({"start": start})), "nothing");
    let end = json!({"dateTime": "9999-12-31T23:59:59.9999999", "timeZone": "UTC"});
    assert_eq!(read(json!({"end": end})), "nothing");
}

#[test]
fn a_series_master_is_not_a_meeting() {
    assert_eq!(read(json!({"type": "seriesMaster"})), "nothing");
}

#[test]
fn an_occurrence_names_its_series() {
    let text = event(json!({"type": "occurrence", "seriesMasterId": "master1"}));
    let event: Event<'_> = serde_json::from_str(&text).unwrap();
    let Ok(Reading::Meeting { meeting, .. }) = event.read("a@contoso.com", tenth_of_march(), Withhold::All)
    else {
        panic!("no meeting")
    };
    assert_eq!(meeting.series.as_deref(), Some("master1"));
}

#[test]
fn the_status_comes_from_the_flags_and_not_from_the_subject() {
    let status = |changes| read(changes).rsplit(' ').next().unwrap().to_owned();
    assert_eq!(
        status(json!({"isCancelled": true, "showAs": "tentative"})),
        "Cancelled"
    );
    assert_eq!(status(json!({"showAs": "tentative"})), "Tentative");
    for shown in [
        json!("free"),
        json!("oof"),
        json!("workingElsewhere"),
        json!("unknownFutureValue"),
        json!(null),
    ] {
        assert_eq!(status(json!({"showAs": shown})), "Confirmed");
    }
    assert_eq!(
        status(json!({"subject": "Canceled: Weekly sync", "showAs": "free"})),
        "Confirmed"
    );
}

#[test]
fn an_empty_subject_is_none_unless_it_would_be_withheld() {
    for subject in [json!(""), json!("  "), json!(null)] {
        assert!(read(json!({"subject": subject})).contains(" None "));
        assert!(read(json!({"subject": subject, "sensitivity": "private"})).contains(" Withheld "));
    }
}

#[test]
fn a_private_subject_is_withheld_and_so_is_one_of_unknown_marking() {
    for sensitivity in [
        json!("private"),
        json!("confidential"),
        json!(null),
        json!("unknownFutureValue"),
    ] {
        assert!(
            read(json!({"sensitivity": sensitivity})).contains(" Withheld "),
            "{sensitivity}"
        );
    }
    let text = event(json!({})).replace("sensitivity", "other");
    assert!(read_with(&text, tenth_of_march(), Withhold::Private).contains(" Withheld "));
}

#[test]
fn subjects_in_any_script_are_read() {
    let text = event(json!({})).replace("Weekly sync", "\\u4f1a\\u8b70 \\\"\\ud83d\\ude00\\\" עברית");
    assert!(read_with(&text, tenth_of_march(), Withhold::Private).contains("会議"));
}

#[test]
fn a_broken_event_is_an_error() {
    let stamp = |time: Value| json!({"dateTime": time, "timeZone": "UTC"});
    for (changes, error) in [
        (json!({"id": null}), "has an event without an id"),
        (json!({"id": ""}), "has an event without an id"),
        (json!({"start": null}), "has an event whose start is missing"),
        (
            json!({"end": {"timeZone": "UTC"}}),
            "has an event whose end is missing",
        ),
        (
            json!({"start": stamp(json!("tomorrow"))}),
            "has an event whose start is not a date and time",
        ),
        (
            json!({"end": stamp(json!("2026-03-10T09:00:00"))}),
            "has an event that ends before it starts",
        ),
    ] {
        assert_eq!(read(changes), error);
    }
}

#[test]
fn the_window_is_half_open() {
    let read = |start: &str, end: &str| times(span("UTC", start, end)) != "nothing";
    assert!(!read("2026-03-09T23:00:00", "2026-03-10T00:00:00"));
    assert!(read("2026-03-09T23:00:00", "2026-03-10T00:00:01"));
    assert!(read("2026-03-10T23:59:59", "2026-03-11T01:00:00"));
    assert!(!read("2026-03-11T00:00:00", "2026-03-11T01:00:00"));
    // Meetings without length.
    assert!(read("2026-03-10T00:00:00", "2026-03-10T00:00:00"));
    assert!(!read("2026-03-11T00:00:00", "2026-03-11T00:00:00"));
}

proptest! {
    #[test]
    fn windows_side_by_side_hold_every_meeting_and_a_meeting_without_length_once(
        start in 0_i64..100, length in 0_i64..40, cut in 0_i64..100,
    ) {
        let end = start + length;
        let (left, right) = (Window { start: -100, end: cut }, Window { start: cut, end: 200 });
        let (l, r) = (left.overlaps(start, end), right.overlaps(start, end));
        prop_assert!(l || r);
        prop_assert_eq!(l && r, start < cut && cut < end);
    }

    #[test]
    fn a_page_with_any_event_is_read_or_refused_without_a_panic(
        id in proptest::option::of("\\PC{0,5}"),
        start in "(0001|2026|9999)-0[1-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|\\+14:00)?",
        zone in proptest::option::of("(UTC|W. Europe Standard Time|Asia/Tokyo|Nowhere)"),
        all_day in any::<bool>(),
    ) {
        let start = json!({"dateTime": start, "timeZone": zone});
        let text = event(json!({"id": id, "start": start, "isAllDay": all_day, "originalStartTimeZone": zone}));
        let _ = read_with(&text, tenth_of_march(), Withhold::Private);
    }
}
