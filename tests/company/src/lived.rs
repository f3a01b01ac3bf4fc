//! The truth: who came to which booking, and who came without one.

use fastrand::Rng;

use crate::model::{Booking, Fate, Occupied, Room, Span};

/// Gaps between bookings in which people may come without one, in seconds. Longer ones are nights.
const GAPS: std::ops::Range<i64> = 2400..6 * 3600;

pub(crate) fn live(dice: &mut Rng, room: &mut Room) {
    // Until when somebody is there, and until when it is booked.
    let (mut free, mut booked) = (i64::MIN, i64::MIN);
    for index in 0..room.bookings.len() {
        let Some(booking) = room.bookings.get_mut(index) else {
            return;
        };
        if booking.fate == Fate::NotExpected {
            continue;
        }
        let gap = Span::new(free.max(booked).saturating_add(300), booking.span.start - 300);
        if GAPS.contains(&gap.end.saturating_sub(gap.start)) && dice.u8(..4) == 0 {
            let start = gap.start + dice.i64(0..600);
            let visit = Span::new(start, (start + dice.i64(900..2100)).min(gap.end));
            room.occupied.extend(meet(dice, visit, room.capacity, None));
        }
        let series = booking.series.and_then(|series| room.series.get(series));
        let ghost = series.and_then(|series| series.ghost_from);
        let came = ghost.is_none_or(|from| booking.span.start < from);
        if let Some((fate, visit)) = came.then(|| visit(dice, booking, free)).flatten() {
            booking.fate = fate;
            free = visit.end;
            room.occupied
                .extend(meet(dice, visit, room.capacity, Some(index)));
        }
        booked = booked.max(booking.span.end);
    }
}

/// When people come to a booking of a room that is taken until `free`, if they do.
fn visit(dice: &mut Rng, booking: &Booking, free: i64) -> Option<(Fate, Span)> {
    let Span { start, end } = booking.span;
    let length = booking.span.seconds();
    let slack = (length / 10).min(360);
    let (fate, from, to) = match dice.u8(..100) {
        0..14 => return None,
        14..24 if length >= 2700 => (
            Fate::LateStart,
            start + dice.i64(700..1080),
            end + dice.i64(-slack..180),
        ),
        24..34 if length >= 2700 => (
            Fate::EarlyEnd,
            start + dice.i64(-120..slack),
            end - dice.i64(960..1260),
        ),
        34..38 => {
            let from = (start + dice.i64(0..slack)).max(free);
            (Fate::Brief, from, from + dice.i64(125..175))
        }
        _ => (
            Fate::Attended,
            start + dice.i64(-120..slack),
            end + dice.i64(-slack..180),
        ),
    };
    let from = from.max(free);
    // Who finds the room taken goes elsewhere, unless it is free soon.
    let late = from - start > 600;
    let short = to.min(end) - from.max(start) < (length / 5).clamp(120, 300);
    let fits = match fate {
        Fate::LateStart => !short,
        Fate::Brief => !late,
        _ => !late && !short,
    };
    fits.then(|| (fate, Span::new(from, to)))
}

/// A visit of some people: one comes first, and one leaves a little before the others.
fn meet(dice: &mut Rng, visit: Span, capacity: u32, booking: Option<usize>) -> Vec<Occupied> {
    let people = 1 + dice.u32(..(capacity * 3 / 4).max(1));
    let step = |start, end, people| Occupied {
        span: Span::new(start, end),
        people,
        booking,
    };
    if people == 1 || visit.seconds() < 900 {
        return vec![step(visit.start, visit.end, people)];
    }
    let together = visit.start + dice.i64(30..180);
    let leaving = visit.end - dice.i64(30..240);
    vec![
        step(visit.start, together, 1),
        step(together, leaving, people),
        step(leaving, visit.end, people - 1),
    ]
}
