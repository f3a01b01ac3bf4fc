//! The real program, run as its users run it, with the real connectors against a simulated tenant.

// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod abuse;
mod bad_input;
mod contract;
mod crash;
mod earlier_contract;
mod endpoint;
mod ics;
mod insights;
mod portal;
mod python_template;
mod service;
mod situation;
mod teams_calls;
mod template;
mod webex;
