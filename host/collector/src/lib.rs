//! The collector: collects the meetings booked in a company's rooms from their calendars, through sandboxed connectors.
//!
//! This crate is the program: command line, service, and the pages and metrics that show it from outside. It wires the crates below it;
//! see `docs/architecture.md` for the map and the invariants.

pub mod cli;
pub mod commands;
pub mod logging;
pub mod metrics;
pub mod output;
mod portal;
pub mod service;
#[cfg(feature = "otlp")]
pub mod trace;
mod usage;
pub mod web;
