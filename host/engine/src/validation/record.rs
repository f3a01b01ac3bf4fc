//! The record of a target's checks. It outlasts restarts, and closed pages.

use std::time::Duration;

use collector_model::outcome::Reason;
use collector_sandbox::{Check, CheckStatus};
use serde::{Deserialize, Serialize};

use super::Mailbox;

/// The first pause before pending checks are repeated. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The checks of a target. Instants are UTC seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When the checks were requested.
    pub begun_at: i64,
    /// When the last ones ended.
    pub ended_at: Option<i64>,
    /// When the checks will be repeated, because some are pending.
    pub next_try_at: Option<i64>,
    /// How often the checks ran since the request.
    pub tries: u32,
    /// When consent was given, if known: pending checks are judged by it.
    pub consented_at: Option<i64>,
    /// The checks, in the order in which they ran.
    pub checks: Vec<KeptCheck>,
    /// All rooms; those that cannot be read come first.
    pub mailboxes: Vec<Mailbox>,
}

/// A check as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCheck {
    /// What was tried.
    pub name: String,
    /// The check's result.
    pub status: KeptStatus,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The service's own error code.
    pub code: Option<String>,
}

/// The result of a check.
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

/// The pause before the next try, after so many tries.
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
