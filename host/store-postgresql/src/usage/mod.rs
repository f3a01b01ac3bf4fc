//! Usage and coverage records, which are the same in their meaning wherever they are stored: `collector_commit::usage`.
//!
//! Records of a source are stored by one transaction at a time. Which revision counts is then decided from what that transaction looked up.

mod batch;
mod evidence;
mod expiry;
mod pages;
mod putting;
mod readings;
mod rows;

pub use batch::UsageBatch;

/// The statements that have to find their way among millions of records, for tests of their plans: what figures ask about spaces and a span, and what
/// retention asks about devices and an instant.
#[cfg(test)]
pub(crate) fn statements() -> ([&'static str; 2], [&'static str; 2]) {
    (
        [&evidence::EVIDENCE, &evidence::BUCKETS],
        [&expiry::EXPIRED_USAGE, &expiry::EXPIRED_COVERAGE],
    )
}
