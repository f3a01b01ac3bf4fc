//! Consent: an administrator lets an application use a tenant, on the login service's own page, and comes back with an answer that
//! anybody could have forged. What is believed of it, and why, is here; where it is kept is the store's business.
//!
//! Source: "Admin consent on the Microsoft identity platform". The answer is decided on `error`: an error carries `admin_consent=True`
//! too. The tenant that it names proves nothing until a token of that tenant was had.

mod answer;
mod state;

use collector_egress::grant::Grants;
use collector_model::outcome::Reason;
use collector_sandbox::Authorization;
use collector_sandbox::{CheckStatus, Sandbox};
use url::Url;

pub use self::answer::{Answer, NoToken, conclude};
pub use self::state::{Consent, ConsentState, State};
use crate::source::ReadySource;

/// What is done instead for a managed identity, which has no consent page.
pub const FOR_AN_IDENTITY: &str =
    "assign the application permissions to it in Microsoft Entra (New-MgServicePrincipalAppRoleAssignment)";

/// What an answer whose state was right comes down to for a source: its connector explains a refusal, its token proves a consent. `at` is
/// now, UTC seconds, `by` the account that clicked.
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
            // A connector that says nothing, or breaks, leaves the words of the answer.
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

/// Why the source gets no token, in its connector's words, and whether that may pass: it says of its checks what is pending.
async fn refusal(sandbox: &Sandbox, source: &ReadySource) -> NoToken {
    let checks = crate::validation::checks(sandbox, source).await;
    match checks.into_iter().next() {
        Some(check) => NoToken {
            may_pass: check.status == CheckStatus::Pending,
            reason: check.reason,
        },
        None => NoToken {
            may_pass: true,
            reason: Reason::new("the connector does not say why"),
        },
    }
}

/// The address of the consent page for an application, which comes back to `redirect` with `state`.
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

/// The consent page without what belongs to one request.
///
/// # Errors
/// See [`page`].
pub fn page_origin(authorization: &Authorization, grants: &Grants) -> Result<Url, String> {
    let Some(page) = &authorization.consent_page else {
        return Err(
            "the connector has no page for consent; ask whoever runs the service that it reads".to_owned(),
        );
    };
    let page: Url = page
        .parse()
        .map_err(|error| format!("the connector names a consent page that is none: {error}"))?;
    grants.check(&page).map_err(|denied| {
        format!("the connector's consent page is at an origin that is not granted: {denied}")
    })?;
    Ok(page)
}
