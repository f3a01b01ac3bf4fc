//! The collector: brings the meetings booked in a company's rooms out of their calendars, through sandboxed connectors.
//!
//! Data flows one way: a [`source`] is made ready, a [`pass`] expands and collects it through the [`sandbox`], the [`store`] keeps
//! what came in, and [`output`] prints it. See `docs/architecture.md` for the map and the invariants.

pub mod administration;
mod blocking;
mod byte_order;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connectors;
pub mod consent;
pub mod credential;
pub mod data_directory;
pub mod expiry;
pub mod grant;
pub mod http;
pub mod logging;
pub mod meeting;
pub mod metrics;
pub mod outcome;
pub mod output;
pub mod pass;
mod portal;
pub mod room;
pub mod sandbox;
pub mod secret;
pub mod service;
pub mod settings;
pub mod source;
pub mod store;
pub mod text;
pub mod token;
pub mod trace;
pub mod validation;
pub mod vault;
pub mod watched;
pub mod web;
mod whole_file;
pub mod window;
