//! The whole connector, from a feed's text to the emitted meetings.

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
