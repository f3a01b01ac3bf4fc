//! The record of a target's checks. It outlasts restarts, and closed pages.

use std::time::Duration;

use collector_model::check::{Check, CheckStatus, Mailbox};
use serde::{Deserialize, Serialize};

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
    pub checks: Vec<Check>,
    /// All rooms; those that cannot be read come first.
    pub mailboxes: Vec<Mailbox>,
}

impl Record {
    /// Whether something is still pending.
    pub fn is_pending(&self) -> bool {
        self.checks
            .iter()
            .any(|check| check.status == CheckStatus::Pending)
    }

    /// Whether it ended, and nothing failed or is still pending.
    pub fn has_passed(&self) -> bool {
        let bad = |status| matches!(status, CheckStatus::Failed | CheckStatus::Pending);
        let is_well = !self.checks.iter().any(|check| bad(check.status));
        self.ended_at.is_some() && !self.checks.is_empty() && is_well
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
    fn a_check_is_kept_as_it_always_was() {
        let json =
            r#"{"name":"token","status":"pending","message":"not yet","advice":null,"code":"AADSTS65001"}"#;
        let check: Check = serde_json::from_str(json).unwrap();
        assert_eq!(check.reason.code.as_deref(), Some("AADSTS65001"));
        assert_eq!(serde_json::to_string(&check).unwrap(), json);
    }

    #[test]
    fn pauses_grow_and_stay_below_the_longest() {
        let pauses: Vec<u64> = (1..=9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
