//! Each sink against a server of its kind.

// The lints know only functions marked as tests; what those call is test too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod kit;
mod nats;
#[cfg(unix)]
mod postgresql;
mod webhook;
