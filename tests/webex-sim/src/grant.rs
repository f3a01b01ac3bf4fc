//! The token endpoint: an app exchanges its refresh token for an access token.

use std::collections::HashMap;

use serde_json::json;
use sim::{Answer, Request};

use crate::answer::{found, refused};
use crate::service::Service;

/// Answers `POST /v1/access_token`.
pub(crate) fn access_token(service: &Service, request: &Request) -> Answer {
    let fields = fields(request);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("grant_type") != "refresh_token" {
        return refused(400, "The grant type is not supported.");
    }
    let organization = service.organization();
    let client = |app: &&crate::App| app.client_id == field("client_id");
    let Some(app) = organization.apps.iter().find(client) else {
        return refused(400, "The client id is unknown.");
    };
    if app.client_secret != field("client_secret") {
        return refused(401, "The client secret is wrong.");
    }
    let now = service.core.clock.now();
    let Some(refresh) = service.refresh.renew(app, field("refresh_token"), now) else {
        return refused(400, "The refresh token provided is expired, revoked or invalid.");
    };
    found(&json!({
        "access_token": service.tokens.issue(app.rights.clone(), app.access),
        "expires_in": app.access.num_seconds(),
        "refresh_token": refresh,
        "refresh_token_expires_in": app.refresh.num_seconds(),
        "token_type": "Bearer",
        "scope": app.rights.scopes.join(" "),
    }))
}

/// The fields of a form, or of the JSON that Webex accepts too.
fn fields(request: &Request) -> HashMap<String, String> {
    let json = request
        .header("content-type")
        .is_some_and(|kind| kind.contains("json"));
    if json {
        serde_json::from_slice(&request.body).unwrap_or_default()
    } else {
        sim::query(&String::from_utf8_lossy(&request.body))
            .into_iter()
            .collect()
    }
}
