//! Tests of the library that need more than the program exposes, or a process of their own.

// The lints recognise only functions marked as tests, not what those call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod administration;
mod data_directory;
mod panics;
