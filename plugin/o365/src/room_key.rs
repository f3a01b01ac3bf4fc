//! The key of a room: the object id of its mailbox's account. A room whose account cannot be found keeps its address as its key, so this never
//! fails an expansion.

use connector_sdk::{Host, Level, Room};
use graph::{Graph, accounts};

/// Sets the keys of these rooms.
pub(crate) async fn resolve<H: Host>(graph: &Graph<'_, H>, rooms: &mut [Room]) {
    let mut unresolved = 0;
    for rooms in rooms.chunks_mut(accounts::AT_ONCE) {
        let found = accounts::look_up(graph, rooms).await;
        for room in rooms {
            match found.id(&room.address) {
                Some(id) => id.clone_into(&mut room.key),
                None => unresolved += 1,
            }
        }
    }
    if unresolved > 0 {
        let message = format!(
            "the account ids of {unresolved} rooms are unknown; these rooms are read by their addresses"
        );
        graph.host.log(Level::Info, &message);
    }
}

#[cfg(test)]
mod tests;
