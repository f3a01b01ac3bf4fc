//! What operators see: sources, rooms, meetings, sinks.

use super::drafts::DraftSummary;
pub use collector_store::{PassRecord, Purge, RoomCounts, RoomRow, SinkState};

/// A source in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// Its name.
    pub name: String,
    /// Its connector.
    pub connector: String,
    /// The connector's title.
    pub title: String,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether subjects are shown.
    pub viewing: bool,
    /// Whether it is being collected now.
    pub collecting: bool,
    /// When it is collected next; `None` while paused.
    pub next_pass_at: Option<i64>,
    /// Seconds between two passes.
    pub every: u64,
    /// Its last pass.
    pub last_pass: Option<PassRecord>,
    /// What prevents its collection.
    pub problem: Option<String>,
    /// Whether it was authorized, and its permissions do not all work yet: that may take hours. Its checks go on until they do.
    pub awaits_permissions: bool,
    /// Number of listed rooms.
    pub rooms: u64,
    /// Number of stored meetings.
    pub meetings: u64,
}

impl SourceSummary {
    /// Whether its pass is under way, or due now.
    pub fn is_under_way(&self, now: i64) -> bool {
        self.collecting || (!self.paused && self.next_pass_at.is_some_and(|at| at <= now))
    }

    /// The end of its last pass that collected something, in UTC seconds; none if there was none.
    pub fn success_at(&self) -> Option<i64> {
        self.last_pass.as_ref()?.success_at
    }
}

/// A source that receives, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverSummary {
    /// Its name.
    pub name: String,
    /// Why it receives nothing: its token cannot be read.
    pub problem: Option<String>,
    /// When its last record came, in UTC seconds.
    pub last_at: Option<i64>,
}

/// A sink in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSummary {
    /// `jsonl`, `webhook`, `postgresql`, `nats`.
    pub kind: String,
    /// Its progress.
    pub state: SinkState,
}

/// Everything at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The program's version.
    pub version: String,
    /// The configuration file.
    pub configuration: String,
    /// Why it is not in force as it is now; none if it is.
    pub problem: Option<String>,
    /// The sources that are collected.
    pub sources: Vec<SourceSummary>,
    /// The sources that receive.
    pub receivers: Vec<ReceiverSummary>,
    /// The sinks, by name.
    pub sinks: Vec<SinkSummary>,
    /// The unsaved drafts of sources.
    pub drafts: Vec<DraftSummary>,
    /// The unsaved drafts of sinks.
    pub sink_drafts: Vec<DraftSummary>,
    /// Connectors with a version that waits for approval.
    pub waiting: Vec<String>,
    /// The sources that have rooms which others have too, each with how many.
    pub doubled: Vec<(String, u64)>,
}

/// A query for rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomQuery {
    /// Only rooms of this source.
    pub source: Option<String>,
    /// Only rooms with this outcome.
    pub outcome: Option<String>,
    /// Only rooms whose address, name or building contains this text.
    pub text: Option<String>,
    /// Number of rooms to skip.
    pub skip: u64,
    /// Most rooms to return.
    pub limit: u64,
}

/// A page of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rooms {
    /// Number of rooms on all pages.
    pub total: u64,
    /// The rooms on this page.
    pub rooms: Vec<RoomRow>,
}

/// A query for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Only this source; `None` for all.
    pub source: Option<String>,
    /// Only rooms in this building; empty for rooms without one; `None` for all.
    pub building: Option<String>,
    /// Only rooms whose address, name or building contains this text.
    pub text: Option<String>,
    /// Start of the span that meetings must overlap.
    pub start: i64,
    /// End of the span.
    pub end: i64,
    /// Number of rooms to skip.
    pub skip: u64,
    /// Most rooms to return.
    pub limit: u64,
}

/// What a page may show of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectView {
    /// The text.
    Text(String),
    /// The meeting is private, or its subject was purged.
    Withheld,
    /// Viewing is disabled for this source.
    Hidden,
    /// The meeting has no subject.
    None,
}

/// A meeting on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingView {
    /// When it begins.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Its subject.
    pub subject: SubjectView,
    /// Whether it is an all-day meeting.
    pub all_day: bool,
    /// `confirmed`, `tentative`, `cancelled`.
    pub status: String,
}

/// A room on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRoom {
    /// The source.
    pub source: String,
    /// Its address.
    pub address: String,
    /// Its name.
    pub name: String,
    /// Its building, if it has one.
    pub building: Option<String>,
    /// Its outcome in the last pass.
    pub outcome: Option<String>,
    /// The time for which all its meetings are known: spans of UTC seconds, sorted, none of which touches another.
    pub known: Vec<(i64, i64)>,
    /// Its meetings, by start.
    pub meetings: Vec<MeetingView>,
}

/// The rooms of a building over a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// All buildings; an empty text stands for rooms without one.
    pub buildings: Vec<String>,
    /// All sources.
    pub sources: Vec<String>,
    /// The rooms on this page, by building and name.
    pub rooms: Vec<TimelineRoom>,
    /// Number of rooms on all pages.
    pub total: u64,
}
