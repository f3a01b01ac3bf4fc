//! `collector run`: what an operator installs once and forgets.

// The lints know only functions marked as tests; what those call is test too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod connectors;
mod credentials;
mod delivery;
mod disk;
mod isolation;
mod kills;
mod lifecycle;
mod pipe;
mod privacy;
mod refusals;
mod reload;
mod served;
mod situation;
mod updates;
