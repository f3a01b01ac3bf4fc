//! Lines that became a part of the line before, because a line break was lost or a leading blank looked like a fold. They must look like a
//! program's output: people write about dates, too.

use crate::line::begins_with_day;

/// A test of the text behind a name and its colon.
type Test = fn(&str) -> bool;

/// Properties whose loss moves an event, makes another event of it, or lets an older revision win. `privacy.rs` looks for CLASS, SUMMARY and
/// the rules.
const LOOKED_FOR: [(&str, Test); 7] = [
    ("DTEND", begins_with_day),
    ("DTSTAMP", begins_with_day),
    ("DURATION", is_duration),
    ("EXDATE", begins_with_day),
    ("LAST-MODIFIED", begins_with_day),
    ("RECURRENCE-ID", begins_with_day),
    ("SEQUENCE", is_number),
];

/// The properties inside the rest of a line, behind its own name.
pub(crate) fn properties(behind: &str) -> impl Iterator<Item = &'static str> {
    LOOKED_FOR
        .iter()
        .filter(move |(name, is_value)| {
            let mut rest = behind;
            while let Some((_, after)) = rest.split_once(name) {
                let value = match after.strip_prefix(':') {
                    Some(value) => Some(value),
                    None if after.starts_with(';') => after.split_once(':').map(|(_, value)| value),
                    None => None,
                };
                if value.is_some_and(is_value) {
                    return true;
                }
                rest = after;
            }
            false
        })
        .map(|(name, _)| *name)
}

/// Whether an event begins or ends inside the rest of a line.
pub(crate) fn holds_event(behind: &str) -> bool {
    behind.contains("BEGIN:VEVENT") || behind.contains("END:VEVENT")
}

fn is_duration(value: &str) -> bool {
    let value = value.trim_start_matches(['+', '-']);
    value
        .strip_prefix('P')
        .is_some_and(|rest| rest.starts_with(|c: char| c == 'T' || c.is_ascii_digit()))
}

fn is_number(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{holds_event, properties};

    #[test]
    fn lines_within_lines_are_found_and_what_people_write_is_not() {
        let found = |text| properties(text).collect::<Vec<_>>();
        assert_eq!(found(":Room 3DTEND:20260310T093000Z"), ["DTEND"]);
        assert_eq!(
            found(":x RECURRENCE-ID;TZID=Europe/Berlin:20260310T090000SEQUENCE:2"),
            ["RECURRENCE-ID", "SEQUENCE"]
        );
        assert_eq!(found(":xDURATION:PT30M"), ["DURATION"]);
        for text in [
            ":The DTEND: is wrong",
            ":SEQUENCE: one",
            ":DURATION:long",
            ":",
            "",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(holds_event(":xBEGIN:VEVENT"));
        assert!(!holds_event(":see you at BEGIN: of the event"));
    }
}
