//! Tests of each sink against a server of its kind.

// The lints recognise only functions marked as tests, not what those call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod jsonl;
mod kit;
mod nats;
#[cfg(unix)]
mod postgresql;
mod webhook;
