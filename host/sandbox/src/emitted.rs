//! The meetings that a call emitted, held until its outcomes are known. A refused meeting is reported to the connector and fails its room:
//! a pass never keeps part of a room.

use std::collections::HashMap;
use std::sync::Arc;

use collector_model::instant::INSTANTS;
use collector_model::meeting::Meeting;
use collector_model::window::Window;
use wasmtime::format_err;

use crate::allowance::Allowance;
use crate::bindings::meetings as wit;
use crate::bounds::{Excess, MEETING_ID, SERIES, SUBJECT};
use crate::limits::{Limits, ROOM_BYTES, ROOM_MEETINGS};
use crate::types;

/// What one call has emitted so far.
pub(crate) struct Emitted {
    window: Window,
    rooms: HashMap<String, RoomMeetings>,
    meetings_left: usize,
    bytes_left: usize,
    limits: Limits,
    allowance: Arc<Allowance>,
}

/// The meetings emitted for one room.
#[derive(Default)]
pub(crate) struct RoomMeetings {
    /// In order of arrival; an id may occur several times.
    pub meetings: Vec<Meeting>,
    /// Why the first refused meeting was refused.
    pub refused: Option<String>,
    bytes: usize,
}

impl Emitted {
    pub(crate) fn new(
        window: Window,
        rooms: impl IntoIterator<Item = String>,
        limits: &Limits,
        allowance: Arc<Allowance>,
    ) -> Self {
        Self {
            window,
            rooms: rooms
                .into_iter()
                .map(|room| (room, RoomMeetings::default()))
                .collect(),
            meetings_left: limits.meetings,
            bytes_left: limits.meeting_bytes,
            limits: limits.clone(),
            allowance,
        }
    }

    /// Takes the meetings emitted for a room, once.
    pub(crate) fn take(&mut self, room: &str) -> Option<RoomMeetings> {
        self.rooms.remove(room)
    }

    /// Accepts a meeting, or tells why not.
    pub(crate) fn add(&mut self, meeting: wit::Meeting) -> wasmtime::Result<Result<(), wit::EmitError>> {
        self.meetings_left = self.meetings_left.checked_sub(1).ok_or_else(|| {
            format_err!(
                "it emitted more than {} meetings in one call",
                self.limits.meetings
            )
        })?;
        let size = size(&meeting);
        self.bytes_left = self.bytes_left.checked_sub(size).ok_or_else(|| {
            format_err!(
                "it emitted more than {} bytes of meetings in one call",
                self.limits.meeting_bytes
            )
        })?;
        let Some(room) = self.rooms.get_mut(&meeting.room) else {
            return Ok(Err(wit::EmitError::UnknownRoom));
        };
        if let Some(error) = fault(&meeting, self.window).or_else(|| room.overflow(size, &self.allowance)) {
            room.refused.get_or_insert_with(|| match &error {
                wit::EmitError::Invalid(why) => why.clone(),
                wit::EmitError::OutsideWindow => "a meeting does not overlap the window".to_owned(),
                wit::EmitError::UnknownRoom => "a meeting names an unknown room".to_owned(),
            });
            // The room has failed: its earlier meetings are no longer needed.
            room.meetings = Vec::new();
            return Ok(Err(error));
        }
        room.bytes += size;
        if room.refused.is_none() {
            room.meetings.push(types::meeting(meeting));
        }
        Ok(Ok(()))
    }
}

impl RoomMeetings {
    /// Why another meeting of so many bytes would be too much.
    fn overflow(&self, bytes: usize, allowance: &Allowance) -> Option<wit::EmitError> {
        if self.meetings.len() >= ROOM_MEETINGS {
            return Some(wit::EmitError::Invalid(format!(
                "the room has more than {ROOM_MEETINGS} meetings in the window"
            )));
        }
        if self.bytes + bytes > ROOM_BYTES {
            return Some(wit::EmitError::Invalid(format!(
                "the room's meetings have more than {ROOM_BYTES} bytes"
            )));
        }
        let spent = allowance.take(bytes).err()?;
        Some(wit::EmitError::Invalid(spent.to_string()))
    }
}

fn fault(meeting: &wit::Meeting, window: Window) -> Option<wit::EmitError> {
    let invalid = |why: &str| Some(wit::EmitError::Invalid(why.to_owned()));
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
        return Some(wit::EmitError::OutsideWindow);
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
