//! How the connector asks for a room's calendar, for rules on what goes wrong with it and for looking at what was asked.

use graph_sim::Room;

/// The part of a request's path that is a room's calendar: the room is asked for by its object id, which the simulator makes from
/// its address.
pub fn calendar_of(address: &str) -> String {
    format!("/users/{}/calendarView", Room::new(address, "").id())
}
