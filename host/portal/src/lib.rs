//! The Admin Portal: server-rendered pages over what the program can do ([`Backend`]), with accounts, sessions and protection of its own.

pub mod api;
#[allow(dead_code, unreachable_pub)]
mod pages;

pub use api::Backend;
