//! How much of a room's day is known, so that a day that was never collected does not look free.

use maud::{Markup, html};

use super::request::Day;
use crate::api::TimelineRoom;

/// How much of a room's day is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it.
    Whole,
    /// A part.
    Part,
    /// Nothing: it was never collected, or is kept no longer.
    Nothing,
}

impl Reading {
    /// Of a room on a day.
    pub(super) fn of(room: &TimelineRoom, day: Day) -> Self {
        let seconds: i64 = room
            .known
            .iter()
            .map(|&(from, to)| to.min(day.end).saturating_sub(from.max(day.start)).max(0))
            .sum();
        if seconds >= day.end.saturating_sub(day.start) {
            Self::Whole
        } else if seconds > 0 {
            Self::Part
        } else {
            Self::Nothing
        }
    }
}

/// Whether the last pass collected a room.
pub(super) fn collected(room: &TimelineRoom) -> bool {
    room.outcome.as_deref() == Some("collected")
}

/// What stands where a room has no meeting.
pub(super) fn no_meetings(room: &TimelineRoom, reading: Reading) -> &'static str {
    match reading {
        Reading::Nothing => "not collected",
        _ if !collected(room) => "unknown",
        Reading::Part => "no meetings, partly collected",
        Reading::Whole => "no meetings",
    }
}

/// What stands below meetings if there may be others.
pub(super) fn not_all(reading: Reading) -> Markup {
    html! {
        @match reading {
            Reading::Whole => {},
            Reading::Part => p.none { "partly collected" },
            Reading::Nothing => p.none { "not collected" },
        }
    }
}
