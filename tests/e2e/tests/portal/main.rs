//! The Admin Portal as an administrator meets it: in a browser, against the simulated tenant.

// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod browser;
mod command_line;
mod consent;
mod forgeries;
mod served;
mod situation;
mod walk;
