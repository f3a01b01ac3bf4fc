//! Properties that hold for any feed.

use crate::fixture::{SETTINGS, atrium, calendar, now, spring, with_feed};
use crate::line::Lines;
use crate::privacy::Withhold;
use crate::schedule::{self, Reading};
use crate::zones::Told;
use connector_sdk::{Meeting, Window};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};

/// An event as its properties, with one of a few UIDs, so that some are equal.
fn event() -> impl Strategy<Value = String> {
    let day = (2025i32..2027, 1u32..13, 1u32..29).prop_map(|(y, m, d)| format!("{y}{m:02}{d:02}"));
    let time = (0u32..24, 0u32..60).prop_map(|(h, m)| format!("T{h:02}{m:02}00"));
    let zone = prop::sample::select(vec![
        "",
        "Z",
        "Europe/Berlin",
        "Eastern Standard Time",
        "Australia/Lord_Howe",
    ]);
    let rule = prop::sample::select(vec![
        "",
        "",
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=9",
        "FREQ=YEARLY",
        "FREQ=DAILY;UNTIL=20260310T090000Z",
        "FREQ=HOURLY;COUNT=30",
    ]);
    let length = prop::sample::select(vec!["", "DURATION:PT45M\n", "DURATION:P2DT1H\n"]);
    (0u8..6, day, time, zone, rule, length, 0u32..9).prop_map(
        |(uid, day, time, zone, rule, length, sequence)| {
            let start = match zone {
                "" => format!("DTSTART:{day}{time}"),
                "Z" => format!("DTSTART:{day}{time}Z"),
                zone => format!("DTSTART;TZID={zone}:{day}{time}"),
            };
            let rule = if rule.is_empty() {
                String::new()
            } else {
                format!("RRULE:{rule}\n")
            };
            let uid = if uid == 0 {
                String::new()
            } else {
                format!("UID:{uid}\n")
            };
            format!("BEGIN:VEVENT\n{uid}SEQUENCE:{sequence}\n{start}\n{length}{rule}END:VEVENT\n")
        },
    )
}

fn window() -> impl Strategy<Value = Window> {
    // Within 2026, from a second to two months.
    (1_767_225_600i64..1_798_761_600, 1i64..5_184_000).prop_map(|(start, length)| Window {
        start,
        end: start + length,
    })
}

fn meetings(events: &[String], window: Window) -> Option<Vec<Meeting<'static>>> {
    let lines = Lines::read(calendar(&events.concat()).as_bytes(), None);
    let parsed = crate::calendar::calendars(&lines).unwrap();
    let zone = crate::zone::named("Europe/Berlin");
    let reading = Reading {
        room: "a@x.org",
        window,
        withhold: Withhold::Private,
        zones: Told {
            default: zone.as_ref(),
            names: &BTreeMap::new(),
        },
    };
    schedule::meetings(&parsed, reading)
        .ok()
        .map(|found| found.meetings)
}

proptest! {
    #[test]
    fn nothing_is_emitted_outside_the_window_and_no_id_twice(events in prop::collection::vec(event(), 0..6), window in window()) {
        let Some(meetings) = meetings(&events, window) else { return Ok(()) };
        let mut ids = HashSet::new();
        for meeting in &meetings {
            let inside = if meeting.start == meeting.end {
                window.start <= meeting.start && meeting.start < window.end
            } else {
                meeting.start < window.end && window.start < meeting.end
            };
            prop_assert!(inside && meeting.start <= meeting.end, "{meeting:?} {window:?}");
            prop_assert!(ids.insert(&meeting.id), "{meeting:?}");
        }
    }

    #[test]
    fn the_order_of_the_events_says_nothing(events in prop::collection::vec(event(), 0..6), window in window()) {
        let mut backwards = events.clone();
        backwards.reverse();
        prop_assert_eq!(meetings(&events, window), meetings(&backwards, window));
    }

    /// The ids too: an occurrence keeps its id in every pass.
    #[test]
    fn two_windows_side_by_side_hold_what_one_over_both_holds(
        events in prop::collection::vec(event(), 0..4),
        window in window(),
        at in 0.0f64..1.0,
    ) {
        let middle = window.start + ((window.end - window.start) as f64 * at) as i64;
        prop_assume!(window.start < middle);
        let Some(whole) = meetings(&events, window) else { return Ok(()) };
        let parts = [Window { end: middle, ..window }, Window { start: middle, ..window }];
        let mut both: Vec<Meeting<'static>> = parts.into_iter().flat_map(|part| meetings(&events, part).unwrap()).collect();
        both.sort_by(|a, b| a.id.cmp(&b.id));
        both.dedup();
        prop_assert_eq!(whole, both);
    }

    #[test]
    fn any_bytes_end_in_an_outcome(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let host = with_feed(bytes);
        prop_assert_eq!(now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap().len(), 1);
    }

    #[test]
    fn a_calendar_with_any_lines_ends_in_an_outcome(
        lines in prop::collection::vec("((DTSTART|DTEND|RRULE|EXDATE|RDATE|DURATION|UID|BEGIN|END|RECURRENCE-ID|TZID|CLASS)[:;])?[ -~\t\u{e9}\u{65e5}]{0,40}", 0..12),
        damage in 0usize..400,
    ) {
        let mut feed = calendar(&format!("BEGIN:VEVENT\nUID:a\nDTSTART:20260310T090000Z\n{}\nEND:VEVENT", lines.join("\n"))).into_bytes();
        if let Some(byte) = feed.get_mut(damage) {
            *byte = byte.wrapping_add(1);
        }
        let host = with_feed(feed);
        prop_assert_eq!(now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap().len(), 1);
    }

    #[test]
    fn any_rule_ends_in_an_outcome(
        parts in prop::collection::vec((
            prop::sample::select(vec!["FREQ", "COUNT", "INTERVAL", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR", "WKST"]),
            prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "1", "-1", "5", "53", "366", "MO", "-1FR,2TU", "20260401", "20260401T000000Z", "65535", "0", "", "99999999999", "1,2,3"]),
        ), 0..5),
        freq in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    ) {
        let parts: String = parts.iter().map(|(name, value)| format!(";{name}={value}")).collect();
        let feed = crate::fixture::event(&format!("UID:a\nDTSTART:20260310T090000Z\nRRULE:FREQ={freq}{parts}"));
        let host = with_feed(feed);
        prop_assert_eq!(now(crate::feed::collect(&host, SETTINGS, &atrium(), spring())).unwrap().len(), 1);
    }
}
