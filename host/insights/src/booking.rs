//! A booking as far as figures need it: when it is, whether it counts, and until when (contract, section 3.1). It has no subject and nobody
//! who made it.

use collector_model::meeting::Status;

use crate::spans::Span;

/// One occurrence in one room. All instants are UTC seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Unique within the room.
    pub id: String,
    /// The series that it belongs to.
    pub series: Option<String>,
    /// Where it is now, if it was moved.
    pub start: i64,
    /// Never before the start.
    pub end: i64,
    /// Whether it was made as a whole day, or days.
    pub all_day: bool,
    /// As it was last seen.
    pub status: Status,
    /// c: when it was removed, if it was: it had been confirmed, and then was gone from a complete reading or became cancelled. Whatever its
    /// status says. None if it is there again.
    pub removed_at: Option<i64>,
    /// When it was seen for the first time, if that is known.
    pub first_seen: Option<i64>,
    /// Whether its start lay in the window of a complete reading that was made before it was first seen, and so did not have it.
    pub was_missing: bool,
}

impl Booking {
    /// Its time; none if it has no length.
    pub fn span(&self) -> Option<Span> {
        Span::new(self.start, self.end)
    }

    /// c, if it was removed before its end. Removed at or after its end, it is as if it were there.
    pub fn gone_at(&self) -> Option<i64> {
        self.removed_at.filter(|at| *at < self.end)
    }

    /// The seconds that it books: its time up to the moment of its removal. None if it does not count.
    pub fn counted(&self) -> Option<Span> {
        match (self.removed_at, self.status) {
            (Some(at), _) => Span::new(self.start, self.end.min(at)),
            (None, Status::Confirmed) => self.span(),
            (None, Status::Tentative | Status::Cancelled) => None,
        }
    }

    /// Whether it has a verdict: it has ended, or was removed.
    pub fn is_judged(&self, now: i64) -> bool {
        self.end <= now || self.removed_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booking(status: Status, removed_at: Option<i64>) -> Booking {
        Booking {
            id: "b".into(),
            series: None,
            start: 1_000,
            end: 4_600,
            all_day: false,
            status,
            removed_at,
            first_seen: None,
            was_missing: false,
        }
    }

    #[test]
    fn confirmed_bookings_count_up_to_their_removal_and_others_do_not() {
        use Status::{Cancelled, Confirmed, Tentative};
        for (status, removed_at, counted) in [
            (Confirmed, None, Some((1_000, 4_600))),
            (Tentative, None, None),
            (Cancelled, None, None),
            (Cancelled, Some(999), None),
            (Cancelled, Some(1_000), None),
            (Confirmed, Some(1_600), Some((1_000, 1_600))),
            (Cancelled, Some(4_600), Some((1_000, 4_600))),
            (Tentative, Some(9_999), Some((1_000, 4_600))),
        ] {
            let span = booking(status, removed_at).counted();
            let pair = span.map(|span| (span.start(), span.end()));
            assert_eq!(pair, counted, "{status:?} {removed_at:?}");
        }
        let empty = Booking {
            end: 1_000,
            ..booking(Confirmed, None)
        };
        assert_eq!(empty.counted(), None);
    }
}
