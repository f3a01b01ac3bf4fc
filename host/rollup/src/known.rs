//! Reads from the store what is known about a room, as far as some of its dates depend on it.

use collector_insights::answer::Known;
use collector_insights::booking::Booking;
use collector_insights::clock::around;
use collector_insights::day::VACANT_ALREADY;
use collector_insights::evidence::reach;
use collector_insights::room::Room;
use collector_insights::spans::{Span, Spans};
use collector_insights::witness::{Four, Witnesses};
use collector_model::space::SpaceId;
use collector_store::{Reader, StoreError};
use jiff::civil::Date;

use crate::scope::digest;

/// Most dates of a room that are read from the store together: a room may have hundreds of records a day.
const TOGETHER: usize = 62;
/// Days between two dates that are read together with what lies between them.
const GAP: i64 = 3;

/// Ascending dates of a room, in days since 1970, in the parts that are best read from the store together.
pub fn together<T>(dates: &mut [T], day: impl Fn(&T) -> i64) -> impl Iterator<Item = &mut [T]> {
    let near = dates.chunk_by_mut(move |one, next| day(next) - day(one) <= GAP);
    near.flat_map(|near| near.chunks_mut(TOGETHER))
}

/// What is known about a room that its local dates of `[from, to)` depend on: the bookings that start on them or overlap them, what was read, and
/// the records about all of that. `now` is UTC seconds.
///
/// # Errors
/// The store failed.
pub fn known(
    store: &Reader,
    room: &Room,
    spaces: &[SpaceId],
    dates: (Date, Date),
    now: i64,
) -> Result<Known, StoreError> {
    let mut known = known_of_always(store, room, spaces)?;
    add_time(&mut known, store, spaces, around(dates.0, dates.1), now)?;
    Ok(known)
}

/// What is known about a room at all times: what was read, and what its records tell. Without bookings and records.
pub(crate) fn known_of_always(store: &Reader, room: &Room, spaces: &[SpaceId]) -> Result<Known, StoreError> {
    Ok(Known {
        room: room.clone(),
        bookings: Vec::new(),
        read: readings(store, room)?,
        records: Vec::new(),
        witnesses: witnesses(store, spaces)?,
    })
}

/// Makes the bookings and records those that the dates depend on which have all of their seconds in a span; none if there is no span. `now` is UTC
/// seconds.
pub(crate) fn add_time(
    known: &mut Known,
    store: &Reader,
    spaces: &[SpaceId],
    dates: Option<Span>,
    now: i64,
) -> Result<(), StoreError> {
    known.bookings.clear();
    known.records.clear();
    let Some(period) = dates.and_then(|all| Span::new(all.start() - VACANT_ALREADY, all.end())) else {
        return Ok(());
    };
    let room = &known.room;
    // Bookings that start in the period count as a whole, with the others in their time.
    let whole = store
        .booking_times(&room.source, &room.address, period.start(), period.end())?
        .into_iter()
        .filter_map(|(start, end)| Span::new(start, end))
        .filter(|booking| period.start() <= booking.start())
        .fold(period, Span::hull);
    let stored = store.bookings(&room.source, &room.address, whole.start(), whole.end())?;
    known.bookings = stored.into_iter().map(booking).collect();
    if let Some(passed) = Span::new(whole.start(), whole.end().min(now)) {
        let span = connected(store, spaces, passed)?;
        known.records = store.evidence(spaces, span.start(), span.end())?;
    }
    Ok(())
}

/// The span with every bucket that is connected to it: buckets that hang together are looked at together.
pub(crate) fn connected(store: &Reader, spaces: &[SpaceId], mut span: Span) -> Result<Span, StoreError> {
    loop {
        let wider = reach(span, store.buckets(spaces, span.start(), span.end())?);
        if wider == span {
            return Ok(span);
        }
        span = wider;
    }
}

/// The windows of a room's complete readings.
fn readings(store: &Reader, room: &Room) -> Result<Spans, StoreError> {
    let read = store.readings(&room.source, &room.address)?;
    Ok(Spans::from(read.as_slice().to_vec()))
}

/// The digest of no witnesses that there can be: what is computed of a room has to be computed anew.
pub(crate) const UNKNOWN: i64 = 0;

/// A number that tells apart what records tell of all times.
pub(crate) fn digest_of(witnesses: &Witnesses) -> i64 {
    digest(&format!("{witnesses:?}"))
}

/// What the records of spaces tell, of any time.
fn witnesses(store: &Reader, spaces: &[SpaceId]) -> Result<Witnesses, StoreError> {
    let mut witnesses = Witnesses::default();
    for witness in store.witnesses(spaces)? {
        witnesses.kinds.extend(&witness.kinds);
        witnesses.covered.extend(witness.observed.iter().map(|kind| Four {
            source: witness.space.source.clone(),
            space: witness.space.key.clone(),
            device: witness.device.clone(),
            kind: *kind,
        }));
    }
    Ok(witnesses)
}

pub(crate) fn booking(stored: collector_store::Booking) -> Booking {
    let read_before = stored.history.read_before.as_slice();
    Booking {
        was_missing: read_before
            .iter()
            .any(|(from, to)| (*from..*to).contains(&stored.start)),
        id: stored.id,
        series: stored.series,
        start: stored.start,
        end: stored.end,
        all_day: stored.all_day,
        status: stored.status,
        removed_at: stored.history.removed_at,
        first_seen: stored.history.first_seen,
    }
}
