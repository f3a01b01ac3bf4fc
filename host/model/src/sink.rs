//! What is known of sinks: how far each has got, and what it refused.

/// The progress of a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// The number of changes that wait for it, including those of rooms that it gets again.
    pub backlog: u64,
    /// The number of rooms that it has yet to get again.
    pub refill: u64,
    /// The number of changes that it refused and that were set aside.
    pub set_aside: u64,
    /// When the oldest waiting change was stored, UTC seconds.
    pub oldest_at: Option<i64>,
    /// The time of its last delivery, UTC seconds.
    pub success_at: Option<i64>,
    /// Since when it has been failing, UTC seconds; none if it works.
    pub failing_since: Option<i64>,
    /// Why it is failing.
    pub problem: Option<String>,
}

/// A change that a sink refused individually.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The sink.
    pub sink: String,
    /// The source.
    pub source: String,
    /// The room's address.
    pub room: String,
    /// The meeting's id; empty for the begin or the end of a snapshot.
    pub id: String,
    /// The change's number.
    pub number: i64,
    /// When it was set aside, UTC seconds.
    pub at: i64,
    /// When the meeting starts and ends, UTC seconds; none if it is not stored any more.
    pub meeting: Option<(i64, i64)>,
    /// The sink's message.
    pub problem: String,
}
