//! What a pass read of a room, and what became of it.

use collector_model::meeting::Meeting;
use collector_model::room::RoomAddress;
use collector_model::window::Window;

/// How a room's meetings were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// These are all meetings of the window: a stored one that overlaps the window and is not among them is gone.
    Complete,
    /// These are new or different; the others stay.
    Changes,
}

/// The result of reading one room.
#[derive(Debug, Clone)]
pub struct Reading {
    /// How the meetings were read.
    pub change: Change,
    /// In order of arrival; of several with the same id, the last counts.
    pub meetings: Vec<Meeting>,
    /// The window that was read.
    pub window: Window,
    /// The cursor for the next reading.
    pub cursor: Option<String>,
    /// The number of times that cursors were dropped, when the reading began: those dropped since then stay dropped.
    pub drops: i64,
}

/// The reading of a room of a source.
#[derive(Debug, Clone)]
pub struct RoomReading {
    /// The room. One that was never listed is stored as if it had been.
    pub room: RoomAddress,
    /// What was read.
    pub reading: Reading,
}

/// The changes of a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomChanges {
    /// Meetings that were not stored before.
    pub new: u64,
    /// Meetings whose stored values changed.
    pub changed: u64,
    /// Meetings that are gone.
    pub gone: u64,
    /// Meetings that were stored unchanged.
    pub same: u64,
}
