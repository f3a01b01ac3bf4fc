//! The iCalendar connector: it fetches published calendar feeds (RFC 5545), one for each room, expands what recurs, and
//! emits the meetings.
//!
//! The logic is plain Rust behind the [`Host`] trait, so that it runs natively just as it does in the sandbox; the
//! one file that knows the component model is `component.rs`. It never sleeps and never asks for the time: waiting is
//! the host's, and so is the window. A feed that is not understood fails its room: a meeting that was left out would look
//! like a free room. One event that nobody could understand is left out and said.

mod calendar;
mod charset;
mod event;
mod feed;
mod line;
mod manifest;
mod moment;
mod privacy;
mod recurrence;
mod refusal;
mod schedule;
mod series;
mod settings;
mod span;
mod swallowed;
mod validate;
mod vtimezone;
mod world;
mod zone;

// What the connectors share is small, and each of these files stands alone.
#[path = "../../o365/src/retry.rs"]
mod retry;
#[path = "../../o365/src/windows_zone.rs"]
mod windows_zone;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;

pub use feed::collect;
pub use manifest::{authorization, describe};
pub use settings::list_rooms;
pub use validate::validate;
pub use world::*;
