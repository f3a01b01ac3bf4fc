//! The collector: brings the meetings booked in a company's rooms out of their calendars, through sandboxed connectors.
//!
//! This crate is the program: command line, service, what is seen from outside. It wires what the crates below it do; see
//! `docs/architecture.md` for the map and the invariants.

pub mod cli;
pub mod commands;
pub mod logging;
pub mod metrics;
pub mod output;
mod portal;
pub mod service;
#[cfg(feature = "otlp")]
pub mod trace;
pub mod web;
