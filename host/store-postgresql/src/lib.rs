//! The store of several collectors, in PostgreSQL. So far: who does what, rooms with their meetings, spaces with their records, what sinks are told of
//! them, what became of passes, what is to be forgotten, and what figures are computed from.
//!
//! What one collector, a *member*, does at a time is a *unit*: a source, a sink, a chore. A member takes units for some seconds ([`Leases`]) and
//! renews them; what nobody renews, another takes. Each take-over has a *fence*, a number that no other has. A transaction ends with a statement
//! that finds the fence under which the work was begun, and locks it until the commit ([`Fenced`]). So a member that was stopped, cut
//! off or forgotten stores nothing, whatever it believes: no clock is part of that. Clocks decide only how soon others take over, and when a
//! member stops of its own accord.
//!
//! The same statement takes the numbers of changes from a row of their source. Numbers of a sequence would become visible in another order than that
//! in which they were given, and a sink that remembers the last number it saw would miss the changes of a slow transaction.
//!
//! A pass stores the rooms that it found ([`Fenced::commit_rooms`]), and what it read of them, a slice of rooms in each transaction
//! ([`Fenced::commit_slice`]). `collector_commit` decides what that changes; here it is looked up, done and told.
//!
//! A sink is handed the changes of one source after the other ([`Connection::waiting`], [`Fenced::hand_over`], [`Fenced::delivered`]). To a sink, the
//! stream of a source is a store of its own.

mod attempts;
mod bookings;
mod clean;
mod collected;
mod connection;
mod fenced;
mod forget;
mod handover;
mod joining;
mod key;
mod lease;
mod leases;
mod listing;
mod lock;
mod look;
mod lookup;
mod members;
mod outbox;
mod passes;
mod places;
mod pool;
mod privacy;
mod retention;
mod revision;
mod set_aside;
mod sinks;
mod slice;
mod source;
mod spaces;
mod spans;
mod stored;
mod told;
mod touched;
mod usage;
mod whole;
mod writes;

pub use collected::HeldSource;
pub use connection::{Connection, Database};
pub use fenced::{CommitError, Fenced};
pub use lease::{Lease, Terms};
pub use leases::{Claimed, Leases};
pub use members::{Member, share};
pub use outbox::Position;
pub use told::ToldChanges;
pub use usage::UsageBatch;

#[cfg(test)]
mod tests;
