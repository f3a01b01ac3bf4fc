//! What tools and people may rely on: output, arguments, exit statuses, and that nothing secret gets out.
// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod administration;
mod arguments;
mod closed_output;
mod commands;
mod credentials;
mod described;
mod egress;
mod jsonl;
mod outside;
mod secrecy;
mod sources;
mod table;

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");
