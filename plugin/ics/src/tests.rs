//! The whole connector, from what a feed says to what is emitted.

mod calendars;
mod cases;
mod events;
mod limits;
mod outcomes;
mod properties;
mod validating;
