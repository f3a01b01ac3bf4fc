//! What devices report: usage records and coverage records.

use std::borrow::Cow;

/// What a record is evidence of; see `usage.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Call,
    Presentation,
    Presence,
    InUse,
    PeopleCount,
}

/// How a usage record speaks about time; see `usage.form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Form {
    Interval,
    Change,
    Sample,
    Bucket,
}

/// What a usage record reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Yes or no: of all kinds but people counts, in all forms but buckets.
    Flag(bool),
    /// People; in a bucket of another kind the seconds of yes.
    Number(u32),
}

/// Whether the source could have reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It could: what it did not report did not happen.
    Observed,
    /// It could not.
    Blind,
}

/// The contract's words for the values of an enumeration.
macro_rules! words {
    ($name:ident { $($value:ident: $word:literal),+ }) => {
        impl $name {
            /// The value that the contract has this word for.
            #[must_use]
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
    PeopleCount: "people-count"
});
words!(Form {
    Interval: "interval",
    Change: "change",
    Sample: "sample",
    Bucket: "bucket"
});
words!(State {
    Observed: "observed",
    Blind: "blind"
});

/// One interval, change, sample or bucket; see `usage.usage-record`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord<'a> {
    /// The key of a space of this call.
    pub space: Cow<'a, str>,
    /// The device; none where the source does not tell devices apart.
    pub device: Option<Cow<'a, str>>,
    /// Unique among the usage records of the source, and the same in every pass.
    pub key: Cow<'a, str>,
    /// A higher revision replaces a lower one.
    pub revision: u64,
    /// Whether the source takes the record back.
    pub withdrawn: bool,
    /// What it is evidence of.
    pub kind: Kind,
    /// How it speaks about time.
    pub form: Form,
    /// In seconds.
    pub start: i64,
    /// In seconds, never before `start`. A bucket has one, after its start.
    pub end: Option<i64>,
    /// What it reports.
    pub value: Value,
    /// Seconds from a sample to the next; none: 300.
    pub resolution: Option<u32>,
}

/// When a source could have reported about a space, or was blind; see `usage.coverage-record`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRecord<'a> {
    /// The key of a space of this call.
    pub space: Cow<'a, str>,
    /// The device; none where the source does not tell devices apart.
    pub device: Option<Cow<'a, str>>,
    /// Unique among the coverage records of the source, and the same in every pass.
    pub key: Cow<'a, str>,
    /// A higher revision replaces a lower one.
    pub revision: u64,
    /// Whether the source takes the record back.
    pub withdrawn: bool,
    /// At least one.
    pub kinds: Vec<Kind>,
    /// In seconds.
    pub start: i64,
    /// In seconds, after `start`.
    pub end: i64,
    /// Whether it could.
    pub state: State,
    /// Why it was blind: `offline`, `standby`, `feature-off`, `maintenance`, or other words.
    pub reason: Option<Cow<'a, str>>,
}

impl UsageRecord<'_> {
    /// Converts it to a record that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> UsageRecord<'static> {
        UsageRecord {
            space: own(self.space),
            device: self.device.map(own),
            key: own(self.key),
            revision: self.revision,
            withdrawn: self.withdrawn,
            kind: self.kind,
            form: self.form,
            start: self.start,
            end: self.end,
            value: self.value,
            resolution: self.resolution,
        }
    }
}

impl CoverageRecord<'_> {
    /// Converts it to a record that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> CoverageRecord<'static> {
        CoverageRecord {
            space: own(self.space),
            device: self.device.map(own),
            key: own(self.key),
            revision: self.revision,
            withdrawn: self.withdrawn,
            kinds: self.kinds,
            start: self.start,
            end: self.end,
            state: self.state,
            reason: self.reason.map(own),
        }
    }
}

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Why the collector refused a record; see `usage.emit-error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// The space is not one of this call.
    #[error("its space is not one of this call")]
    UnknownSpace,
    /// The text says what is wrong with it.
    #[error("it is invalid: {0}")]
    Invalid(String),
}
