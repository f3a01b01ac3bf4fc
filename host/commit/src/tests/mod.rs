//! What commits mean, tested without a database: whatever readings come in whatever order.

mod examples;
mod handover;
mod listing;
mod retention;
mod room;
mod rules;
mod usage;
