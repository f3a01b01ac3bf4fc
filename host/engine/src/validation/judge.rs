//! How long something may be `pending`. A connector cannot tell a mistake from a server that does not know of a consent yet; the collector
//! knows when consent was given.

use collector_model::check::{Check, CheckStatus};

/// How long it may take until every server knows of a consent or a policy, in seconds. Source: "Role Based Access Control for Applications
/// in Exchange Online", where an active application's cache is renewed after up to two hours.
pub const PATIENCE: i64 = 2 * 60 * 60;

/// Turns pending checks into failed ones when a delay no longer explains them: when consent was given (UTC seconds) more than [`PATIENCE`]
/// before `now`, or no consent is known. The connector's text stays: a policy may have been changed since.
pub fn judge(mut checks: Vec<Check>, consented_at: Option<i64>, now: i64) -> Vec<Check> {
    let patient = consented_at.is_some_and(|at| now.saturating_sub(at) <= PATIENCE);
    if !patient {
        for check in &mut checks {
            if check.status == CheckStatus::Pending {
                check.status = CheckStatus::Failed;
            }
        }
    }
    checks
}

#[cfg(test)]
mod tests {
    use collector_model::outcome::Reason;

    use super::*;

    const NOW: i64 = 1_773_136_800;

    /// The status of one check of each kind after judging.
    fn judged(consented_at: Option<i64>) -> Vec<CheckStatus> {
        let checks = ALL.map(|status| Check {
            name: "permission Calendars.Read".into(),
            status,
            reason: Reason::new("refused"),
        });
        let judged = judge(checks.into(), consented_at, NOW);
        assert!(judged.iter().all(|check| check.reason == Reason::new("refused")));
        judged.into_iter().map(|check| check.status).collect()
    }

    use CheckStatus::{Failed, Limited, Passed, Pending, Warning};
    const ALL: [CheckStatus; 5] = [Passed, Warning, Limited, Pending, Failed];
    const IMPATIENT: [CheckStatus; 5] = [Passed, Warning, Limited, Failed, Failed];

    #[test]
    fn a_fresh_consent_is_waited_for() {
        assert_eq!(judged(Some(NOW)), ALL);
        assert_eq!(judged(Some(NOW - PATIENCE)), ALL);
    }

    #[test]
    fn an_old_consent_is_not() {
        assert_eq!(judged(Some(NOW - PATIENCE - 1)), IMPATIENT);
    }

    #[test]
    fn what_was_consented_to_nobody_knows_when_is_not_waited_for() {
        assert_eq!(judged(None), IMPATIENT);
    }

    #[test]
    fn a_clock_that_was_put_back_is_waited_for() {
        assert_eq!(judged(Some(NOW + 60)), ALL);
        assert_eq!(judged(Some(i64::MIN)), IMPATIENT);
    }
}
