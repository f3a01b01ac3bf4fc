//! What trouble with call records means for a space, and what an administrator can do about it.

use crate::manifest::CALL_RECORDS;
use connector_sdk::{FetchError, Reason, SpaceOutcome};
use graph::{Access, Refusal, Trouble, advice};

/// Why call records were not given.
pub(crate) fn reason(what: &str, trouble: &Trouble, access: Access<'_>) -> Reason {
    let mut reason = advice::reason(what, trouble, access);
    if let Trouble::Refused(Refusal { status, .. }) = trouble {
        match status {
            // Graph says no more than `Forbidden`.
            403 => {
                reason.advice = Some(format!(
                    "Grant the application permission {CALL_RECORDS} with admin consent in Microsoft Entra (App registrations, \
                     API permissions), or let an administrator consent on the source's consent page. {}",
                    advice::PATIENCE
                ));
            }
            404 => {
                reason.advice = Some(
                    "Check the settings cloud and graph-url: there are no call records at this address."
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    reason
}

/// What became of a space whose call records were not given.
pub(crate) fn outcome(what: &str, trouble: &Trouble, access: Access<'_>) -> SpaceOutcome {
    let why = || reason(what, trouble, access);
    match trouble {
        Trouble::Refused(Refusal {
            retry_after: Some(seconds),
            ..
        }) => SpaceOutcome::RetryAfter(*seconds),
        Trouble::Refused(Refusal {
            status: 401 | 403, ..
        }) => SpaceOutcome::Denied(why()),
        _ => SpaceOutcome::Failed(why()),
    }
}

/// Whether the trouble is that of every space: the permission is for all call records or none.
pub(crate) fn is_of_the_source(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(error) => !matches!(
            error,
            FetchError::BodySize(_) | FetchError::HeaderSize(_) | FetchError::ResponseTimeout(_)
        ),
        Trouble::Refused(refusal) => matches!(refusal.status, 401 | 403),
        Trouble::Unreadable(_) => false,
    }
}

/// Whether the trouble asks to wait.
pub(crate) fn asks_to_wait(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.retry_after.is_some())
}
