//! Every kind of bad input gets its exit status, its cause in words, and leaves the rest alone.
// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod configuration;
mod connector_file;
mod hostile;
mod kept;
mod overlong;
mod reach;
mod sign_in;

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");
