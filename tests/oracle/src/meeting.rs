//! One booking that was judged, and the figures of it alone.

use crate::clock::{Wall, wall};
use crate::evidence::State;
use crate::hours::Hours;
use crate::number::percentile;
use crate::tally::Tally;
use crate::timeline::Timeline;
use crate::verdict::Verdict;
use crate::world::{Booking, Room, Span, World};

/// A booking that was judged.
pub struct Meeting<'a> {
    /// The booking.
    pub booking: &'a Booking,
    /// Its room.
    pub room: &'a Room,
    /// What the room's clock shows at its start.
    pub wall: Wall,
    /// What became of it.
    pub verdict: Verdict,
    /// The 90th percentile of its known counts above 0, if it was attended.
    pub party: Option<i64>,
    /// Open seconds in it.
    pub open: i64,
    /// Seconds that its removal gave back.
    pub given_back: i64,
    /// Those of them that other bookings book, or that are occupied.
    pub reused: i64,
    /// From its start to the first occupied second.
    pub first_occupied: Option<i64>,
    /// The vacant run that ends at its end.
    pub empty_tail: i64,
    /// From first seen to its start, if readings before had its time and did not have it.
    pub lead: Option<i64>,
}

/// The judged bookings of a room.
pub fn meetings<'a>(world: &'a World, room: &'a Room, timeline: &Timeline) -> Vec<Meeting<'a>> {
    let bookings = world.bookings_of(room);
    let records = world.records_of(room);
    let zone = Hours::of(&world.insights, &room.building).zone;
    let mut meetings = Vec::new();
    for &booking in &bookings {
        let Some(verdict) = Verdict::new(booking, timeline, &records, world.now) else {
            continue;
        };
        let span = (booking.start, booking.end);
        let others: Vec<Span> = bookings
            .iter()
            .filter(|other| other.id != booking.id)
            .filter_map(|other| other.booked())
            .collect();
        let (given_back, reused) = match given_back(booking, verdict.name) {
            Some(part) => (
                timeline.passed(part).count() as i64,
                reused(timeline, part, &others),
            ),
            None => (0, 0),
        };
        let occupied = |state| state == State::Occupied;
        let tail = timeline
            .passed(span)
            .rev()
            .take_while(|second| second.state == State::Vacant);
        meetings.push(Meeting {
            booking,
            room,
            wall: wall(&zone, booking.start),
            party: party(timeline, span).filter(|_| verdict.name == "attended"),
            open: timeline.passed(span).filter(|second| second.open).count() as i64,
            given_back,
            reused,
            first_occupied: timeline
                .passed(span)
                .position(|second| occupied(second.state))
                .map(|seconds| seconds as i64),
            empty_tail: tail.count() as i64,
            lead: lead(booking).filter(|_| verdict.name != "not-counted"),
            verdict,
        });
    }
    meetings
}

/// What a removal gave back.
fn given_back(booking: &Booking, verdict: &str) -> Option<Span> {
    match verdict {
        "cancelled-late" => Some((booking.start, booking.end)),
        "cancelled-after-start" | "released-empty" => Some((booking.removed_at?, booking.end)),
        _ => None,
    }
}

/// How many seconds of a part others book, or are occupied for certain.
fn reused(timeline: &Timeline, part: Span, others: &[Span]) -> i64 {
    let (start, end) = part;
    let mut rebooked = 0;
    let mut rest = Tally::default();
    for t in start..end {
        for second in timeline.passed((t, t + 1)) {
            if others.iter().any(|&(start, end)| start <= t && t < end) {
                rebooked += 1;
            } else {
                rest.add(second);
            }
        }
    }
    rebooked + rest.known(&timeline.partials).occupied
}

fn party(timeline: &Timeline, span: Span) -> Option<i64> {
    let counts: Vec<i64> = timeline
        .passed(span)
        .filter_map(|second| second.people)
        .map(i64::from)
        .filter(|&people| people > 0)
        .collect();
    percentile(&counts, 90)
}

fn lead(booking: &Booking) -> Option<i64> {
    let first_seen = booking.first_seen?;
    let was_read = booking
        .read_before
        .iter()
        .any(|&(start, end)| start <= booking.start && booking.start < end);
    (was_read && first_seen < booking.start).then_some(booking.start - first_seen)
}
