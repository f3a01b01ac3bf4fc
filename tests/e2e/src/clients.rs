//! The location of the Microsoft Graph clients that `tests/clients.sh` installs.

use std::path::PathBuf;

use crate::build::target;

/// Their directory, the same as in `tests/clients/installed.mjs`.
#[must_use]
pub fn clients() -> PathBuf {
    std::env::var_os("COLLECTOR_CLIENTS").map_or_else(|| target().join("clients"), Into::into)
}
