//! The collector: brings the meetings booked in a company's rooms out of their calendars, through sandboxed connectors.
//!
//! Data flows one way: a [`source`] is made ready, a [`pass`] expands and collects it through the [`sandbox`], the [`store`] keeps
//! what came in, and [`output`] prints it. See `docs/architecture.md` for the map and the invariants.

pub mod cli;
pub mod commands;
pub mod logging;
pub mod metrics;
pub mod output;
mod portal;
pub mod service;

pub mod trace;
pub mod web;
