//! The base: everything that is known about one room, from which each of its seconds gets its cell (contract, section 3).

use crate::booking::Booking;
use crate::evidence::Evidence;
use crate::hours::OpenHours;
use crate::spans::{Span, Spans};

/// What is known about one room.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// The open time of its building, as it is now, for all times.
    pub hours: &'a OpenHours,
    /// Its bookings, in any order.
    pub bookings: &'a [Booking],
    /// The windows of all complete readings of the room, whenever they were made. Seconds outside are unread.
    pub read: &'a Spans,
    /// What its records prove.
    pub evidence: &'a Evidence,
    /// UTC seconds. Later seconds are in no figure.
    pub now: i64,
}

impl Base<'_> {
    /// The seconds that have passed.
    pub fn passed(&self, seconds: &Spans) -> Spans {
        match Span::new(i64::MIN, self.now) {
            Some(past) => seconds.clip(past),
            None => Spans::NONE,
        }
    }

    /// The booked seconds of a span: the union of the bookings that count.
    pub fn booked(&self, span: Span) -> Spans {
        let counted = self.bookings.iter().filter_map(Booking::counted);
        counted.filter_map(|booking| booking.and(span)).collect()
    }
}
