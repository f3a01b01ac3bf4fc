//! What became of bookings (contract, section 4).

use super::{Definition, Section, definition, length};
use crate::verdict::{BLIP, BLOCK, ENOUGH, LATE, OBSERVED, PART, Reason, SETTLES, Verdict};

/// In the order in which they are tried.
const ORDER: [Verdict; 11] = [
    Verdict::NotCounted,
    Verdict::CancelledEarly,
    Verdict::CancelledLate,
    Verdict::ReleasedEmpty,
    Verdict::CancelledAfterStart,
    Verdict::Block,
    Verdict::Attended,
    Verdict::NoShow,
    Verdict::Brief,
    Verdict::NoActivity,
    Verdict::Unknown,
];

pub(super) fn section() -> Section {
    Section {
        title: "Verdicts",
        intro: vec![
            "A booking has a verdict once it has ended or was removed: the first of these that fits. One that was moved is judged where it is now, \
             and one that was removed after its end as if it were still there."
                .into(),
            format!(
                "A verdict is provisional until {} after the end of the booking, because devices report late.",
                length(SETTLES)
            ),
        ],
        kind: "Verdict",
        is_code: true,
        definitions: ORDER.into_iter().map(of).collect(),
    }
}

fn of(verdict: Verdict) -> Definition {
    definition("verdict-", verdict.as_str(), means(verdict))
}

fn means(verdict: Verdict) -> String {
    let observed = format!(
        "At least {OBSERVED} % of it is known, some of that from a device that sees people, and it was occupied for"
    );
    match verdict {
        Verdict::NotCounted => "It was tentative, cancelled without having been confirmed, or without length.".into(),
        Verdict::CancelledEarly => format!("It was removed {} or more before its start.", length(LATE)),
        Verdict::CancelledLate => {
            format!("It was removed before its start, but less than {} before.", length(LATE))
        }
        Verdict::ReleasedEmpty => {
            "It was removed after its start and before its end, and the room was certainly vacant from its start to that moment.".into()
        }
        Verdict::CancelledAfterStart => {
            "It was removed at its start or later and before its end, and somebody was there or may have been.".into()
        }
        Verdict::Block => format!("It was an all-day booking, or {} or longer.", length(BLOCK)),
        Verdict::Attended => format!(
            "It was occupied for {} % of its length, or for {} if that is less. The rest may be unknown.",
            100 / PART,
            length(ENOUGH)
        ),
        Verdict::NoShow => format!("{observed} {} at most.", length(BLIP)),
        Verdict::Brief => format!(
            "{observed} more than {}, but for less than it takes to be `{}`.",
            length(BLIP),
            Verdict::Attended.as_str()
        ),
        Verdict::NoActivity => {
            "The devices of the room report only calls and presentations, and there was none during it.".into()
        }
        Verdict::Unknown => format!(
            "None of the above. The reason is `{}` (no device is joined to the room), `{}` (a device was offline during it), `{}` (a device could not \
             see for another reason) or `{}`.",
            Reason::NoSource.as_str(),
            Reason::Offline.as_str(),
            Reason::Blind.as_str(),
            Reason::PartlyObserved.as_str()
        ),
    }
}
