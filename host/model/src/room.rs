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
