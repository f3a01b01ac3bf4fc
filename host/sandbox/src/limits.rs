//! The limits of one call of a connector. Each tells why it has its value.

use std::time::Duration;

/// The limits of one call of a connector. A call that exceeds one fails, and its instance is dropped.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Linear memory in bytes, of all memories of an instance together. A slice of 20 full calendars takes about a tenth of the default.
    pub memory: usize,
    /// Wall-clock time of a call, including the waiting for answers.
    pub time: Duration,
    /// The most meetings or records that one call may emit: 20 rooms with ten meetings a day have 73,000 in a year.
    pub meetings: usize,
    /// Bytes of strings in the meetings or records of one call, which the host holds until the call ends.
    pub meeting_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            time: Duration::from_secs(120),
            meetings: 200_000,
            meeting_bytes: 64 << 20,
        }
    }
}

/// Meetings of one room: one every ten minutes, day and night, for a year. A room with more fails alone, not its slice.
pub(super) const ROOM_MEETINGS: usize = 50_000;
/// Bytes of one room's meetings: the strings and the records.
pub(super) const ROOM_BYTES: usize = 16 << 20;
/// Records of one space in a call: a sample a minute for two months.
pub(super) const SPACE_RECORDS: usize = 100_000;
/// Bytes of one space's records: the strings and the records.
pub(super) const SPACE_BYTES: usize = 48 << 20;
/// Bytes that one host call may copy out of the guest (a request's body, a meeting, a list of outcomes).
pub(super) const COPIED_BYTES: usize = 8 << 20;
/// Resource handles (secrets, streams, pollables) that a guest may hold at once.
pub(super) const HANDLES: usize = 256;
/// Bytes that one call of `wasi:random` may ask for.
pub(super) const RANDOM_BYTES: u64 = 64 << 10;
/// Elements of all of a guest's tables together: a table of functions has a few thousand.
pub(super) const TABLE_ELEMENTS: usize = 100_000;
/// Core instances, tables and memories of one component instance. A Rust component has five, four and one.
pub(super) const CORE_INSTANCES: usize = 64;
/// Requests of one call in flight at once; the others wait. The source's limit decides how many are really sent at once.
pub(super) const PENDING_REQUESTS: usize = 64;
/// Bytes of a request's body: a batch of twenty addresses has a few thousand.
pub(super) const REQUEST_BODY: usize = 1 << 20;
/// Bytes that one call may hold in requests and in names of secrets while it waits for the answers.
pub(super) const PENDING_BYTES: usize = 16 << 20;
/// What each pending call counts besides its own bytes, so that a flood of empty ones is a flood.
pub(super) const PENDING_COST: usize = 1 << 10;
/// Log lines that one call may write; the rest is counted and dropped.
pub(super) const LOG_LINES: usize = 200;
/// The last bytes of a guest's standard error that are kept: a panic's words and place.
pub(super) const STDERR_BYTES: usize = 8 << 10;
/// Time for `describe` and `authorization`, which wait for nothing.
pub(super) const PURE_CALL: Duration = Duration::from_secs(5);
