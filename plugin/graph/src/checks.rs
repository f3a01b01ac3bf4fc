//! Checks of what a pass needs, for `validate`. A refusal by a server that may not know yet of a consent or a policy is `pending`; the host,
//! which knows when consent was given, decides for how long.

use crate::advice;
use crate::claims::Claims;
use crate::client::{Access, Trouble};
use connector_sdk::{Check, CheckStatus, Reason, SettingsProblem};

/// The check of a setting that cannot be used.
#[must_use]
pub fn unusable(problem: SettingsProblem) -> Check {
    let reason = Reason {
        message: problem.problem,
        advice: Some(problem.remedy),
        code: None,
    };
    check(&format!("setting {}", problem.key), CheckStatus::Failed, reason)
}

/// The check of a thing that works.
#[must_use]
pub fn passed(name: &str, message: String) -> Check {
    let reason = Reason {
        message,
        ..Reason::default()
    };
    check(name, CheckStatus::Passed, reason)
}

/// The check of a thing that failed with this trouble.
#[must_use]
pub fn refused(name: &str, trouble: &Trouble, reason: Reason) -> Check {
    troubled(name, failed_or_pending(advice::may_pass(trouble)), reason)
}

/// A check with this status; a pending one gets the advice to wait.
#[must_use]
pub fn troubled(name: &str, status: CheckStatus, reason: Reason) -> Check {
    match status {
        CheckStatus::Pending => check(name, status, patient(reason)),
        _ => check(name, status, reason),
    }
}

/// A check.
#[must_use]
pub fn check(name: &str, status: CheckStatus, reason: Reason) -> Check {
    Check {
        name: name.to_owned(),
        status,
        reason,
    }
}

/// The status of a thing that does not work.
#[must_use]
pub fn failed_or_pending(may_pass: bool) -> CheckStatus {
    if may_pass {
        CheckStatus::Pending
    } else {
        CheckStatus::Failed
    }
}

/// Adds the advice to wait: the refusing server may not know of a change yet.
#[must_use]
pub fn patient(mut reason: Reason) -> Reason {
    reason.advice = Some(match reason.advice {
        Some(advice) if advice.contains("two hours") => advice,
        Some(advice) => format!("{advice} {}", advice::PATIENCE),
        None => advice::PATIENCE.to_owned(),
    });
    reason
}

/// The check of a permission, from a request that needs it and failed. `without` tells what is not possible without it.
#[must_use]
pub fn missing(
    permission: &str,
    what: &str,
    trouble: &Trouble,
    without: &str,
    access: Access<'_>,
    claims: &Claims,
) -> Check {
    let mut reason = advice::reason(what, trouble, access);
    if let Trouble::Refused(refusal) = trouble
        && matches!(refusal.status, 401 | 403)
    {
        reason.message.push_str(roles(permission, claims));
        reason.advice = Some(format!(
            "Grant the application permission {permission} with admin consent in Microsoft Entra. Without it, {without}."
        ));
    }
    refused(&name(permission), trouble, reason)
}

/// A note for a check on whether the token's roles name a permission.
#[must_use]
pub fn roles(permission: &str, claims: &Claims) -> &'static str {
    match claims.name(permission) {
        Some(true) => "; the token's roles name it",
        Some(false) => "; the token's roles do not name it",
        None => "",
    }
}

/// The name of the check of a permission.
#[must_use]
pub fn name(permission: &str) -> String {
    format!("permission {permission}")
}
