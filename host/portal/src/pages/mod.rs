//! The pages: pure functions from data to markup. The router decides who may see them and where the data comes from.

mod attention;
pub(crate) mod audit;
pub(crate) mod connectors;
pub(crate) mod definitions;
pub(crate) mod elements;
pub(crate) mod overview;
pub(crate) mod rooms;
pub(crate) mod sinks;
pub(crate) mod spaces;
pub(crate) mod standing;
pub(crate) mod timeline;
