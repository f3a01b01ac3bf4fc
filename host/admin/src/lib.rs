//! What an administrator can do, for the command line and the portal alike.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`config`] | reads `collector.toml` with all its problems at once, and changes in it what is meant |
//! | [`administration`] | sources and secrets: added, changed, removed, purged |

pub mod administration;
pub mod config;
