//! Meetings of rooms.

use std::sync::Arc;

use collector_model::instant::INSTANTS;
use collector_model::meeting::Meeting;
use collector_model::window::Window;

use super::{Buffer, Kind, Refusal};
use crate::allowance::Allowance;
use crate::bindings::meetings as wit;
use crate::bounds::{Excess, MEETING_ID, SERIES, SUBJECT};
use crate::limits::{Limits, ROOM_BYTES, ROOM_MEETINGS};
use crate::types;

/// The meetings that a call emits.
pub(crate) struct Meetings {
    pub(super) buffer: Buffer<Meeting>,
    window: Window,
}

impl Meetings {
    pub(crate) fn new(
        window: Window,
        rooms: impl IntoIterator<Item = String>,
        limits: &Limits,
        allowance: Arc<Allowance>,
    ) -> Self {
        let kind = Kind {
            items: "meetings",
            place: "the room",
            most: ROOM_MEETINGS,
            most_bytes: ROOM_BYTES,
        };
        Self {
            buffer: Buffer::new(kind, rooms, limits, allowance),
            window,
        }
    }

    /// Accepts a meeting, or tells why not.
    pub(crate) fn add(&mut self, meeting: wit::Meeting) -> wasmtime::Result<Result<(), wit::EmitError>> {
        let Some(slot) = self.buffer.open(&meeting.room, size(&meeting))? else {
            return Ok(Err(wit::EmitError::UnknownRoom));
        };
        let checked = match fault(&meeting, self.window) {
            None => Ok(types::meeting(meeting)),
            Some(refusal) => Err(refusal),
        };
        Ok(slot.put(checked).map_err(|refusal| match refusal {
            Refusal::OutsideWindow => wit::EmitError::OutsideWindow,
            Refusal::Invalid(why) => wit::EmitError::Invalid(why),
        }))
    }
}

fn fault(meeting: &wit::Meeting, window: Window) -> Option<Refusal> {
    let invalid = |why: &str| Some(Refusal::Invalid(why.to_owned()));
    if meeting.id.is_empty() {
        return invalid("a meeting's id is empty");
    }
    if let Err(excess) = within_bounds(meeting) {
        return invalid(&excess.to_string());
    }
    if !INSTANTS.contains(&meeting.start) || !INSTANTS.contains(&meeting.end) {
        return invalid("a meeting's start or end is outside the years 1 to 9999");
    }
    if meeting.end < meeting.start {
        return invalid("a meeting ends before it starts");
    }
    if !window.overlaps(meeting.start, meeting.end) {
        return Some(Refusal::OutsideWindow);
    }
    None
}

fn within_bounds(meeting: &wit::Meeting) -> Result<(), Excess> {
    MEETING_ID.check(&meeting.id)?;
    SERIES.check(&meeting.series)?;
    match &meeting.subject {
        wit::Subject::Text(text) => SUBJECT.check(text),
        wit::Subject::Withheld | wit::Subject::None => Ok(()),
    }
}

fn size(meeting: &wit::Meeting) -> usize {
    let subject = match &meeting.subject {
        wit::Subject::Text(text) => text.len(),
        wit::Subject::Withheld | wit::Subject::None => 0,
    };
    // The record itself counts too: a flood of empty strings is still a flood.
    size_of::<Meeting>() + meeting.id.len() + meeting.series.as_ref().map_or(0, String::len) + subject
}
