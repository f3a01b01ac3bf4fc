//! What most cases begin with: tenants, a workplace, a pass over the week from Monday, 9 March 2026.

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Fault, Room, Simulator, Tenant};

/// The room of tenants that have one.
pub(crate) const ROOM: &str = "conf-a@contoso.com";

/// A workplace with this one source of Graph.
pub(crate) fn workplace(source: &Source) -> Workplace {
    Workplace::new(&source.to_string(), &["o365"]).unwrap()
}

/// One pass over the week, over every room.
pub(crate) fn collect(simulator: &Simulator) -> Ended {
    workplace(&Source::contoso(simulator)).collect(&[]).unwrap()
}

/// A tenant with so many rooms, `room-000@contoso.com` and on, each with one meeting.
pub(crate) fn tenant(rooms: usize) -> Tenant {
    (0..rooms).fold(Tenant::new("contoso.com"), |tenant, number| {
        tenant.room(
            Room::new(&address(number), &format!("Room {number}")).event(event(&format!("Meeting {number}"))),
        )
    })
}

/// The address of the room with this number in such a tenant.
pub(crate) fn address(number: usize) -> String {
    format!("room-{number:03}@contoso.com")
}

/// A tenant with the one room [`ROOM`].
pub(crate) fn one_room(events: impl IntoIterator<Item = Event>) -> Tenant {
    Tenant::new("contoso.com").room(Room::new(ROOM, "Conf A").events(events))
}

/// A meeting on Tuesday, ten to eleven.
pub(crate) fn event(subject: &str) -> Event {
    Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
}

/// How such a meeting is written in what a case expects.
pub(crate) fn tuesday(subject: &str) -> String {
    format!("2026-03-10T10:00:00Z/2026-03-10T11:00:00Z {subject}")
}

/// The login service refuses, with this AADSTS number.
pub(crate) fn sign_in_refused(number: u32) -> Fault {
    Fault::SignIn(
        400,
        "invalid_request",
        number,
        "It was told to refuse this.".into(),
    )
}
