//! A generated company: rooms in several buildings and zones, their bookings, the truth (who was in which room and when),
//! and what the devices in the rooms saw of it. The same [`Plan`] gives the same company, in plain data: all instants are
//! whole seconds since 1970 in UTC, all spans half-open.
//!
//! Simulators are filled from it, and what the program under test says is compared with the truth:
//!
//! ```
//! use company::{Fate, Plan};
//!
//! let company = Plan::default().company();
//! let room = &company.rooms[0];
//! let no_shows = room.bookings.iter().filter(|booking| booking.fate == Fate::NoShow);
//! for booking in no_shows {
//!     println!("{}: nobody came to {} at {}", room.address, booking.subject, booking.span.start);
//! }
//! ```
//!
//! Every company of a dozen rooms has each of these cases:
//!
//! | case | where |
//! | --- | --- |
//! | series with moved, cancelled and deleted occurrences | every room; a moved one keeps its [`slot`](Booking::slot) |
//! | a series that nobody attends any more | every fourth room ([`Series::ghost_from`]) |
//! | ad hoc, back to back, double by mistake, private, tentative, cancelled, all-day | every room, by the dice |
//! | no-shows, late starts, early ends, brief visits | by the dice ([`Fate`]) |
//! | people without a booking | by the dice ([`Occupied::booking`] is `None`) |
//! | a room without any device, one with two, one whose device counts only in calls | of every six rooms: the fourth, second, sixth |
//! | a device whose clock is an hour ahead | the third room |
//! | outages, and nights in standby | by the dice; every other room |
//! | calls with presentations, rooms that leave a call and come back, calls that nobody hung up | by the dice ([`Call`]) |

mod booked;
mod calendar;
mod called;
mod lived;
mod model;
mod names;
mod plan;
#[cfg(test)]
mod properties;
mod seen;

pub use model::{
    Blind, Booking, Building, Call, Company, Counting, Device, Fate, Occupied, Person, Reason, Remote, Room,
    Seen, Series, Span, Status,
};
pub use plan::Plan;
