//! The whole connector, from what a feed says to what is emitted.

mod broken_lines;
mod calendars;
mod cases;
mod emptied;
mod events;
mod limits;
mod odd;
mod outcomes;
mod properties;
mod validating;
