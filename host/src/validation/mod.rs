//! Validation of a source: what its connector's checks mean, beside what the collector knows of the source.

mod judge;

pub use judge::{PATIENCE, judge};
