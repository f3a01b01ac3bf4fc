//! What a failed request means for the source or for one space, and what an administrator can do about it.

use crate::api::{Refusal, Trouble, line};
use crate::manifest;
use crate::settings::{Settings, SignIn};
use connector_sdk::{AuthorizationFailure, CollectError, FetchError, Reason, SecretError, SpaceOutcome};

/// Why the request for `what` (`the workspaces`) failed.
pub(crate) fn reason(what: &str, trouble: &Trouble, settings: &Settings) -> Reason {
    match trouble {
        Trouble::Fetch(FetchError::Bearer(error)) => secret(error, settings),
        Trouble::Fetch(error) => error.reason(what, &settings.base, "webex-url"),
        Trouble::Refused(refusal) => refused(what, refusal, settings),
        Trouble::Unreadable(why) => Reason {
            message: format!("{what}: Webex's answer cannot be used: {why}"),
            advice: Some(
                "The next pass tries again; if the problem stays, look for a proxy that changes answers."
                    .to_owned(),
            ),
            code: None,
        },
    }
}

/// Whether all other requests would fail the same way.
pub(crate) fn ends_all(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(_) => true,
        Trouble::Refused(refusal) => refusal.status == 401,
        Trouble::Unreadable(_) => false,
    }
}

/// Whether a scope or a role is missing.
pub(crate) fn is_forbidden(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.status == 403)
}

/// Why the source as a whole failed.
pub(crate) fn collect_error(what: &str, trouble: &Trouble, settings: &Settings) -> CollectError {
    use FetchError as F;
    let reason = reason(what, trouble, settings);
    match trouble {
        Trouble::Fetch(F::Bearer(SecretError::Unavailable(_))) => CollectError::Unreachable(reason),
        Trouble::Fetch(F::Bearer(SecretError::Authorization(failure))) if may_pass(failure) => {
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
        Trouble::Refused(refusal) => match (refusal.retry_after, refusal.status) {
            (Some(seconds), _) => CollectError::RetryAfter(seconds),
            (None, 401 | 403) => CollectError::Denied(reason),
            _ => CollectError::Failed(reason),
        },
    }
}

/// What became of the space whose metrics these are.
///
/// # Errors
/// The trouble concerns every space of the source: the token is refused, or there is none.
pub(crate) fn of_space(
    what: &str,
    trouble: &Trouble,
    settings: &Settings,
) -> Result<SpaceOutcome, CollectError> {
    let why = || reason(what, trouble, settings);
    match trouble {
        Trouble::Fetch(FetchError::Bearer(_)) => Err(collect_error(what, trouble, settings)),
        Trouble::Refused(refusal) => match (refusal.retry_after, refusal.status) {
            (Some(seconds), _) => Ok(SpaceOutcome::RetryAfter(seconds)),
            (None, 401) => Err(CollectError::Denied(why())),
            (None, 403) => Ok(SpaceOutcome::Denied(why())),
            (None, 404 | 410) => Ok(SpaceOutcome::Missing(why())),
            _ => Ok(SpaceOutcome::Failed(why())),
        },
        Trouble::Fetch(_) | Trouble::Unreadable(_) => Ok(SpaceOutcome::Failed(why())),
    }
}

/// A list that was read but may lack something.
pub(crate) fn incomplete(what: &str, why: &str) -> Reason {
    Reason {
        message: format!("{what}: the list may be incomplete: {why}"),
        advice: Some("The next pass reads it again; if the problem stays, ask Webex's support.".to_owned()),
        code: None,
    }
}

fn refused(what: &str, refusal: &Refusal, settings: &Settings) -> Reason {
    let (meaning, advice) = match refusal.status {
        400 => ("Webex does not accept the request", None),
        401 => ("Webex does not accept the token", Some(new_token(settings))),
        403 => (
            "Webex does not allow it",
            Some(format!(
                "The token needs the scopes {}, and a full or read-only administrator of the organisation behind it. If it \
                 is limited to locations, the workspace must be in one of them.",
                manifest::scopes()
            )),
        ),
        404 | 410 => (
            "Webex does not know it",
            Some("The workspace may have been deleted; the next listing shows.".to_owned()),
        ),
        423 | 429 => ("Webex asks to wait", None),
        500.. => (
            "Webex has a fault",
            Some(
                "The next pass tries again; if the problem stays, give Webex's support the code.".to_owned(),
            ),
        ),
        _ => ("Webex refuses", None),
    };
    let Refusal { status, message, .. } = refusal;
    Reason {
        message: format!("{what}: {meaning} (HTTP {status}: {message})"),
        advice,
        // It has at most 256 bytes.
        code: Some(match &refusal.tracking {
            Some(tracking) => line(tracking).chars().take(64).collect(),
            None => format!("HTTP {status}"),
        }),
    }
}

/// Why there is no token.
pub(crate) fn secret(error: &SecretError, settings: &Settings) -> Reason {
    let (message, advice, code) = match error {
        SecretError::Authorization(failure) => {
            let said = match (line(&failure.description), line(&failure.error)) {
                (description, _) if !description.is_empty() => description,
                (_, error) => format!("HTTP {} {error}", failure.status).trim_end().to_owned(),
            };
            let code = Some(failure.error.clone()).filter(|code| !code.is_empty());
            let advice = (!may_pass(failure)).then(|| new_token(settings));
            (format!("Webex refuses a token: {said}"), advice, code)
        }
        SecretError::NotFound(text) => (
            format!("the source has no credential: {text}"),
            Some(new_token(settings)),
            None,
        ),
        SecretError::Denied(text) => (
            format!("the token was not granted to the connector: {text}"),
            None,
            None,
        ),
        // The host's words say what to check.
        SecretError::Unavailable(text) => (text.clone(), None, None),
    };
    Reason {
        message,
        advice,
        code,
    }
}

/// How to get a token that works.
fn new_token(settings: &Settings) -> String {
    match settings.sign_in {
        SignIn::Oauth => format!(
            "Check client id and client secret. A refresh token ends when it is not used for 90 days (60 in the government \
             cloud), and when it is revoked: then authorize the integration or service app again, with the scopes {}, and set \
             the new one as refresh-token in [source.credentials].",
            manifest::scopes()
        ),
        SignIn::Token => "Set a token that is valid as token in [source.credentials]. A personal token ends after 12 hours; for \
                          a service use sign-in = \"oauth\"."
            .to_owned(),
    }
}

/// Whether a refusal of the token endpoint passes by itself.
fn may_pass(failure: &AuthorizationFailure) -> bool {
    failure.status == 423 || failure.status == 429 || failure.status >= 500
}
