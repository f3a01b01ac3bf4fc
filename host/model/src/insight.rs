//! What sinks are told about the use of rooms: what became of a booking, and the figures of a day that is over. The JSON form is the same in every
//! sink, and begins like that of a [`crate::change::Change`].

use std::fmt;

use crate::instant::rfc3339;

/// What an [`Insight`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// The verdict of a booking: it is new, or another one than before.
    Verdict,
    /// A booking that had a verdict has none any more: it lies ahead again.
    NoVerdict,
    /// The figures of a room's local date that is over.
    Day,
}

impl About {
    /// `verdict`, `verdict-removed` or `day`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::NoVerdict => "verdict-removed",
            Self::Day => "day",
        }
    }
}

/// Something that sinks are told about the use of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// The same whenever the same is told of the same booking or date, and another one for anything else.
    pub id: String,
    /// What it is about.
    pub about: About,
    /// When it was computed, UTC seconds.
    pub at: i64,
    /// The source of the room's bookings.
    pub source: String,
    /// The room's address, in lower case.
    pub room: String,
    /// What is told: a JSON object on one line, with `source` and `room`, and then `id` for a verdict, `date` for a day.
    pub content: String,
}

/// The place of insights among the changes of meetings: the last change that the sink has. So the end of a file tells how far it got, whatever its
/// last line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The id of the collector's store.
    pub store: String,
    /// The number of the change; 0 if there is none.
    pub number: i64,
}

impl fmt::Display for After {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.store, self.number)
    }
}

impl Insight {
    /// The insight as one line of JSON, without a line end: `change_id`, `change`, `changed_at`, `after`, and then the keys of its content.
    pub fn json(&self, after: &After) -> String {
        // An id is hexadecimal digits and words, and a content begins with a brace.
        format!(
            "{{\"change_id\":\"{}\",\"change\":\"{}\",\"changed_at\":\"{}\",\"after\":\"{after}\",{}",
            self.id,
            self.about.as_str(),
            rfc3339(self.at),
            self.content.trim_start_matches('{')
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insight_begins_like_a_change() {
        let insight = Insight {
            id: "day-1-0af3".into(),
            about: About::Day,
            at: 1_773_136_800,
            source: "contoso".into(),
            room: "conf-a@contoso.com".into(),
            content: r#"{"source":"contoso","room":"conf-a@contoso.com","date":"2026-03-10"}"#.into(),
        };
        let after = After {
            store: "5f0c".into(),
            number: 7,
        };
        assert_eq!(
            insight.json(&after),
            "{\"change_id\":\"day-1-0af3\",\"change\":\"day\",\"changed_at\":\"2026-03-10T10:00:00Z\",\"after\":\"5f0c-7\",\
             \"source\":\"contoso\",\"room\":\"conf-a@contoso.com\",\"date\":\"2026-03-10\"}"
        );
    }
}
