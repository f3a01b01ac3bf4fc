//! What operators look at: sources, rooms, meetings, sinks.

/// How many rooms had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomCounts {
    /// Read and stored.
    pub collected: u64,
    /// Refused.
    pub denied: u64,
    /// Without a calendar.
    pub missing: u64,
    /// Throttled to the end of the pass.
    pub throttled: u64,
    /// Anything else.
    pub failed: u64,
}

/// The last pass of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// When it began.
    pub begun_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// `everything`, `part`, `nothing`, `failed`.
    pub verdict: String,
    /// Why it did not get everything.
    pub problem: Option<String>,
    /// The end of the last pass that brought something.
    pub success_at: Option<i64>,
    /// The connector's version.
    pub version: String,
    /// Rooms by outcome.
    pub rooms: RoomCounts,
}

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
    /// Whether subjects may be looked at.
    pub viewing: bool,
    /// Whether it is being collected now.
    pub collecting: bool,
    /// When it is collected next; none when it is paused.
    pub next_pass_at: Option<i64>,
    /// Seconds between two passes.
    pub every: u64,
    /// Its last pass.
    pub last_pass: Option<Pass>,
    /// What keeps it from being collected.
    pub problem: Option<String>,
    /// Rooms that are listed.
    pub rooms: u64,
    /// Meetings that are stored.
    pub meetings: u64,
}

/// A sink in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSummary {
    /// Its name.
    pub name: String,
    /// `jsonl`, `webhook`, `postgresql`, `nats`.
    pub kind: String,
    /// Changes that wait for it.
    pub backlog: u64,
    /// How many rooms it is still to be told anew.
    pub refill: u64,
    /// How many changes it refused, which were set aside.
    pub set_aside: u64,
    /// When the oldest of them happened.
    pub oldest_at: Option<i64>,
    /// When it last took something.
    pub success_at: Option<i64>,
    /// Since when it fails.
    pub failing_since: Option<i64>,
    /// The last failure.
    pub problem: Option<String>,
}

/// All at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The program's version.
    pub version: String,
    /// The configuration file.
    pub configuration: String,
    /// The sources, by name.
    pub sources: Vec<SourceSummary>,
    /// The sinks, by name.
    pub sinks: Vec<SinkSummary>,
    /// Drafts that were begun: id, name or connector.
    pub drafts: Vec<(String, String)>,
    /// Connectors with a version that waits for an approval.
    pub waiting: Vec<String>,
}

/// Which rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomQuery {
    /// Of this source.
    pub source: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Whose address, name or building holds this text.
    pub text: Option<String>,
    /// Leave out so many.
    pub skip: u64,
    /// At most so many.
    pub limit: u64,
}

/// A room as operators look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomView {
    /// The source.
    pub source: String,
    /// Its address.
    pub address: String,
    /// Its display name.
    pub name: String,
    /// Where it is.
    pub building: Option<String>,
    /// How many it seats.
    pub capacity: Option<u32>,
    /// The room lists that it is in.
    pub lists: Vec<String>,
    /// What became of it in the last pass: `collected`, `denied`, `missing`, `throttled`, `failed`; none before the first.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// Since when that is so.
    pub since: Option<i64>,
}

/// Some rooms of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rooms {
    /// How many there are in all.
    pub total: u64,
    /// These.
    pub rooms: Vec<RoomView>,
}

/// Which meetings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Of this source; none: of all.
    pub source: Option<String>,
    /// Of rooms in this building; empty: of rooms without one; none: of all.
    pub building: Option<String>,
    /// That overlap this span.
    pub start: i64,
    /// Its end.
    pub end: i64,
    /// At most so many rooms.
    pub limit: u64,
}

/// What may be shown of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectView {
    /// The text.
    Text(String),
    /// The meeting is private.
    Withheld,
    /// Viewing is disabled for this source.
    Hidden,
    /// There is none.
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
    /// Whether it takes whole days.
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
    /// What became of it in the last pass.
    pub outcome: Option<String>,
    /// Its meetings, by start.
    pub meetings: Vec<MeetingView>,
}

/// The rooms of a building over a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// All buildings that there are; an empty text stands for rooms without one.
    pub buildings: Vec<String>,
    /// The rooms, by name.
    pub rooms: Vec<TimelineRoom>,
    /// How many more there are.
    pub more: u64,
}

/// What is taken out of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// The subjects of a source's meetings, also of changes that wait for a sink.
    Subjects,
    /// All that a source collected.
    Everything,
}
