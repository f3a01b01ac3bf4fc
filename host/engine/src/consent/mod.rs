//! Consent: an administrator lets an application use a tenant, on the login service's own page, and returns with an answer that anyone
//! could have forged. This module decides what to believe of it, and why; the store keeps it.
//!
//! Source: "Admin consent on the Microsoft identity platform". `error` decides, because an error carries `admin_consent=True` too. The
//! tenant in the answer proves nothing until the application has a token for that tenant.

mod answer;
mod state;

use collector_egress::grant::Grants;
use collector_model::check::CheckStatus;
use collector_model::consent::ConsentState;
use collector_model::outcome::Reason;
use collector_sandbox::Authorization;
use collector_sandbox::Sandbox;
use url::Url;

pub use self::answer::{Answer, NoToken, conclude};
pub use self::state::{Consent, State};
use crate::source::ReadySource;

/// What to do instead for a managed identity, which has no consent page.
pub const FOR_AN_IDENTITY: &str =
    "assign the application permissions to it in Microsoft Entra (New-MgServicePrincipalAppRoleAssignment)";

/// Judges an answer whose state was right for a source: its connector explains a refusal, its token proves a consent. `at` is now in UTC
/// seconds, `by` the account that clicked.
pub async fn ended(
    sandbox: &Sandbox,
    source: &ReadySource,
    answer: &Answer,
    at: i64,
    by: &str,
) -> ConsentState {
    match &answer.error {
        Some(error) => {
            let description = answer.error_description.as_deref().unwrap_or_default();
            // If the connector says nothing or breaks, the answer's own words remain.
            let explained = source
                .connector
                .explain_refusal(sandbox, &source.name, error, description)
                .await
                .unwrap_or_default();
            conclude(answer, None, explained, at, by)
        }
        None => match source.token().await {
            Some(Err(_)) => conclude(answer, Some(Err(refusal(sandbox, source).await)), None, at, by),
            Some(Ok(token)) => conclude(answer, Some(Ok(token)), None, at, by),
            None => conclude(answer, None, None, at, by),
        },
    }
}

/// Why the source gets no token, in its connector's words, and whether that may pass: the connector's checks say `pending` then.
pub async fn refusal(sandbox: &Sandbox, source: &ReadySource) -> NoToken {
    let checks = crate::validation::checks(sandbox, source).await;
    match checks.into_iter().next() {
        Some(check) => NoToken {
            may_pass: check.status == CheckStatus::Pending,
            reason: check.reason,
        },
        None => NoToken {
            may_pass: true,
            reason: Reason::new("the connector gave no reason"),
        },
    }
}

/// The address of the consent page for an application. The page returns to `redirect` with `state`.
///
/// # Errors
/// The connector names no page, or one at an origin that the source was not granted: an administrator is sent nowhere else.
pub fn page(
    authorization: &Authorization,
    grants: &Grants,
    client_id: &str,
    redirect: &str,
    state: &str,
) -> Result<Url, String> {
    let mut page = page_origin(authorization, grants)?;
    page.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("scope", &authorization.scope)
        .append_pair("redirect_uri", redirect)
        .append_pair("state", state);
    Ok(page)
}

/// The address of the consent page, without the parameters of one request.
///
/// # Errors
/// See [`page`].
pub fn page_origin(authorization: &Authorization, grants: &Grants) -> Result<Url, String> {
    let Some(page) = &authorization.consent_page else {
        return Err(
            "the connector has no consent page; ask the administrator of the service that it reads"
                .to_owned(),
        );
    };
    let page: Url = page
        .parse()
        .map_err(|error| format!("the connector returned an invalid consent page: {error}"))?;
    grants.check(&page).map_err(|denied| {
        format!("the connector's consent page is at an origin that is not granted: {denied}")
    })?;
    Ok(page)
}
