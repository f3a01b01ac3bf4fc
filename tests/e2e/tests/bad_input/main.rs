//! Every kind of bad input gets its exit status, its cause in words, and leaves the rest alone.
// A test that cannot go on fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod answers;
mod configuration;
mod connector_file;
mod hostile;
mod kept;
mod reach;
mod sign_in;

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");
