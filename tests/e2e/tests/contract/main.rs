//! What tools and people may rely on: output, arguments, exit statuses, and that nothing secret gets out.
// A test that cannot go on fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod arguments;
mod commands;
mod jsonl;
mod secrecy;
mod table;

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");
