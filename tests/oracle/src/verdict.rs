//! What became of one booking.

use crate::evidence::State;
use crate::tally::Tally;
use crate::timeline::Timeline;
use crate::world::{Booking, Record, Says};

/// Bookings this long are judged as blocks.
const BLOCK: i64 = 8 * 3600;

/// The verdict of one booking and what it rests on.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `attended`, `no-show`, …
    pub name: &'static str,
    /// Why it is unknown.
    pub reason: Option<&'static str>,
    /// Seconds occupied.
    pub occupied: i64,
    /// Seconds of which anything is known.
    pub known: i64,
    /// Whether some of its seconds are in a partial bucket.
    pub partial: bool,
}

impl Verdict {
    /// Judges a booking; none before it has ended or was removed. `records` are those joined to its room.
    pub fn new(booking: &Booking, timeline: &Timeline, records: &[&Record], now: i64) -> Option<Verdict> {
        if booking.end > now && booking.removed_at.is_none() {
            return None;
        }
        let length = booking.length();
        let mut tally = Tally::default();
        for second in timeline.passed((booking.start, booking.end)) {
            tally.add(second);
        }
        let seen = tally.known(&timeline.partials);
        let known = seen.occupied + seen.vacant;
        let witnessed = known - seen.unwitnessed;
        let observed = known * 10 >= length * 9 && witnessed > 0;
        let need = (length / 5).clamp(1, 300);

        let name = if let Some(name) = unheld(booking, timeline) {
            name
        } else if booking.all_day || length >= BLOCK {
            "block"
        } else if seen.occupied >= need {
            "attended"
        } else if observed && seen.occupied <= 120 {
            "no-show"
        } else if observed {
            "brief"
        } else if only_activity(records) && seen.occupied == 0 {
            "no-activity"
        } else {
            "unknown"
        };
        Some(Verdict {
            name,
            reason: (name == "unknown").then(|| reason(booking, records)),
            occupied: seen.occupied,
            known,
            partial: tally.is_partial(),
        })
    }

    /// Whether 90 % of a length is known.
    pub fn is_observed(&self, length: i64) -> bool {
        self.known * 10 >= length * 9
    }
}

/// The verdict of a booking that did not take place to its end.
fn unheld(booking: &Booking, timeline: &Timeline) -> Option<&'static str> {
    let (start, end) = (booking.start, booking.end);
    if start >= end || (booking.removed_at.is_none() && booking.status != "confirmed") {
        return Some("not-counted");
    }
    let removed = booking.removed_at?;
    if removed <= start - 3600 {
        Some("cancelled-early")
    } else if removed < start {
        Some("cancelled-late")
    } else if removed >= end {
        None
    } else if removed > start
        && timeline
            .passed((start, removed))
            .all(|one| one.state == State::Vacant)
    {
        Some("released-empty")
    } else {
        Some("cancelled-after-start")
    }
}

/// Whether the records name kinds of calls and presentations only, and at least one.
fn only_activity(records: &[&Record]) -> bool {
    let kinds: Vec<&str> = records.iter().flat_map(|record| record.kinds()).collect();
    !kinds.is_empty() && kinds.iter().all(|kind| ["call", "presentation"].contains(kind))
}

fn reason(booking: &Booking, records: &[&Record]) -> &'static str {
    let blind = |record: &&&Record| {
        matches!(record.says, Says::Coverage { observed: false, .. })
            && record.start < booking.end
            && booking.start < record.end.expect("an end")
    };
    let mut offline = false;
    let mut other = false;
    for record in records.iter().filter(blind) {
        if let Says::Coverage { reason, .. } = &record.says {
            match reason.as_deref() {
                Some("offline") => offline = true,
                _ => other = true,
            }
        }
    }
    match (records.is_empty(), offline, other) {
        (true, _, _) => "no source",
        (_, true, _) => "offline",
        (_, _, true) => "blind",
        _ => "partly observed",
    }
}
