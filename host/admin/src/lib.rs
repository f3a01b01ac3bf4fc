//! What an administrator can do, for the command line and the portal alike.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`config`] | reads `collector.toml` with all its problems at once, and changes in it what is meant |
//! | [`draft`] | keeps a source that is being set up or changed as it was filled in, even with mistakes |
//! | [`administration`] | acts on sources, stored meetings, secrets and connectors, with a line of the audit log for each action |

pub mod administration;
pub mod config;
pub mod draft;
