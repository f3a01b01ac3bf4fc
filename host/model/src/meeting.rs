//! A meeting: one occurrence in one room, with everything that the collector ever knows about it. There is no field for an organizer, an
//! attendee, a body or a place, so none can be kept.

use std::sync::Arc;

/// The subject of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The text as its organizer wrote it: foreign text.
    Text(String),
    /// There is or may be a subject, but it may not be shown.
    Withheld,
    /// There is none.
    None,
}

impl Subject {
    /// The text that may be shown; none if there is no subject, or it is empty or withheld.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            Self::Text(_) | Self::Withheld | Self::None => None,
        }
    }

    /// What is stored of it: its text, also an empty one, and whether it is withheld. [`Subject::of_stored`] reads that.
    pub fn stored(&self) -> (Option<&str>, bool) {
        match self {
            Self::Text(text) => (Some(text), false),
            Self::Withheld => (None, true),
            Self::None => (None, false),
        }
    }

    /// The subject of which a text is stored, or none because it is withheld or because there is none.
    pub fn of_stored(text: Option<String>, withheld: bool) -> Self {
        match text {
            _ if withheld => Self::Withheld,
            Some(text) => Self::Text(text),
            None => Self::None,
        }
    }
}

impl Meeting {
    /// Withholds the subject, which may not be kept.
    pub fn withhold_subject(&mut self) {
        if self.subject.text().is_some() {
            self.subject = Subject::Withheld;
        }
    }
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It does.
    Confirmed,
    /// It may.
    Tentative,
    /// It does not.
    Cancelled,
}

impl Status {
    /// The word of the contract: `confirmed`, `tentative` or `cancelled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }

    /// The number by which databases store it.
    pub fn number(self) -> i64 {
        match self {
            Self::Confirmed => 0,
            Self::Tentative => 1,
            Self::Cancelled => 2,
        }
    }

    /// The status that is stored by a number.
    pub fn of_number(number: i64) -> Self {
        match number {
            1 => Self::Tentative,
            2 => Self::Cancelled,
            _ => Self::Confirmed,
        }
    }
}

/// One occurrence in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Unique within the room and the same in every pass.
    pub id: String,
    /// The opaque id of the recurring series that it belongs to.
    pub series: Option<String>,
    /// Its subject.
    pub subject: Subject,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds; never before `start`.
    pub end: i64,
    /// Whether it was created as a whole day, or days, without times.
    pub all_day: bool,
    /// Whether it takes place.
    pub status: Status,
}

/// A meeting with its source and room, as exports and files have it. Many rows share these texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingRow {
    /// The source.
    pub source: Arc<str>,
    /// The room's address.
    pub room: Arc<str>,
    /// The room's display name: foreign text.
    pub room_name: Arc<str>,
    /// The meeting.
    pub meeting: Meeting,
}
