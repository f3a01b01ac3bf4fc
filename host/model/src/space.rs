//! A space: a room as a source knows it that reads what devices report.

use std::fmt;

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

impl Space {
    /// What people call it: its name, else its calendar's address, else the source's key. Foreign text.
    pub fn title(&self) -> &str {
        let address = self.address.as_ref().map_or("", RoomAddress::as_str);
        let titles = [self.name.as_str(), address];
        titles
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or(&self.key)
    }
}

/// A stored space, and the outcome of the last pass that knew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRecord {
    /// Its source.
    pub source: String,
    /// The source's key.
    pub key: String,
    /// Its display name: foreign text.
    pub name: String,
    /// The address of its calendar, in lower case.
    pub address: Option<String>,
    /// The building that it is in: foreign text.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// Its time zone, as IANA names it: foreign text.
    pub zone: Option<String>,
    /// What is reported about it, sorted.
    pub kinds: Vec<Kind>,
    /// `collected`, `denied`, `missing`, `throttled` or `failed`; none before the first pass.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// When it got this outcome, UTC seconds.
    pub since: Option<i64>,
    /// Whether its source still lists it. Of one that was never listed, only key and source are known.
    pub listed: bool,
}

/// Names a space among those of all sources. Written as `source:key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpaceId {
    /// The source.
    pub source: String,
    /// The source's key.
    pub key: String,
}

impl SpaceId {
    /// Reads `source:key`. It is cut at the first colon, because a key may have colons and a source's name has none. None if one of the two
    /// is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (source, key) = text.split_once(':')?;
        (!source.is_empty() && !key.is_empty()).then(|| Self {
            source: source.to_owned(),
            key: key.to_owned(),
        })
    }
}

impl fmt::Display for SpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.key)
    }
}
