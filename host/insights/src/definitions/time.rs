//! Seconds of a room (contract, sections 1 to 3).

use collector_model::usage::{OPEN_END, RESOLUTION, UNOBSERVED_CHANGE};

use super::{Definition, Section, definition, length};
use crate::hours::{CLOSES, OPENS};

pub(super) fn section() -> Section {
    Section {
        title: "Seconds",
        intro: vec![
            "Each second of a room is booked or not, and occupied, vacant or unknown. Every figure is a sum over that.".into(),
        ],
        kind: "Word",
        is_code: false,
        definitions: definitions(),
    }
}

/// `HH:MM` of seconds of the day.
fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
}

fn definitions() -> Vec<Definition> {
    let word = |name, means: String| definition("second-", name, means);
    vec![
        word(
            "open",
            format!(
                "It lies in the business hours of the room's building, which `[insights]` in `collector.toml` sets. Without that they are Monday to \
                 Friday, {} to {}, UTC.",
                clock(OPENS),
                clock(CLOSES)
            ),
        ),
        word(
            "read",
            "It lies in the window of a complete reading of the room's calendar. Of other seconds nobody knows whether they were booked, so they \
             are in no figure but `unread_seconds`. Time that has not passed is in no figure but `seconds_ahead`."
                .into(),
        ),
        word(
            "booked",
            "One or more confirmed bookings cover it. A booking that was removed covers time up to its removal, and none if it was removed before \
             its start. Tentative bookings do not count."
                .into(),
        ),
        word(
            "occupied",
            "A device of the room says so: it saw somebody, was in use, in a call or presenting, or counted more than 0 people.".into(),
        ),
        word(
            "vacant",
            "It is not occupied, and a device that sees people (presence, in-use, people count) says that nobody is there, or was observed and \
             reported nothing. Silence about calls and presentations proves nothing."
                .into(),
        ),
        word(
            "unknown",
            format!(
                "It is neither occupied nor vacant for certain; unknown never counts as empty. What a device reported holds until it reports \
                 something else, but a sample for twice its resolution at most ({} if it names none). If nobody says when the device was observed, a \
                 change holds for {} at most, and an interval without an end for {}.",
                length(2 * i64::from(RESOLUTION)),
                length(UNOBSERVED_CHANGE),
                length(OPEN_END)
            ),
        ),
        word(
            "witnessed",
            "A device that sees people says whether it was occupied. If only a call or a presentation proves a second occupied, it is not \
             witnessed: at such times nobody could have seen an empty room, so they would push rates up."
                .into(),
        ),
        word(
            "partly known",
            "A device may report only how many seconds of an hour were in use, and not which ones. What is certain about the seconds that are asked \
             for is counted as occupied or vacant, and the rest is unknown."
                .into(),
        ),
        word(
            "people",
            "The highest number that any device counts at that second; never the sum of several devices. It is unknown where no device counts."
                .into(),
        ),
    ]
}
