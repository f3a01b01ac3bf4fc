//! The calls: a share of the meetings that took place, some with presentations.

use fastrand::Rng;

use crate::model::{Call, Remote, Room, Span};
use crate::names::PEOPLE;

/// The shortest meeting with a call, in seconds.
const SHORTEST: i64 = 600;

pub(crate) fn call(dice: &mut Rng, number: usize, room: &mut Room) {
    for (index, visit) in visits(room) {
        if visit.seconds() < SHORTEST || dice.u8(..100) >= 45 {
            continue;
        }
        let quiet = room
            .occupied
            .iter()
            .find(|occupied| occupied.span.start >= visit.end);
        let quiet = quiet.map_or(room.period.end, |next| next.span.start) - 60;
        let joined = Span::new(visit.start + dice.i64(20..120), visit.end - dice.i64(0..90));
        let mut in_room = if joined.seconds() >= 1800 && dice.u8(..6) == 0 {
            let middle = joined.start + joined.seconds() / 2;
            vec![
                Span::new(joined.start, middle),
                Span::new(middle + dice.i64(60..240), joined.end),
            ]
        } else {
            vec![joined]
        };
        let left_running = dice.u8(..15) == 0 && quiet > visit.end + 600;
        if let (true, Some(last)) = (left_running, in_room.last_mut()) {
            last.end = quiet.min(visit.end + dice.i64(900..2400));
        }
        let end = in_room.last().map_or(joined.end, |last| last.end);
        let span = Span::new(joined.start - dice.i64(0..300), end + dice.i64(0..300));
        let first = in_room.first().copied().unwrap_or(joined);
        let presented = if dice.bool() {
            vec![part(dice, first)]
        } else {
            Vec::new()
        };
        let published = if dice.u8(..10) == 0 {
            dice.i64(1800..3500)
        } else {
            dice.i64(240..900)
        };
        let completed = (in_room.len() > 1 && dice.bool()).then(|| published + dice.i64(600..3000));
        let first_person = dice.usize(..PEOPLE.len());
        let remote = (0..1 + dice.usize(..3)).map(|n| {
            let there = Span::new(span.start + dice.i64(0..60), span.end - dice.i64(0..60));
            Remote {
                person: (first_person + n) % PEOPLE.len(),
                span: there,
                presented: (dice.u8(..4) == 0).then(|| part(dice, there)),
            }
        });
        let remote = remote.collect();
        room.calls.push(Call {
            id: format!("room-{}-call-{index}", number + 1),
            span,
            in_room,
            presented,
            remote,
            left_running,
            published,
            completed,
        });
    }
}

/// From when to when people were there, by booking.
fn visits(room: &Room) -> Vec<(usize, Span)> {
    let mut found: Vec<(usize, Span)> = Vec::new();
    for occupied in &room.occupied {
        match (occupied.booking, found.last_mut()) {
            (Some(index), Some((last, span))) if *last == index => span.end = occupied.span.end,
            (Some(index), _) => found.push((index, occupied.span)),
            (None, _) => {}
        }
    }
    found
}

/// A part in the middle of a span.
fn part(dice: &mut Rng, whole: Span) -> Span {
    let fifth = (whole.seconds() / 5).max(1);
    let start = whole.start + dice.i64(0..fifth);
    Span::new(start, start + fifth + dice.i64(0..2 * fifth))
}
