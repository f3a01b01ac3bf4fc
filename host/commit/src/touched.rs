//! Where something changed of all that figures are computed from.

use collector_model::space::SpaceId;

/// Where something changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TouchedPlace {
    /// Bookings or readings of a room.
    Room {
        /// Its source.
        source: String,
        /// Its address, lower case.
        address: String,
    },
    /// Records of a space.
    Space(SpaceId),
}

/// A place with the smallest span that holds its changes, UTC seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Where.
    pub place: TouchedPlace,
    /// The first second.
    pub start: i64,
    /// The second after the last.
    pub end: i64,
}
