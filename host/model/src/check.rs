//! The results of a validation: checks, and the rooms whose calendars it tried. The store keeps them as JSON.

use serde::{Deserialize, Serialize};

use crate::outcome::Reason;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// It works.
    Passed,
    /// It works, but needs a look.
    Warning,
    /// It works in part, which is fine where that is intended.
    Limited,
    /// It does not work yet.
    Pending,
    /// It does not work.
    Failed,
}

/// One thing that was tried. The parts from a connector are foreign text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was tried: `token`, `room list hq-rooms@contoso.com`.
    pub name: String,
    /// The result.
    pub status: CheckStatus,
    /// What was found, and what to do about it: the advice may contain a command of several lines.
    #[serde(flatten)]
    pub reason: Reason,
}

/// A room, and whether its calendar could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Its address.
    pub address: String,
    /// Its display name: foreign text.
    pub name: String,
    /// `collected` (it can be read), `denied`, `missing`, `throttled`, `failed`.
    pub outcome: String,
    /// Why it cannot be read.
    pub cause: Option<String>,
}
