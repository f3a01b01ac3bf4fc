//! Where the clients of Microsoft Graph are that `tests/clients.sh` installs.

use std::path::PathBuf;

use crate::build::target;

/// Their directory; the same that `tests/clients/installed.mjs` looks at.
#[must_use]
pub fn clients() -> PathBuf {
    std::env::var_os("COLLECTOR_CLIENTS").map_or_else(|| target().join("clients"), Into::into)
}
