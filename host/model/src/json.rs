//! A meeting as one line of JSON: exactly the keys of the contract, in their order. Characters that could control a terminal are written as
//! JSON's own escapes: programs read the same value, and people can safely look at the line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::instant::rfc3339;
use crate::meeting::{Meeting, Subject};
use crate::text::deceives;

/// A meeting with its source and room.
#[derive(Serialize)]
pub struct MeetingLine<'a> {
    /// The source.
    pub source: &'a str,
    /// The room's address.
    pub room: &'a str,
    /// The room's display name: foreign text.
    pub room_name: &'a str,
    /// The meeting's id.
    pub id: &'a str,
    /// The opaque id of the recurring series that it belongs to.
    pub series: Option<&'a str>,
    /// Null when it is empty or withheld; `withheld` tells which.
    pub subject: Option<&'a str>,
    /// Whether there is a subject that may not be shown.
    pub withheld: bool,
    /// As [`rfc3339`] writes it.
    pub start: String,
    /// As [`rfc3339`] writes it.
    pub end: String,
    /// Whether it was created as a whole day, or days, without times.
    pub all_day: bool,
    /// `confirmed`, `tentative` or `cancelled`.
    pub status: &'a str,
}

impl<'a> MeetingLine<'a> {
    /// The line of a meeting in a room of a source.
    pub fn of(source: &'a str, room: &'a str, room_name: &'a str, meeting: &'a Meeting) -> Self {
        Self {
            source,
            room,
            room_name,
            id: &meeting.id,
            series: meeting.series.as_deref(),
            subject: meeting.subject.text(),
            withheld: meeting.subject == Subject::Withheld,
            start: rfc3339(meeting.start),
            end: rfc3339(meeting.end),
            all_day: meeting.all_day,
            status: meeting.status.as_str(),
        }
    }
}

/// Writes JSON without a line end.
///
/// # Errors
/// The writer failed.
pub fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping))?;
    Ok(())
}

/// JSON on one line that also escapes characters that JSON allows but that could deceive a reader.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all texts: nothing in them deceives.
        if fragment.is_ascii() && !fragment.as_bytes().contains(&0x7f) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, found)) = rest.char_indices().find(|(_, character)| deceives(*character)) {
            let (plain, tail) = rest.split_at(at);
            write!(out, "{plain}\\u{:04x}", u32::from(found))?;
            rest = tail.get(found.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}
