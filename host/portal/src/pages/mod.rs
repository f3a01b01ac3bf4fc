//! The pages: pure functions from what the program says to markup. What may be seen by whom, and where the data comes from, is the router's.

pub(crate) mod audit;
pub(crate) mod connectors;
pub(crate) mod elements;
pub(crate) mod overview;
pub(crate) mod rooms;
pub(crate) mod sinks;
pub(crate) mod timeline;
