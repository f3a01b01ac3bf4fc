//! Who may ask: whoever has a token that was made here, has not ended, and is allowed what is asked for.

use std::net::IpAddr;

use axum::http::HeaderMap;
use chrono::DateTime;
use secrecy::SecretString;

use super::problem::Problem;
use crate::api::{ApiToken, Resource};
use crate::api_token::digest;
use crate::bearer::bearer;
use crate::now;
use crate::portal::Portal;

/// Finds the token of a request.
pub(super) async fn admit(
    portal: &Portal,
    address: IpAddr,
    headers: &HeaderMap,
    resource: Resource,
) -> Result<ApiToken, Problem> {
    let refused = |why| portal.refusals.refused(address, "", why);
    let Some(token) = bearer(headers) else {
        refused("no token to read with").await?;
        return Err(Problem::no_token());
    };
    let Some(token) = portal
        .backend
        .api_token(&digest(&SecretString::from(token)))
        .await?
    else {
        portal.slowdown.wrong_token(address).map_err(Problem::guesses)?;
        refused("wrong token to read with").await?;
        return Err(Problem::wrong_token(
            "the token is none of this collector, or was revoked",
        ));
    };
    if token.ends_at <= now() {
        return Err(Problem::wrong_token(&format!(
            "the token {:?} ended on {}; make another one in the portal, under API access",
            token.name,
            date(token.ends_at)
        )));
    }
    if token.standing().is_none() {
        return Err(Problem::no_role(&token.made_by));
    }
    match resource.scope() {
        Some(scope) if !token.may(scope.as_str()) => Err(Problem::not_allowed(scope)),
        _ => Ok(token),
    }
}

fn date(at: i64) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}
