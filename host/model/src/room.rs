//! A room: a bookable resource mailbox, named by its address.

use std::fmt;

/// The SMTP address of a room, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomAddress(String);

impl RoomAddress {
    /// Lower-cases an address. Addresses ignore case, so each has only one form here.
    pub fn new(address: &str) -> Self {
        Self(address.trim().to_lowercase())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for RoomAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bookable room, as a connector found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its address.
    pub address: RoomAddress,
    /// The connector's own key for the room.
    pub key: String,
    /// Its display name: foreign text.
    pub name: String,
    /// The building that it is in: foreign text.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// The configured room lists that it was found in; empty when none are configured.
    pub lists: Vec<String>,
}

/// A search for listed rooms.
#[derive(Debug, Clone, Default)]
pub struct RoomSearch {
    /// Rooms of these sources.
    pub sources: Vec<String>,
    /// Rooms with this outcome.
    pub outcome: Option<String>,
    /// Rooms whose address, name or building contains this text, ignoring case.
    pub text: Option<String>,
    /// Rooms in this building; an empty text: rooms without one.
    pub building: Option<String>,
    /// Whether rooms of a building come together, those without one last.
    pub by_building: bool,
    /// How many results to skip.
    pub skip: u64,
    /// The most results.
    pub limit: u64,
}

/// A room as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// The source.
    pub source: String,
    /// Its address.
    pub address: String,
    /// Its display name: foreign text.
    pub name: String,
    /// Its building: foreign text.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// The room lists that it is in.
    pub lists: Vec<String>,
    /// `collected`, `denied`, `missing`, `throttled` or `failed`; none before the first pass.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// When it got this outcome, UTC seconds.
    pub since: Option<i64>,
    /// Its number in the store.
    pub number: i64,
}
