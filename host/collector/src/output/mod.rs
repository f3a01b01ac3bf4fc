//! Output on standard output: meetings and rooms, as tables for people and as JSON Lines for programs.

mod jsonl;
mod table;

use collector_model::meeting::Meeting;
pub use jsonl::write_jsonl;
pub use table::{MeetingsTable, ago, plain_table, rooms_table};

/// A meeting with its source and room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingRow {
    /// The source.
    pub source: String,
    /// The room's address.
    pub room: String,
    /// The room's display name: foreign text.
    pub room_name: String,
    /// The meeting.
    pub meeting: Meeting,
}
