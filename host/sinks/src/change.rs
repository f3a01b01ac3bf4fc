//! A change of a meeting, and its JSON form, which is the same in every sink.

use serde::Serialize;

use crate::line::{MeetingLine, rfc3339, write_json};

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
    #[serde(flatten)]
    meeting: MeetingLine<'a>,
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
            meeting: MeetingLine {
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
            },
        };
        let mut line = Vec::with_capacity(512);
        // Strings and numbers into memory: neither can fail.
        let written = write_json(&mut line, &json);
        debug_assert!(written.is_ok());
        String::from_utf8(line).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::line::deceives;

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
            prop_assert!(!line.chars().any(deceives), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(read["subject"].as_str(), Some(subject.as_str()));
        }
    }
}
