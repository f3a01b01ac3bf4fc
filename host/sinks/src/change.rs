//! A change of a meeting, and its JSON form, which is the same in every sink.

use std::io;

use chrono::DateTime;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// What happened to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is otherwise than before.
    Updated,
    /// It is no longer there.
    Removed,
}

impl ChangeKind {
    /// `added`, `updated` or `removed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Removed => "removed",
        }
    }
}

/// One change of one meeting: the meeting as it is now; as it was, without its subject, when it was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What tells the collector's store from every other.
    pub store: String,
    /// Ascending within a store, with gaps, never used twice.
    pub number: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// When it was stored, UTC seconds.
    pub at: i64,
    /// The source.
    pub source: String,
    /// The room's address, in lower case.
    pub room: String,
    /// The room's display name: foreign text.
    pub room_name: String,
    /// The meeting's id, unique within the room.
    pub id: String,
    /// The opaque id of the recurring series that it belongs to.
    pub series: Option<String>,
    /// Its subject: foreign text; none when it is empty or withheld.
    pub subject: Option<String>,
    /// Whether there is a subject that is not to be shown.
    pub withheld: bool,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds.
    pub end: i64,
    /// Whether it was made as a day, or days, without times.
    pub all_day: bool,
    /// `confirmed`, `tentative` or `cancelled`.
    pub status: String,
}

#[derive(Serialize)]
struct Json<'a> {
    change_id: String,
    change: &'static str,
    changed_at: String,
    source: &'a str,
    room: &'a str,
    room_name: &'a str,
    id: &'a str,
    series: Option<&'a str>,
    subject: Option<&'a str>,
    withheld: bool,
    start: String,
    end: String,
    all_day: bool,
    status: &'a str,
}

impl Change {
    /// The change's id, the same whenever it is handed over: the store's and its number.
    pub fn change_id(&self) -> String {
        format!("{}-{}", self.store, self.number)
    }

    /// The change as one line of JSON, without the line's end: its id, kind and time, then the keys of a meeting as `collector run-once
    /// --format jsonl` prints it. Characters that steer a terminal are escaped.
    pub fn json(&self) -> String {
        let json = Json {
            change_id: self.change_id(),
            change: self.kind.as_str(),
            changed_at: rfc3339(self.at),
            source: &self.source,
            room: &self.room,
            room_name: &self.room_name,
            id: &self.id,
            series: self.series.as_deref(),
            subject: self.subject.as_deref(),
            withheld: self.withheld,
            start: rfc3339(self.start),
            end: rfc3339(self.end),
            all_day: self.all_day,
            status: &self.status,
        };
        let mut line = Vec::with_capacity(512);
        let mut serializer = serde_json::Serializer::with_formatter(&mut line, Harmless);
        // Strings and numbers into memory: neither can fail.
        let written = json.serialize(&mut serializer);
        debug_assert!(written.is_ok());
        String::from_utf8(line).unwrap_or_default()
    }
}

/// Compact JSON in which no character steers whoever shows it.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_steering(*character)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and what changes the direction of text.
pub(crate) fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}'
        )
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// UTC seconds as RFC 3339 with seconds and a `Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    // The years 0001 to 9999.
    DateTime::from_timestamp(seconds.clamp(-62_135_596_800, 253_402_300_799), 0)
        .unwrap_or_default()
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn change(number: i64) -> Change {
        Change {
            store: "5f0c".into(),
            number,
            kind: ChangeKind::Added,
            at: 1_773_136_800,
            source: "contoso".into(),
            room: "conf-a@contoso.com".into(),
            room_name: "Conf A".into(),
            id: format!("AAMk{number}"),
            series: None,
            subject: Some("Weekly sync".into()),
            withheld: false,
            start: 1_773_136_800,
            end: 1_773_140_400,
            all_day: false,
            status: "confirmed".into(),
        }
    }

    #[test]
    fn a_change_is_its_id_and_the_line_of_a_meeting() {
        assert_eq!(
            change(7).json(),
            "{\"change_id\":\"5f0c-7\",\"change\":\"added\",\"changed_at\":\"2026-03-10T10:00:00Z\",\"source\":\"contoso\",\
             \"room\":\"conf-a@contoso.com\",\"room_name\":\"Conf A\",\"id\":\"AAMk7\",\"series\":null,\"subject\":\"Weekly sync\",\
             \"withheld\":false,\"start\":\"2026-03-10T10:00:00Z\",\"end\":\"2026-03-10T11:00:00Z\",\"all_day\":false,\
             \"status\":\"confirmed\"}"
        );
    }

    proptest! {
        #[test]
        fn any_subject_comes_back_and_none_steers_a_terminal(subject in any::<String>()) {
            let change = Change { subject: Some(subject.clone()), ..change(1) };
            let line = change.json();
            prop_assert!(!line.chars().any(is_steering), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(read["subject"].as_str(), Some(subject.as_str()));
        }
    }
}
