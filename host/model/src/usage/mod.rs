//! What devices and their clouds report about spaces: usage records, and coverage records, which tell when a source could have reported.
//!
//! The form is the same wherever a record goes: from a connector, pushed, imported, stored and exported. One JSON object a line holds exactly
//! the keys of the contract; [`mod@line`] reads and writes it, and CSV with the same columns. A record that breaks a rule is refused with the
//! key that is wrong; nothing is guessed.

mod fault;
pub mod line;
mod rules;

pub use fault::Fault;

/// Longest source, space, device or key, in bytes.
pub const LONGEST_NAME: usize = 1_024;
/// Longest reason of a coverage record, in bytes.
pub const LONGEST_REASON: usize = 512;
/// Seconds that a sample is good for if its record has no resolution.
pub const RESOLUTION: u32 = 300;
/// Seconds for which an interval without an end holds, if nothing says that it was observed.
pub const OPEN_END: i64 = 24 * 3_600;
/// Seconds for which a change holds, if nothing says that it was observed: one hour between two signs of life, and five minutes.
pub const UNOBSERVED_CHANGE: i64 = 65 * 60;

/// Seconds by which the clocks of devices may differ from ours unnoticed.
const TOLERANCE: i64 = 120;

/// What a record is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Somebody is in a call.
    Call,
    /// Somebody presents.
    Presentation,
    /// Somebody is there.
    Presence,
    /// The room is in use, as its device judges.
    InUse,
    /// How many people are there.
    PeopleCount,
}

/// How a record speaks about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `[start, end)`; without an end it ends now.
    Interval,
    /// Holds from its start until the next change.
    Change,
    /// Holds until the next sample, for at most twice its resolution.
    Sample,
    /// A figure about `[start, end)`; where inside is unknown.
    Bucket,
}

/// Whether a source could have reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It could.
    Observed,
    /// It was blind: offline, in standby, switched off.
    Blind,
}

/// What a usage record reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Yes or no, of all kinds but people counts.
    Is(bool),
    /// People, or in a bucket of another kind the seconds of `true` in it.
    Number(u32),
}

/// What identifies a record of a type, and whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The source.
    pub source: String,
    /// The space, by the source's own key or by the calendar address of its room.
    pub space: String,
    /// The device; none where the source does not tell devices apart.
    pub device: Option<String>,
    /// The record's key, unique for its type within the source.
    pub key: String,
    /// A higher revision replaces a lower one.
    pub revision: u64,
    /// Whether the source takes the record back.
    pub withdrawn: bool,
}

/// One interval, change, sample or bucket of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord {
    /// Its identity.
    pub origin: Origin,
    /// What it is evidence of.
    pub kind: Kind,
    /// How it speaks about time.
    pub form: Form,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds, not before the start; buckets have one, after their start.
    pub end: Option<i64>,
    /// What it reports, in the type that kind and form ask for.
    pub value: Value,
    /// Seconds between samples; none: [`RESOLUTION`].
    pub resolution: Option<u32>,
}

/// When a source could have reported about a space, or was blind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRecord {
    /// Its identity.
    pub origin: Origin,
    /// What it could have reported: at least one kind, sorted, each once.
    pub kinds: Vec<Kind>,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds, after the start.
    pub end: i64,
    /// Whether it could.
    pub state: State,
    /// Why it was blind, in free words.
    pub reason: Option<String>,
}

/// A record of either type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// What was seen.
    Usage(UsageRecord),
    /// When something could have been seen.
    Coverage(CoverageRecord),
}

impl Record {
    /// Its identity.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Usage(record) => &record.origin,
            Self::Coverage(record) => &record.origin,
        }
    }

    /// UTC seconds at which it begins.
    pub fn start(&self) -> i64 {
        match self {
            Self::Usage(record) => record.start,
            Self::Coverage(record) => record.start,
        }
    }

    /// UTC seconds at which it ends; none if that is still open.
    pub fn end(&self) -> Option<i64> {
        match self {
            Self::Usage(record) => record.end,
            Self::Coverage(record) => Some(record.end),
        }
    }

    /// Whether it tells of something seen after `now` (UTC seconds), as a device does whose clock is ahead. That a source will be blind can
    /// be known before.
    pub fn is_ahead(&self, now: i64) -> bool {
        let is_seen = match self {
            Self::Usage(_) => true,
            Self::Coverage(record) => record.state == State::Observed,
        };
        is_seen && self.end().unwrap_or(self.start()).max(self.start()) > now.saturating_add(TOLERANCE)
    }
}

/// The words of the contract for the values of an enumeration.
macro_rules! words {
    ($name:ident { $($value:ident: $word:literal),+ $(,)? }) => {
        impl $name {
            /// All values, in the order in which they are stored and sorted.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The word of the contract.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }

            /// The value of a word of the contract.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

words!(Kind {
    Call: "call",
    Presentation: "presentation",
    Presence: "presence",
    InUse: "in-use",
    PeopleCount: "people-count",
});
words!(Form {
    Interval: "interval",
    Change: "change",
    Sample: "sample",
    Bucket: "bucket",
});
words!(State {
    Observed: "observed",
    Blind: "blind",
});

/// The words for all values of an enumeration, for a message.
fn listed<T: Copy>(all: &[T], as_str: fn(T) -> &'static str) -> String {
    all.iter()
        .map(|value| as_str(*value))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::line::read_json;

    #[test]
    fn what_was_seen_cannot_lie_ahead_and_planned_blindness_can() {
        let usage = |start: &str| {
            format!(
                r#"{{"type":"usage","source":"s","space":"a","key":"k","revision":1,"withdrawn":false,"kind":"presence","form":"change","start":"{start}","value":true}}"#
            )
        };
        let coverage = |state: &str| {
            format!(
                r#"{{"type":"coverage","source":"s","space":"a","key":"k","revision":1,"withdrawn":false,"kinds":["presence"],"start":"1970-01-01T00:00:00Z","end":"1970-01-01T01:00:00Z","state":"{state}"}}"#
            )
        };
        for (line, is_ahead) in [
            (usage("1970-01-01T00:18:40Z"), false),
            (usage("1970-01-01T00:18:41Z"), true),
            (coverage("observed"), true),
            (coverage("blind"), false),
        ] {
            assert_eq!(read_json(&line).unwrap().is_ahead(1_000), is_ahead, "{line}");
        }
    }
}
