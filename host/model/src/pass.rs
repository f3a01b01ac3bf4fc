//! What is kept of passes: the last one of each source, and what became of each room.

/// The record of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassRecord {
    /// The source.
    pub source: String,
    /// UTC seconds.
    pub begun_at: i64,
    /// UTC seconds.
    pub ended_at: i64,
    /// `everything`, `part`, `nothing`, or `failed` if the source failed as a whole.
    pub verdict: String,
    /// Why it failed.
    pub problem: Option<String>,
    /// The end of the last pass that collected something, UTC seconds.
    pub success_at: Option<i64>,
    /// The connector's name.
    pub connector: String,
    /// The connector's version.
    pub version: String,
    /// The SHA-256 of the connector's file.
    pub digest: String,
    /// Rooms and spaces by outcome.
    pub rooms: RoomCounts,
}

impl PassRecord {
    /// Whether it collected something.
    pub fn has_succeeded(&self) -> bool {
        matches!(self.verdict.as_str(), "everything" | "part")
    }
}

/// The number of rooms (and spaces) of a pass with each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomCounts {
    /// Read and stored.
    pub collected: u64,
    /// Refused.
    pub denied: u64,
    /// Without a calendar.
    pub missing: u64,
    /// Throttled until the end of the pass.
    pub throttled: u64,
    /// Anything else.
    pub failed: u64,
}

impl std::ops::Add for RoomCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            collected: self.collected + other.collected,
            denied: self.denied + other.denied,
            missing: self.missing + other.missing,
            throttled: self.throttled + other.throttled,
            failed: self.failed + other.failed,
        }
    }
}

impl RoomCounts {
    /// All together.
    pub fn all(self) -> u64 {
        self.collected + self.denied + self.missing + self.throttled + self.failed
    }
}

/// The outcome of a room in the last pass that knew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// Its address.
    pub address: String,
    /// Its display name: foreign text.
    pub name: String,
    /// `collected`, `denied`, `missing`, `throttled` or `failed`; none before the first pass.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// When it got this outcome, UTC seconds.
    pub since: Option<i64>,
}

/// The trouble of an attempt to read a room or a space that did not collect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It was refused, missing, throttled until the end of the pass, or failed.
    NotCollected,
    /// It harms the others in its slice: its answer takes too long, or its data stop the connector.
    Harmful,
}

impl Trouble {
    /// The number by which databases store it.
    pub fn number(self) -> i64 {
        match self {
            Self::NotCollected => 1,
            Self::Harmful => 2,
        }
    }

    /// The trouble that is stored by a number.
    pub fn of_number(number: i64) -> Self {
        match number {
            2 => Self::Harmful,
            _ => Self::NotCollected,
        }
    }
}

/// The history of attempts to read a room or a space.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// When it was last read, in UTC milliseconds, so that rooms read in the same second are ordered too. None: never.
    pub read_at: Option<i64>,
    /// The trouble of the last attempt; none if it was collected or never tried.
    pub trouble: Option<Trouble>,
}

/// What a pass reads one by one: the rooms or the spaces of a source. Stores keep the same of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Rooms, named by their addresses.
    Rooms,
    /// Spaces, named by their keys.
    Spaces,
}

/// How many rooms or spaces of a source there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// That are listed.
    pub listed: u64,
    /// That are known, including those that are no longer listed.
    pub known: u64,
}

/// The cursors of rooms or spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursors {
    /// The number of times that cursors of the source were dropped. A reading remembers it at its start: cursors dropped since then stay dropped.
    pub drops: i64,
    /// One for each; none: a room is then read in full.
    pub each: Vec<Option<String>>,
}
