//! A change of a meeting, and its JSON form, which is the same in every sink.

use serde::Serialize;

use crate::instant::rfc3339;
use crate::json::{MeetingLine, write_json};

/// The kind of a change.
///
/// All meetings of a room can be sent again, as a *snapshot*: its begin, each meeting as `Added`, its end. A reader then removes the
/// meetings of the room that the snapshot did not contain, as far back as its end tells. A begin in place of an end means that the snapshot
/// was broken off and starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The meeting is new, or sent again.
    Added,
    /// The meeting changed.
    Updated,
    /// The meeting is gone.
    Removed,
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

impl ChangeKind {
    /// `added`, `updated`, `removed`, `snapshot-begin` or `snapshot-end`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::SnapshotBegin => "snapshot-begin",
            Self::SnapshotEnd { .. } => "snapshot-end",
        }
    }

    /// Whether the change concerns one meeting rather than the room.
    pub fn is_of_a_meeting(self) -> bool {
        matches!(self, Self::Added | Self::Updated | Self::Removed)
    }
}

/// One change of one meeting, with the meeting as it is now; or, if it was removed, as it was, without its subject. For the begin and the
/// end of a snapshot the fields of the meeting are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id of the collector's store, different for every store.
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
    /// Whether there is a subject that may not be shown.
    pub withheld: bool,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds.
    pub end: i64,
    /// Whether it was created as a whole day, or days, without times.
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

    /// The change as one line of JSON, without a line end: its id, kind and time, then the keys of a meeting as `collector run-once
    /// --format jsonl` prints them; for a snapshot's begin and end only the keys of the room, and at the end `from` and `meetings`.
    /// Characters that control a terminal are escaped.
    pub fn json(&self) -> String {
        let json = Json {
            change_id: self.change_id(),
            change: self.kind.as_str(),
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
        let (from, meetings) = match self.kind {
            ChangeKind::SnapshotBegin => (None, None),
            ChangeKind::SnapshotEnd { from, meetings } => (Some(rfc3339(from)), Some(meetings)),
            ChangeKind::Added | ChangeKind::Updated | ChangeKind::Removed => {
                return About::Meeting(MeetingLine {
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
                });
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
    use crate::text::deceives;

    fn change(number: i64) -> Change {
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

    #[test]
    fn the_begin_and_the_end_of_a_snapshot_are_about_the_room() {
        let begin = Change {
            kind: ChangeKind::SnapshotBegin,
            ..change(7)
        };
        assert_eq!(
            begin.json(),
            "{\"change_id\":\"5f0c-7\",\"change\":\"snapshot-begin\",\"changed_at\":\"2026-03-10T10:00:00Z\",\"source\":\"contoso\",\
             \"room\":\"conf-a@contoso.com\",\"room_name\":\"Conf A\"}"
        );
        let end = Change {
            kind: ChangeKind::SnapshotEnd {
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
