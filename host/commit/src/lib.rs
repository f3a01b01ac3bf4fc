//! What a commit means: from what is stored of a room and what was read of it to *steps*, and the same of the rooms of a source. Functions of
//! values, without a database: a store looks up what they ask for and does the steps in one transaction. Each store has statements of its own,
//! and none decides anything.
//!
//! A room is committed in this order:
//!
//! 1. [`Known`]: what a store knows of the room itself. With the reading it is a [`Commit`].
//! 2. The stored meetings of the window, unless the reading [brings what is stored](Commit::same_if). The result is [`Compared`].
//! 3. The [`Past`] of each meeting that is new, different or gone ([`Compared::sought`]).
//! 4. [`Steps`] to do, and what sinks are told ([`Steps::told`]).
//!
//! A sink is handed these changes one by one, or a room as a whole ([`WholeRoom`]): when it is new or lost something, and after the room's first whole
//! reading.
//!
//! What becomes of usage and coverage records stands in [`usage`], and what a batch of them touches in [`RecordSpans`].

mod compared;
mod digest;
mod handover;
mod history;
mod listing;
mod reading;
mod retention;
mod spans;
mod steps;
mod touched;
pub mod usage;

pub use compared::{Commit, Compared, Known, Sought};
pub use digest::ReadingDigest;
pub use handover::{Handover, WholeRoom, new_and_gone};
pub use history::{Booking, History, Past};
pub use listing::{KnownRoom, Listed, ListingSteps, list};
pub use reading::{Change, Reading, RoomChanges, RoomReading};
pub use retention::{Aged, Deleted, Expiry, has_jumped, hold};
pub use spans::Spans;
pub use steps::{Gone, Place, Put, ReadTime, RoomAfter, Steps, Told};
pub use touched::{Holding, NEVER, RecordSpans, Touched, TouchedPlace};

#[cfg(test)]
mod tests;
