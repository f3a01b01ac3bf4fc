//! Joins spaces to rooms, and separates them.

use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;

use super::{AdminError, Administrator};

impl Administrator<'_> {
    /// Lets a room name a space, which then belongs to it. A room may name several spaces, and several rooms may name one.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn join_space(&self, room: &RoomAddress, space: &SpaceId) -> Result<(), AdminError> {
        self.edit(|file| file.join_space(room, space))?;
        self.audit("space-joined", &space.source, &format!("{} to {room}", space.key))
    }

    /// Ends that a room names a space. The space then belongs to the room of its address, if there is one.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn separate_space(&self, room: &RoomAddress, space: &SpaceId) -> Result<(), AdminError> {
        self.edit(|file| file.separate_space(room, space))?;
        self.audit(
            "space-separated",
            &space.source,
            &format!("{} from {room}", space.key),
        )
    }
}
