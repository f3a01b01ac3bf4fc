use super::{Definition, offset, read};
use crate::line::Lines;
use crate::zone::{Zone, named};
use chrono::DateTime;
use std::rc::Rc;

/// The end of the tested span: 2030.
const HORIZON: i64 = 1_893_456_000;

fn definition(parts: &str) -> Option<Definition> {
    let text = crate::fixture::calendar(&format!(
        "BEGIN:VTIMEZONE\nTZID:Own\n{}\nEND:VTIMEZONE",
        parts.trim()
    ));
    let lines = Lines::read(text.as_bytes(), None);
    let calendars = crate::calendar::calendars(&lines).unwrap();
    read(&calendars[0].components[0], HORIZON)
}

fn part(kind: &str, start: &str, from: &str, to: &str, rest: &str) -> String {
    format!("BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{rest}\nEND:{kind}\n")
}

/// Compares with the zone of the IANA database, every half hour from 2005 to 2030: the offset at each instant, and the instant of each local
/// time.
fn is_like(definition: Definition, zone: &str) {
    let own = Zone::Defined(Rc::new(definition));
    let known = Zone::Named(named(zone).unwrap());
    for at in (1_104_537_600..HORIZON).step_by(1800) {
        let utc = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
        assert_eq!(own.local(at), known.local(at), "{utc} in {zone}");
        // The same numbers, as local time.
        assert_eq!(own.instant(utc), known.instant(utc), "{utc} shown in {zone}");
    }
}

#[test]
fn rules_that_followed_each_other_are_followed() {
    // The United States changed their rule in 2007. An UNTIL is the instant of the last change, in UTC.
    let parts = [
        part(
            "DAYLIGHT",
            "19870405T020000",
            "-0500",
            "-0400",
            "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z",
        ),
        part(
            "STANDARD",
            "19671029T020000",
            "-0400",
            "-0500",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z",
        ),
        part(
            "DAYLIGHT",
            "20070311T020000",
            "-0500",
            "-0400",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        ),
        part(
            "STANDARD",
            "20071104T020000",
            "-0400",
            "-0500",
            "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        ),
    ];
    is_like(definition(&parts.concat()).unwrap(), "America/New_York");
}

#[test]
fn the_last_change_of_a_rule_counts_where_it_is_another_day_in_utc() {
    let parts = [
        part(
            "DAYLIGHT",
            "19901007T020000",
            "+1200",
            "+1300",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU;UNTIL=20060930T140000Z",
        ),
        part(
            "DAYLIGHT",
            "20070930T020000",
            "+1200",
            "+1300",
            "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1SU",
        ),
        part(
            "STANDARD",
            "19900318T030000",
            "+1300",
            "+1200",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=3SU;UNTIL=20070317T140000Z",
        ),
        part(
            "STANDARD",
            "20080406T030000",
            "+1300",
            "+1200",
            "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU",
        ),
    ];
    is_like(definition(&parts.concat()).unwrap(), "Pacific/Auckland");
}

#[test]
fn changes_may_be_a_list_or_none_at_all() {
    let fixed = part("STANDARD", "16010101T000000", "+0530", "+0530", "");
    is_like(definition(&fixed).unwrap(), "Asia/Kolkata");
    let list = [
        part(
            "STANDARD",
            "20041031T030000",
            "+0200",
            "+0100",
            "RDATE:20251026T030000",
        ),
        part("DAYLIGHT", "20250330T020000", "+0100", "+0200", ""),
    ];
    let zone = definition(&list.concat()).unwrap();
    let offsets = [1_735_689_600, 1_751_328_000, 1_764_547_200].map(|at| zone.offset_at(at));
    assert_eq!(offsets, [3600, 7200, 3600]);
}

#[test]
fn what_is_not_understood_is_no_zone() {
    assert_eq!(definition("X-LIC-LOCATION:Europe/Berlin"), None);
    for broken in [
        part("STANDARD", "20041031T030000Z", "+0200", "+0100", ""),
        part("STANDARD", "20041031T030000", "+2", "+0100", ""),
        part(
            "STANDARD",
            "20041031T030000",
            "+0200",
            "+0100",
            "RRULE:FREQ=SOMETIMES",
        ),
        part("STANDARD", "20041031T030000", "+0200", "+0100", "RDATE:later"),
        "BEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD".to_owned(),
    ] {
        assert_eq!(definition(&broken), None, "{broken}");
    }
}

#[test]
fn offsets_are_read_with_and_without_seconds() {
    assert_eq!(
        ["+0100", "-0530", "-003515", "0100"].map(offset),
        [Some(3600), Some(-19_800), Some(-2115), Some(3600)]
    );
    for text in ["", "+1", "+01:00", "+2500", "+0160", "+0100000", "\u{e9}00"] {
        assert_eq!(offset(text), None, "{text}");
    }
}
