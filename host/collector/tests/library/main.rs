//! The library, where a test needs more of it than the program shows, or a process of its own.

// The lints know only functions marked as tests; what those call is test too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod administration;
mod data_directory;
mod panics;
