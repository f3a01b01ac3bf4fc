//! How Microsoft Graph really behaves, each peculiarity in a small tenant, and what must come out of it.

// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod coming_and_going;
mod fairness;
mod meetings;
mod pages;
mod places;
mod refusals;
mod sign_in;
mod throttling;
mod times;
mod weather;

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");

/// A workplace with this one source of Graph.
fn workplace(source: &Source) -> Workplace {
    Workplace::new(PROGRAM, &source.to_string(), &["o365"]).unwrap()
}

/// One pass over the week from Monday, 9 March 2026, over every room.
fn collect(simulator: &Simulator) -> Ended {
    workplace(&Source::contoso(simulator)).collect(&[]).unwrap()
}

/// A tenant with so many rooms, `room-000@contoso.com` and on, each with one meeting.
fn tenant(rooms: usize) -> Tenant {
    (0..rooms).fold(Tenant::new("contoso.com"), |tenant, number| {
        let event = Event::new(
            &format!("Meeting {number}"),
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        );
        tenant.room(
            Room::new(
                &format!("room-{number:03}@contoso.com"),
                &format!("Room {number}"),
            )
            .event(event),
        )
    })
}
