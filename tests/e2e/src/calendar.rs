//! The address of a room's calendar, for rules about faults and for checking requests.

use graph_sim::Room;

/// The part of a request's path that names a room's calendar. The connector requests the room by its object id, which the simulator
/// derives from its address.
pub fn calendar_of(address: &str) -> String {
    format!("/users/{}/calendarView", Room::new(address, "").id())
}
