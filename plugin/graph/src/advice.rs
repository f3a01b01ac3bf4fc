//! The meaning of Microsoft's codes, and what an administrator can do about each.
//!
//! Sources: "Microsoft Entra authentication and authorization error codes" for the AADSTS numbers; "Microsoft Graph
//! error responses", "Limiting application permissions to specific Exchange Online mailboxes" and recorded answers
//! of the service for the codes of Graph.

use crate::client::{Access, Refusal, Trouble, line};
use crate::codes::{self, AADSTS, GRAPH, Known};
use connector_sdk::{AuthorizationFailure, CollectError, FetchError, Reason, SecretError};

/// Added to advice if consent or a policy may just have been changed.
pub const PATIENCE: &str = "A change of consent or policy can take up to two hours to reach every server.";

/// Why the request for `what` (`room list hq-rooms@contoso.com`) failed.
pub fn reason<'a>(what: &str, trouble: &Trouble, access: impl Into<Access<'a>>) -> Reason {
    match trouble {
        Trouble::Fetch(FetchError::Bearer(error)) => secret(error),
        Trouble::Fetch(error) => error.reason(what, access.into().root, "graph-url"),
        Trouble::Refused(refusal) => refused(what, refusal),
        Trouble::Unreadable(why) => Reason {
            message: format!("{what}: Microsoft Graph's answer cannot be used: {why}"),
            advice: Some(
                "Collect again; if the problem stays, look for a proxy that changes answers.".to_owned(),
            ),
            code: None,
        },
    }
}

/// Why the source as a whole failed.
pub fn collect_error<'a>(what: &str, trouble: &Trouble, access: impl Into<Access<'a>>) -> CollectError {
    use FetchError as F;
    let reason = reason(what, trouble, access);
    match trouble {
        Trouble::Fetch(F::Bearer(SecretError::Unavailable(_))) => CollectError::Unreachable(reason),
        Trouble::Fetch(F::Bearer(SecretError::Authorization(failure))) if is_passing(failure) => {
            CollectError::Failed(reason)
        }
        Trouble::Fetch(F::Bearer(_) | F::RequestDenied(_) | F::DestinationProhibited(_)) => {
            CollectError::Denied(reason)
        }
        Trouble::Fetch(
            F::RequestInvalid(_) | F::HeaderSize(_) | F::BodySize(_) | F::Protocol(_) | F::BudgetExhausted(_),
        )
        | Trouble::Unreadable(_) => CollectError::Failed(reason),
        Trouble::Fetch(_) => CollectError::Unreachable(reason),
        Trouble::Refused(Refusal {
            retry_after: Some(seconds),
            ..
        }) => CollectError::RetryAfter(*seconds),
        Trouble::Refused(Refusal {
            status: 401 | 403, ..
        }) => CollectError::Denied(reason),
        Trouble::Refused(_) => CollectError::Failed(reason),
    }
}

/// Whether a refusal may pass: the server may not know yet of a consent, a policy, a tenant's places or a new mailbox, or only asks to wait.
/// Certain mistakes do not pass, nor does an unreachable service.
pub fn may_pass(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(FetchError::Bearer(error)) => token_may_pass(error),
        Trouble::Fetch(_) | Trouble::Unreadable(_) => false,
        Trouble::Refused(refusal) => {
            let is = |code: &str| refusal.code.eq_ignore_ascii_case(code);
            match refusal.status {
                401 => !is("InvalidAuthenticationToken"),
                403 => true,
                404 => is("MailboxNotEnabledForRESTAPI"),
                _ => refusal.retry_after.is_some(),
            }
        }
    }
}

/// Like [`may_pass`], for a refusal of the token endpoint.
pub fn token_may_pass(error: &SecretError) -> bool {
    match error {
        SecretError::Authorization(failure) => {
            is_passing(failure) || numbers(failure).any(|code| codes::REPLICATED.contains(&code))
        }
        SecretError::NotFound(_) | SecretError::Denied(_) | SecretError::Unavailable(_) => false,
    }
}

/// Whether a refusal comes from a list of user agents, and not from a policy for mailboxes.
pub fn blames_user_agent(refusal: &Refusal) -> bool {
    find(refusal).is_some_and(|known| known.advice == codes::USER_AGENT)
}

/// Why Graph refused `what`.
pub fn refused(what: &str, refusal: &Refusal) -> Reason {
    let known = find(refusal);
    let meaning = known.map_or("Microsoft Graph refused", |known| known.meaning);
    Reason {
        message: format!("{what}: {meaning} ({})", said(refusal)),
        advice: known.map(|known| known.advice.to_owned()),
        code: Some(code(refusal)),
    }
}

/// Why Places refused `what`: because of consent, or of Places itself.
pub fn refused_by_places(what: &str, refusal: &Refusal) -> Reason {
    let advice = format!(
        "Grant the application permission Place.Read.All with admin consent in Microsoft Entra, and check the \
         tenant's settings of Places (Get-PlacesSettings). {PATIENCE}"
    );
    Reason {
        message: format!(
            "{what}: Places does not give it to the application ({})",
            said(refusal)
        ),
        advice: Some(advice),
        code: Some(code(refusal)),
    }
}

/// Status, code and text of a refusal.
fn said(refusal: &Refusal) -> String {
    let Refusal {
        status,
        code,
        message,
        ..
    } = refusal;
    match (code.as_str(), message.as_str()) {
        ("", "") => format!("HTTP {status}"),
        ("", message) => format!("HTTP {status} with {message}"),
        (code, "") => format!("HTTP {status} {code}"),
        (code, message) => format!("HTTP {status} {code}: {message}"),
    }
}

fn code(refusal: &Refusal) -> String {
    if refusal.code.is_empty() {
        format!("HTTP {}", refusal.status)
    } else {
        refusal.code.clone()
    }
}

fn find(refusal: &Refusal) -> Option<&'static Known> {
    let fits = |known: &&Known| {
        !known.code.is_empty()
            && known.code.eq_ignore_ascii_case(&refusal.code)
            && refusal.message.contains(known.says)
    };
    // An empty or unknown code tells no more than the status.
    let bare = |known: &&Known| known.code.is_empty() && known.status == refusal.status;
    GRAPH.iter().find(fits).or_else(|| GRAPH.iter().find(bare))
}

/// Why there is no token.
pub fn secret(error: &SecretError) -> Reason {
    let (message, advice) = match error {
        SecretError::Authorization(failure) => return authorization(failure),
        SecretError::NotFound(text) => (format!("the source has no credential: {text}"), None),
        SecretError::Denied(text) => (
            format!("the token was not granted to the connector: {text}"),
            None,
        ),
        // The host's words say what to check.
        SecretError::Unavailable(text) => (text.clone(), None),
    };
    Reason {
        message,
        advice,
        code: None,
    }
}

fn authorization(failure: &AuthorizationFailure) -> Reason {
    let codes: Vec<u32> = numbers(failure).collect();
    let known = codes.iter().find_map(|code| Some((code, aadsts(*code)?)));
    if let Some((code, (meaning, advice))) = known {
        let message = format!("the token was refused: {meaning} (AADSTS{code})");
        return Reason {
            message,
            advice: Some(advice.to_owned()),
            code: Some(format!("AADSTS{code}")),
        };
    }
    let code = codes.first().map(|code| format!("AADSTS{code}"));
    let code = code.or_else(|| (!failure.error.is_empty()).then(|| failure.error.clone()));
    let status = failure.status;
    let said = match line(&failure.description) {
        said if said.is_empty() => format!("HTTP {status} {}", failure.error).trim_end().to_owned(),
        said => said,
    };
    let advice = "Check tenant, client id and credential; Microsoft documents the code.";
    Reason {
        message: format!("the token was refused: {said}"),
        advice: Some(advice.to_owned()),
        code,
    }
}

/// The number of a description that begins `AADSTS7000215: …`.
pub fn number_in(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The meaning of a number, and what to do.
pub fn aadsts(code: u32) -> Option<(&'static str, &'static str)> {
    let (_, meaning, advice) = AADSTS.iter().find(|(codes, ..)| codes.contains(&code))?;
    Some((meaning, advice))
}

/// The first of these names, and how many more there are.
#[must_use]
pub fn some_of(names: &[&str]) -> String {
    /// As many as a reader reads.
    const FEW: usize = 3;
    let few = names.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(FEW) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

/// Whether a refusal of the token endpoint passes by itself.
fn is_passing(failure: &AuthorizationFailure) -> bool {
    let coded = numbers(failure).any(|code| codes::PASSING.contains(&code));
    coded || failure.status == 429 || failure.status >= 500
}

/// The AADSTS numbers of a refusal.
fn numbers(failure: &AuthorizationFailure) -> impl Iterator<Item = u32> {
    failure
        .codes
        .iter()
        .copied()
        .chain(number_in(&failure.description))
}

#[cfg(test)]
mod tests;
