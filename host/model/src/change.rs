//! A change of a meeting, and its JSON form, which is the same in every sink.

use serde::Serialize;

use crate::instant::rfc3339;
use crate::json::{MeetingLine, write_json};
use crate::meeting::Meeting;

/// The content of a change.
///
/// All meetings of a room can be sent again, as a *snapshot*: its begin, each meeting as `Added`, its end. A reader then removes the
/// meetings of the room that the snapshot did not contain, as far back as its end tells. A begin in place of an end means that the snapshot
/// was broken off and starts again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A change of a meeting: the meeting after the change, or, if it was removed, as it was, without its subject.
    Meeting(ChangeKind, Meeting),
    /// All meetings of the room follow.
    SnapshotBegin,
    /// All meetings of the room were sent.
    SnapshotEnd {
        /// UTC seconds: meetings that end after this instant and were not in the snapshot are gone. About earlier ones nothing is known:
        /// they may have been removed for their age, or be older than the store.
        from: i64,
        /// The number of meetings between the begin and this end.
        meetings: u64,
    },
}

impl What {
    /// `added`, `updated`, `removed`, `snapshot-begin` or `snapshot-end`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Meeting(ChangeKind::Added, _) => "added",
            Self::Meeting(ChangeKind::Updated, _) => "updated",
            Self::Meeting(ChangeKind::Removed, _) => "removed",
            Self::SnapshotBegin => "snapshot-begin",
            Self::SnapshotEnd { .. } => "snapshot-end",
        }
    }
}

/// What happened to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or sent again.
    Added,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
}

impl ChangeKind {
    /// The number by which databases store it.
    pub fn number(self) -> i64 {
        match self {
            Self::Added => 0,
            Self::Updated => 1,
            Self::Removed => 2,
        }
    }

    /// The kind that is stored by a number.
    pub fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Added,
            1 => Self::Updated,
            _ => Self::Removed,
        }
    }
}

/// One change of one meeting; or the begin or the end of a snapshot of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id of the collector's store, different for every store.
    pub store: String,
    /// Ascending within a store, with gaps, never used twice.
    pub number: i64,
    /// When it was stored or is sent again, UTC seconds.
    pub at: i64,
    /// The source.
    pub source: String,
    /// The room's address, in lower case.
    pub room: String,
    /// The room's display name: foreign text.
    pub room_name: String,
    /// The store's own number of the room, meaningless elsewhere.
    pub room_number: i64,
    /// The content.
    pub what: What,
}

#[derive(Serialize)]
struct Json<'a> {
    change_id: String,
    change: &'static str,
    changed_at: String,
    #[serde(flatten)]
    about: About<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum About<'a> {
    Meeting(MeetingLine<'a>),
    Room {
        source: &'a str,
        room: &'a str,
        room_name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        meetings: Option<u64>,
    },
}

impl Change {
    /// The change's id, the same at each delivery: the store's id and the change's number.
    pub fn change_id(&self) -> String {
        format!("{}-{}", self.store, self.number)
    }

    /// The meeting's id; empty if the change concerns the room.
    pub fn meeting_id(&self) -> &str {
        match &self.what {
            What::Meeting(_, meeting) => &meeting.id,
            What::SnapshotBegin | What::SnapshotEnd { .. } => "",
        }
    }

    /// The change as one line of JSON, without a line end: its id, kind and time, then the keys of a meeting as `collector run-once
    /// --format jsonl` prints them; for a snapshot's begin and end only the keys of the room, and at the end `from` and `meetings`.
    /// Characters that control a terminal are escaped.
    pub fn json(&self) -> String {
        let json = Json {
            change_id: self.change_id(),
            change: self.what.as_str(),
            changed_at: rfc3339(self.at),
            about: self.about(),
        };
        let mut line = Vec::with_capacity(512);
        // Writes strings and numbers into memory: neither can fail.
        let written = write_json(&mut line, &json);
        debug_assert!(written.is_ok());
        String::from_utf8(line).unwrap_or_default()
    }

    fn about(&self) -> About<'_> {
        let (from, meetings) = match &self.what {
            What::SnapshotBegin => (None, None),
            What::SnapshotEnd { from, meetings } => (Some(rfc3339(*from)), Some(*meetings)),
            What::Meeting(_, meeting) => {
                let line = MeetingLine::of(&self.source, &self.room, &self.room_name, meeting);
                return About::Meeting(line);
            }
        };
        About::Room {
            source: &self.source,
            room: &self.room,
            room_name: &self.room_name,
            from,
            meetings,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{change, with};
    use crate::meeting::Subject;
    use crate::text::deceives;

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

    #[test]
    fn the_begin_and_the_end_of_a_snapshot_are_about_the_room() {
        let begin = Change {
            what: What::SnapshotBegin,
            ..change(7)
        };
        assert_eq!(
            begin.json(),
            "{\"change_id\":\"5f0c-7\",\"change\":\"snapshot-begin\",\"changed_at\":\"2026-03-10T10:00:00Z\",\"source\":\"contoso\",\
             \"room\":\"conf-a@contoso.com\",\"room_name\":\"Conf A\"}"
        );
        let end = Change {
            what: What::SnapshotEnd {
                from: 1_773_100_800,
                meetings: 2,
            },
            ..change(10)
        };
        assert_eq!(
            end.json(),
            "{\"change_id\":\"5f0c-10\",\"change\":\"snapshot-end\",\"changed_at\":\"2026-03-10T10:00:00Z\",\"source\":\"contoso\",\
             \"room\":\"conf-a@contoso.com\",\"room_name\":\"Conf A\",\"from\":\"2026-03-10T00:00:00Z\",\"meetings\":2}"
        );
    }

    #[test]
    fn an_empty_subject_is_null() {
        let change = with(change(1), |meeting| {
            meeting.subject = Subject::Text(String::new())
        });
        let json = change.json();
        assert!(json.contains("\"subject\":null,\"withheld\":false"), "{json}");
    }

    proptest! {
        #[test]
        fn any_subject_comes_back_and_none_steers_a_terminal(subject in any::<String>()) {
            prop_assume!(!subject.is_empty());
            let change = with(change(1), |meeting| meeting.subject = Subject::Text(subject.clone()));
            let line = change.json();
            prop_assert!(!line.chars().any(deceives), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(read["subject"].as_str(), Some(subject.as_str()));
        }
    }
}
