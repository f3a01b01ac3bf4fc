//! What the end-to-end tests share: a workplace in a temporary directory with a configuration, the connectors built from this
//! tree, and the program run in it as a user would.

mod build;
mod workplace;

pub use build::{component, connector_dir};
pub use workplace::{Ended, SECRET, Workplace, ended, meetings};

/// Now, for tenants that are generated around it.
#[must_use]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
