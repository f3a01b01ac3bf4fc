//! A space: a room as a source knows it that reads what devices report.

use crate::room::RoomAddress;
use crate::usage::Kind;

/// A space, as a connector found it. All texts are foreign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The source's key.
    pub key: String,
    /// Its display name.
    pub name: String,
    /// The address of its calendar, if the source knows it.
    pub address: Option<RoomAddress>,
    /// The building that it is in.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// Its time zone, as IANA names it.
    pub time_zone: Option<String>,
    /// What is reported about it, sorted, each once.
    pub kinds: Vec<Kind>,
    /// The connector's own notes, handed back to it.
    pub notes: String,
}
