//! Use without a booking.

use crate::clock::Wall;
use crate::evidence::State;
use crate::question::Question;
use crate::timeline::Timeline;

/// Gaps up to this long are bridged, and not counted.
const GAP: usize = 300;
/// Less use than this is somebody who passes through.
const SHORTEST: i64 = 600;

/// One use of a room without a booking.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    /// What the room's clock shows at its first second.
    pub first: Wall,
    /// Occupied seconds, without the gaps.
    pub seconds: i64,
}

/// The sessions of a room in the period, each of one local date.
pub fn sessions(timeline: &Timeline, question: &Question) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut last = None;
    for (t, second) in timeline.seconds.iter().enumerate() {
        let counts = second.state == State::Occupied && !second.booked && second.open && second.read;
        if !counts || !question.has_date(second.wall.date) {
            continue;
        }
        let goes_on = last.is_some_and(|(at, date)| t - at - 1 <= GAP && date == second.wall.date);
        match sessions.last_mut() {
            Some(session) if goes_on => session.seconds += 1,
            _ => sessions.push(Session {
                first: second.wall,
                seconds: 1,
            }),
        }
        last = Some((t, second.wall.date));
    }
    sessions.retain(|session| session.seconds >= SHORTEST);
    sessions
}
