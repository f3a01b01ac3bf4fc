//! The sessions of rooms in a call: who of its parties is a room, from when to when, and when the room showed its screen.
//!
//! Source: `callRecords.session`, `segment`, `media` and `mediaStream` of the Microsoft Graph documentation. In a meeting every participant has a
//! session of its own with the service, as its caller. Between two, either may be the room. A session is not read any further than its parties
//! unless one of them is a room.

use crate::listing::{check_id, span};
use graph::{Trouble, read};
use serde::Deserialize;
use std::collections::HashMap;

/// The rooms of a slice by the ids of their accounts.
pub(crate) struct Rooms(HashMap<String, usize>);

/// Which party of a session a room may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A meeting: only the caller.
    Meeting,
    /// A call between two, or one of which Graph does not say what it is: either.
    Call,
}

/// A room's time in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stay {
    /// The place of the room in the slice.
    pub(crate) room: usize,
    /// The session, and which party of it the room was: two rooms that call each other share a session.
    pub(crate) key: String,
    /// In UTC seconds.
    pub(crate) start: i64,
    /// In UTC seconds, never before `start`.
    pub(crate) end: i64,
    /// When the room showed its screen: spans that neither touch nor leave the stay, in order.
    pub(crate) shares: Vec<(i64, i64)>,
}

/// The stays of rooms in one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stays {
    pub(crate) found: Vec<Stay>,
    /// How many sessions of rooms had times that cannot be used.
    pub(crate) without_times: u32,
}

#[derive(Deserialize)]
struct Parties {
    caller: Option<Party>,
    callee: Option<Party>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    associated_identity: Option<Identity>,
}

#[derive(Deserialize)]
struct Identity {
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    id: String,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
    is_test: Option<bool>,
    segments: Option<Vec<Segment>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Segment {
    start_date_time: Option<String>,
    end_date_time: Option<String>,
    caller: Option<Party>,
    callee: Option<Party>,
    media: Option<Vec<Media>>,
}

#[derive(Deserialize)]
struct Media {
    label: Option<String>,
    streams: Option<Vec<Stream>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    stream_direction: Option<String>,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
}

/// A party of a session or segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Callee,
}

impl Side {
    /// The direction of what this party sends.
    fn sends(self) -> &'static str {
        match self {
            Self::Caller => "callerToCallee",
            Self::Callee => "calleeToCaller",
        }
    }
}

impl Rooms {
    /// The rooms with these accounts, in their order.
    pub(crate) fn new<'k>(accounts: impl Iterator<Item = &'k str>) -> Self {
        Self(accounts.map(str::to_ascii_lowercase).zip(0..).collect())
    }

    fn of(&self, party: Option<&Party>) -> Option<usize> {
        self.0.get(&account(party?)?.to_ascii_lowercase()).copied()
    }
}

fn account(party: &Party) -> Option<&str> {
    party.associated_identity.as_ref()?.id.as_deref()
}

impl Stays {
    /// Takes what a session says about rooms.
    ///
    /// # Errors
    /// It cannot be told whose session it is, or a room's differs from what Graph documents.
    pub(crate) fn take(&mut self, session: &str, kind: Kind, rooms: &Rooms) -> Result<(), Trouble> {
        let Parties { caller, callee } = read(session)?;
        let callee = callee.filter(|_| kind == Kind::Call);
        let parties = [(Side::Caller, caller), (Side::Callee, callee)];
        let sides: Vec<(Side, usize)> = parties
            .iter()
            .filter_map(|(side, party)| Some((*side, rooms.of(party.as_ref())?)))
            .collect();
        if sides.is_empty() {
            return Ok(());
        }
        let session: Session = read(session)?;
        check_id(&session.id)?;
        if session.is_test == Some(true) {
            return Ok(());
        }
        let times = span(
            session.start_date_time.as_deref(),
            session.end_date_time.as_deref(),
        );
        let Some((start, end)) = times else {
            // It has not ended, or it is known that Graph mixes up times when a call of two becomes a meeting. One such session must not
            // fail its room for a month.
            self.without_times += 1;
            return Ok(());
        };
        for (side, room) in sides {
            let key = match side {
                Side::Caller => session.id.clone(),
                Side::Callee => format!("{}:callee", session.id),
            };
            self.add(Stay {
                room,
                key,
                start,
                end,
                shares: shares(&session, side, room, rooms, (start, end)),
            });
        }
        Ok(())
    }

    /// Adds a stay. Graph may return a session several times, if it involves several services.
    fn add(&mut self, stay: Stay) {
        let known = self
            .found
            .iter_mut()
            .find(|known| known.room == stay.room && known.key == stay.key);
        match known {
            Some(known) => {
                known.start = known.start.min(stay.start);
                known.end = known.end.max(stay.end);
                known.shares.extend(stay.shares);
                known.shares = joined(std::mem::take(&mut known.shares));
            }
            None => self.found.push(stay),
        }
    }
}

/// When a room as this party of a session showed its screen: the times of the streams that it sent, or else of their segment.
fn shares(session: &Session, side: Side, room: usize, rooms: &Rooms, whole: (i64, i64)) -> Vec<(i64, i64)> {
    let mut spans = Vec::new();
    for segment in session.segments.iter().flatten() {
        let Some(side) = segment.side(side, room, rooms) else {
            continue;
        };
        let times = span(
            segment.start_date_time.as_deref(),
            segment.end_date_time.as_deref(),
        );
        let media = segment
            .media
            .iter()
            .flatten()
            .filter(|media| media.is_shared_screen());
        for stream in media.flat_map(|media| media.streams.iter().flatten()) {
            if stream.stream_direction.as_deref() == Some(side.sends()) {
                let own = span(stream.start_date_time.as_deref(), stream.end_date_time.as_deref());
                let (start, end) = own.or(times).unwrap_or(whole);
                spans.push((start.max(whole.0), end.min(whole.1)));
            }
        }
    }
    joined(spans)
}

impl Segment {
    /// Which party of the segment the room is: as it says itself, or else as in the session.
    fn side(&self, of_session: Side, room: usize, rooms: &Rooms) -> Option<Side> {
        let named = |party: &Option<Party>| party.as_ref().and_then(account).is_some();
        if rooms.of(self.caller.as_ref()) == Some(room) {
            Some(Side::Caller)
        } else if rooms.of(self.callee.as_ref()) == Some(room) {
            Some(Side::Callee)
        } else {
            (!named(&self.caller) && !named(&self.callee)).then_some(of_session)
        }
    }
}

impl Media {
    /// `applicationsharing-video`.
    fn is_shared_screen(&self) -> bool {
        let label = self.label.as_deref().unwrap_or_default();
        label.to_ascii_lowercase().contains("sharing")
    }
}

/// Spans with a length, joined where they overlap or touch, in order.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
