//! Tests of the library that need more than the program shows, or a process of their own.

// The lints know only functions marked as tests; the functions that those call are tests too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod administration;
mod data_directory;
mod panics;
