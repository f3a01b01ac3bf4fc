//! The history of bookings, which a calendar forgets: when each was first seen, and when it was removed. It cannot be computed again. No subject is
//! in it.
//!
//! *Removed* is a meeting that was confirmed and is gone from a complete reading, or whose status became cancelled. One that is there again was
//! not removed.

use collector_model::meeting::Status;

use crate::spans::Spans;

/// What a calendar forgets about a meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When it was first seen, UTC seconds; none if it was stored before this was kept.
    pub first_seen: Option<i64>,
    /// When it was removed, UTC seconds; none if it was not.
    pub removed_at: Option<i64>,
    /// The time from `first_seen` on that complete readings had covered before: they did not have it.
    pub read_before: Spans,
}

/// A meeting as bookings are judged: it may be removed. It has no subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Unique within the room.
    pub id: String,
    /// The series that it belongs to.
    pub series: Option<String>,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds, exclusive.
    pub end: i64,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// As it was last seen.
    pub status: Status,
    /// What the calendar forgets.
    pub history: History,
}

/// What is stored of a meeting of a room, by its id. `R` is how its store finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past<R> {
    /// It is stored.
    Stored {
        /// Its row.
        row: R,
        /// Its status.
        status: Status,
        /// UTC seconds.
        start: i64,
        /// UTC seconds, exclusive.
        end: i64,
        /// Its history.
        history: History,
    },
    /// It was confirmed once, and is gone.
    Gone {
        /// Its status when it was last seen.
        status: Status,
        /// Its history.
        history: History,
    },
}

impl History {
    /// Of a meeting that is seen for the first time. `read`: what complete readings covered before this one.
    pub(crate) fn begun(now: i64, read: &Spans) -> Self {
        Self {
            first_seen: Some(now),
            removed_at: None,
            read_before: read.from(now),
        }
    }

    /// Of a meeting whose status was `before` and is `after`.
    pub(crate) fn with_status(self, before: Status, after: Status, now: i64) -> Self {
        let removed_at = match (before, after) {
            (_, Status::Confirmed | Status::Tentative) => None,
            (Status::Confirmed, Status::Cancelled) => self.removed_at.or(Some(now)),
            (Status::Tentative | Status::Cancelled, Status::Cancelled) => self.removed_at,
        };
        Self { removed_at, ..self }
    }

    /// Of a meeting that is gone and had this status at last; none if nobody needs to know that it was there.
    pub(crate) fn of_gone(self, status: Status, now: i64) -> Option<Self> {
        let is_kept = status == Status::Confirmed || self.removed_at.is_some();
        is_kept.then(|| Self {
            removed_at: self.removed_at.or(Some(now)),
            ..self
        })
    }
}
