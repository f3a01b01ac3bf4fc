//! The whole connector, from Webex's answers to the records.

mod answers;
mod counting;
mod coverage;
mod listing;
mod minutes;
mod validating;
