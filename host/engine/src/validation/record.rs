//! The checks of a target as they are kept: over a restart, and while nobody looks.

use std::time::Duration;

use collector_model::outcome::Reason;
use collector_sandbox::{Check, CheckStatus};
use serde::{Deserialize, Serialize};

use super::Mailbox;

/// The first pause before what is pending is tried again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The checks of a target. Instants are UTC seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When they were asked for.
    pub begun_at: i64,
    /// When the last ones ended.
    pub ended_at: Option<i64>,
    /// When they are made again, because something is pending.
    pub next_try_at: Option<i64>,
    /// How often they were made since they were asked for.
    pub tries: u32,
    /// When consent was given, as far as that is known: what is pending is judged by it.
    pub consented_at: Option<i64>,
    /// What was found, in the order in which it was tried.
    pub checks: Vec<KeptCheck>,
    /// Every room, those that cannot be read first.
    pub mailboxes: Vec<Mailbox>,
}

/// A check as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCheck {
    /// What was tried.
    pub name: String,
    /// What became of it.
    pub status: KeptStatus,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The other side's code.
    pub code: Option<String>,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // The words of `CheckStatus`.
pub enum KeptStatus {
    Passed,
    Warning,
    Limited,
    Pending,
    Failed,
}

impl From<Check> for KeptCheck {
    fn from(check: Check) -> Self {
        let Reason {
            message,
            advice,
            code,
        } = check.reason;
        Self {
            name: check.name,
            status: match check.status {
                CheckStatus::Passed => KeptStatus::Passed,
                CheckStatus::Warning => KeptStatus::Warning,
                CheckStatus::Limited => KeptStatus::Limited,
                CheckStatus::Pending => KeptStatus::Pending,
                CheckStatus::Failed => KeptStatus::Failed,
            },
            message,
            advice,
            code,
        }
    }
}

impl Record {
    /// Whether something is still pending.
    pub fn is_pending(&self) -> bool {
        self.checks
            .iter()
            .any(|check| check.status == KeptStatus::Pending)
    }
}

/// How long to wait before the try after so many.
pub fn pause(tries: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_the_longest() {
        let pauses: Vec<u64> = (1..=9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
