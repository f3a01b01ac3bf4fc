//! What the page about spaces shows: the rooms that each belongs to, and what is not joined.

pub use collector_model::joining::{Agreement, JoinedBy};
pub use collector_model::space::SpaceId;
pub use collector_store::SpaceRecord;

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpacePart {
    /// Spaces without a room.
    Alone,
    /// Rooms without a space.
    Empty,
    /// Spaces that belong to a room.
    Joined,
}

/// A query for spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpaceQuery {
    /// Only spaces of this source.
    pub source: Option<String>,
    /// Only spaces and rooms whose name, key or address contains this text.
    pub text: Option<String>,
    /// The part from whose rows `skip` are left out; the others begin with their first row.
    pub part: Option<SpacePart>,
    /// Number of rows to skip.
    pub skip: u64,
    /// Most rows of each part.
    pub limit: u64,
}

/// A room, named by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomName {
    /// Its address.
    pub address: String,
    /// Its display name; none if no source lists the room.
    pub name: Option<String>,
}

/// A space in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRow {
    /// The space.
    pub space: SpaceRecord,
    /// Why it belongs to its rooms; none if it belongs to none.
    pub by: Option<JoinedBy>,
    /// The rooms that it belongs to.
    pub rooms: Vec<RoomName>,
    /// The room of the same name, if it belongs to none.
    pub proposal: Option<RoomName>,
    /// How its calls agree with the bookings of its rooms, as far as that is known.
    pub agreement: Option<Agreement>,
}

/// The rows of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// Number of rows on all pages.
    pub total: u64,
    /// The rows on this page.
    pub rows: Vec<T>,
}

/// All parts of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spaces {
    /// Spaces without a room.
    pub alone: Rows<SpaceRow>,
    /// Rooms without a space.
    pub empty: Rows<RoomName>,
    /// Spaces that belong to a room.
    pub joined: Rows<SpaceRow>,
    /// Spaces that a room of the configuration names and no source knows: the room and the space.
    pub unknown: Rows<(String, SpaceId)>,
}

/// A space, and the rooms to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceChoice {
    /// The space.
    pub space: SpaceRow,
    /// The listed rooms, by name.
    pub rooms: Vec<RoomName>,
}
