//! Classes of bookings: by how long before their start they were booked, and by how long they are. Pages ask which classes nobody attends.
//!
//! No class is of rooms or of time, so only figures of bookings are told by class.

use serde::{Deserialize, Serialize};

use crate::amounts::Row;
use crate::verdict::Counts;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// By what bookings are divided into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Classes {
    /// How long before its start a booking was first seen, as far as that is known.
    Lead,
    /// Its length.
    Length,
}

/// A class: its position among those that one division has, in the order in which they are shown.
pub type ClassNumber = u8;

/// Where classes end (the second itself belongs to the next one), with their words. The last one ends never.
type Ends = [(i64, &'static str)];

/// Of the lead times that are known.
const LEADS: &Ends = &[
    (HOUR, "under-1-hour"),
    (DAY, "under-1-day"),
    (7 * DAY + 1, "1-to-7-days"),
    (i64::MAX, "over-7-days"),
];
/// Of bookings that were there when the room was first read, or were first seen only after their start.
const NO_LEAD: &str = "unknown";
/// A booking of exactly half an hour is up to 30 minutes long.
const LENGTHS: &Ends = &[
    (30 * MINUTE + 1, "up-to-30-minutes"),
    (HOUR + 1, "up-to-1-hour"),
    (2 * HOUR + 1, "up-to-2-hours"),
    (i64::MAX, "over-2-hours"),
];

/// What bookings of one class add up to: all of them, or those of one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCell {
    /// The class.
    pub class: ClassNumber,
    /// The day of the month, from 1; 0 for all of them.
    pub day: u8,
    /// What they add up to.
    pub row: Row,
}

impl Classes {
    /// All divisions.
    pub const ALL: [Self; 2] = [Self::Lead, Self::Length];

    /// The class of a judged booking.
    pub fn of(self, counts: &Counts) -> ClassNumber {
        match self {
            Self::Lead => counts.lead.map_or(end(LEADS), |lead| position(LEADS, lead)),
            Self::Length => position(LENGTHS, counts.length),
        }
    }

    /// The word of a class; none if there is no such class.
    pub fn word(self, class: ClassNumber) -> Option<&'static str> {
        let ends = match self {
            Self::Lead => LEADS,
            Self::Length => LENGTHS,
        };
        match ends.get(usize::from(class)) {
            Some((_, word)) => Some(word),
            None => (self == Self::Lead && class == end(LEADS)).then_some(NO_LEAD),
        }
    }
}

fn position(ends: &Ends, value: i64) -> ClassNumber {
    (0..)
        .zip(ends)
        .find(|(_, (end, _))| value < *end)
        .map_or(end(ends), |(position, _)| position)
}

/// The position after the last.
fn end(ends: &Ends) -> ClassNumber {
    // There are a handful.
    ClassNumber::try_from(ends.len()).unwrap_or(ClassNumber::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    fn word(classes: Classes, length: i64, lead: Option<i64>) -> &'static str {
        let counts = Counts {
            verdict: Verdict::NoShow,
            length,
            occupied: 0,
            known: length,
            party: None,
            is_partial: false,
            first_occupied: None,
            vacant_tail: length,
            no_show_seconds: length,
            given_back: 0,
            reused: 0,
            lead,
        };
        classes.word(classes.of(&counts)).unwrap()
    }

    #[test]
    fn a_class_of_lead_times_begins_with_its_first_second() {
        for (lead, expected) in [
            (Some(1), "under-1-hour"),
            (Some(HOUR - 1), "under-1-hour"),
            (Some(HOUR), "under-1-day"),
            (Some(DAY - 1), "under-1-day"),
            (Some(DAY), "1-to-7-days"),
            (Some(7 * DAY), "1-to-7-days"),
            (Some(7 * DAY + 1), "over-7-days"),
            (Some(400 * DAY), "over-7-days"),
            (None, "unknown"),
        ] {
            assert_eq!(word(Classes::Lead, HOUR, lead), expected, "{lead:?}");
        }
    }

    #[test]
    fn a_class_of_lengths_ends_with_the_usual_length() {
        for (minutes, expected) in [
            (0, "up-to-30-minutes"),
            (30, "up-to-30-minutes"),
            (31, "up-to-1-hour"),
            (60, "up-to-1-hour"),
            (90, "up-to-2-hours"),
            (120, "up-to-2-hours"),
            (121, "over-2-hours"),
            (1_440, "over-2-hours"),
        ] {
            assert_eq!(
                word(Classes::Length, minutes * MINUTE, None),
                expected,
                "{minutes}"
            );
        }
    }

    #[test]
    fn there_are_no_other_classes() {
        assert_eq!(Classes::Lead.word(5), None);
        assert_eq!(Classes::Length.word(4), None);
    }
}
