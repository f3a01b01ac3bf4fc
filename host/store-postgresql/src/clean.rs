//! What was read or listed, with what PostgreSQL cannot store replaced, before it is compared with what is stored. Otherwise a meeting with a NUL would
//! look changed at each pass.

use std::borrow::Cow;

use collector_commit::Reading;
use collector_model::meeting::Subject;
use collector_model::room::{Room, RoomAddress};
use collector_model::usage::{CoverageRecord, Origin, Record, UsageRecord};
use collector_postgresql::value::text;

const NUL: char = '\0';

/// A reading as it can be stored. Without its cursor, the next reading is a full one.
pub(crate) fn reading(mut reading: Reading) -> Reading {
    for meeting in &mut reading.meetings {
        replace(&mut meeting.id);
        meeting.series.as_mut().map(replace);
        if let Subject::Text(subject) = &mut meeting.subject {
            replace(subject);
        }
    }
    if cursor(reading.cursor.as_deref()).is_none() {
        reading.cursor = None;
    }
    reading
}

/// A cursor as it can be stored: one that cannot be stored as it is would not be the service's any more.
pub(crate) fn cursor(cursor: Option<&str>) -> Option<&str> {
    cursor.filter(|cursor| !cursor.contains(NUL))
}

/// A record as it can be stored.
pub(crate) fn record(record: &Record) -> Cow<'_, Record> {
    let has_nul = |text: Option<&String>| text.is_some_and(|text| text.contains(NUL));
    let reason = match record {
        Record::Usage(_) => None,
        Record::Coverage(coverage) => coverage.reason.as_ref(),
    };
    let origin = origin(record.origin());
    if matches!(origin, Cow::Borrowed(_)) && !has_nul(reason) {
        return Cow::Borrowed(record);
    }
    let origin = origin.into_owned();
    Cow::Owned(match record.clone() {
        Record::Usage(usage) => Record::Usage(UsageRecord { origin, ..usage }),
        Record::Coverage(coverage) => {
            let mut coverage = CoverageRecord { origin, ..coverage };
            coverage.reason.as_mut().map(replace);
            Record::Coverage(coverage)
        }
    })
}

/// The origin of a record as it can be stored.
pub(crate) fn origin(origin: &Origin) -> Cow<'_, Origin> {
    let texts = [&origin.source, &origin.space, &origin.key];
    let mut texts = texts.into_iter().chain(&origin.device);
    if !texts.any(|text| text.contains(NUL)) {
        return Cow::Borrowed(origin);
    }
    let mut origin = origin.clone();
    for text in [&mut origin.source, &mut origin.space, &mut origin.key] {
        replace(text);
    }
    origin.device.as_mut().map(replace);
    Cow::Owned(origin)
}

/// Rooms as they can be stored.
pub(crate) fn rooms(rooms: &[Room]) -> Cow<'_, [Room]> {
    let mut rooms = Cow::Borrowed(rooms);
    let has_nul = |room: &Room| {
        let texts = [room.address.as_str(), &room.key, &room.name];
        let texts = texts.into_iter().chain(room.building.as_deref());
        texts
            .chain(room.lists.iter().map(String::as_str))
            .any(|text| text.contains(NUL))
    };
    if rooms.iter().any(has_nul) {
        for room in rooms.to_mut() {
            room.address = RoomAddress::new(&text(room.address.as_str()));
            replace(&mut room.key);
            replace(&mut room.name);
            room.building.as_mut().map(replace);
            room.lists.iter_mut().for_each(replace);
        }
    }
    rooms
}

/// The longest message that is stored, in characters.
const LONGEST: usize = 2_000;

/// A message for people, as it can be stored.
pub(crate) fn message(message: &str) -> String {
    text(message).chars().take(LONGEST).collect()
}

fn replace(value: &mut String) {
    if let Cow::Owned(replaced) = text(value) {
        *value = replaced;
    }
}
