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
pub use readings::SpaceReading;
