//! The Office 365 connector: it expands Exchange room lists into rooms, reads the calendar of each room through
//! Microsoft Graph, and emits the meetings.
//!
//! The logic is plain Rust behind the [`Host`] trait, so that it runs natively just as it does in the sandbox; the
//! one file that knows the component model is `component.rs`. The functions here are those that the connector exports:
//! the five of every connector, and those for administrators. It never sleeps and never asks for the time: waiting is the host's, and so is the window.

mod advice;
mod batch;
mod calendar;
mod changes;
mod cloud;
mod consent;
mod event;
mod graph;
mod instant;
mod json_text;
mod limits;
mod manifest;
mod places;
mod powershell;
mod privacy;
mod reading;
mod refusal;
mod retry;
mod room_key;
mod settings;
mod validate;
mod windows_zone;
mod world;
mod zone;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(test)]
mod script;

pub use calendar::collect;
pub use consent::explain_refusal;
pub use limits::limits;
pub use manifest::{authorization, describe};
pub use places::list_rooms;
pub use validate::validate;
pub use world::*;
