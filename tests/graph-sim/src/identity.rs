//! The endpoints of managed identities, as a virtual machine and App Service have them. Any app that is one ([`crate::App::managed_identity`])
//! gets its token there without proof, since the request comes from the machine.
//! Source: "How to use managed identities on a VM to acquire an access token" and "How to use managed identities for App Service".

use chrono::Utc;
use serde_json::json;

use crate::answer::Answer;
use crate::login::resource_known;
use crate::request::Request;
use crate::service::Service;
use crate::tenant::Tenant;
use crate::token::Tokens;

/// The secret that App Service puts into `IDENTITY_HEADER`.
pub const IDENTITY_HEADER: &str = "sim-853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";

const JSON: &str = "application/json; charset=utf-8";

/// The Instance Metadata Service.
pub(crate) fn imds(service: &Service, request: &Request) -> Answer {
    if request.header("metadata") != Some("true") {
        return flat("invalid_request", "Required metadata header not specified");
    }
    if request.parameter("api-version") != Some("2018-02-01") {
        return flat(
            "invalid_request",
            "Required query variable 'api-version' is missing",
        );
    }
    let tenant = service.tenant();
    match token(&tenant, &service.tokens, request) {
        Ok(token) => {
            let seconds = tenant.token_seconds.to_string();
            let body = json!({"access_token": token, "client_id": "", "expires_in": seconds, "expires_on": end(&tenant),
                "ext_expires_in": seconds, "not_before": Utc::now().timestamp().to_string(),
                "resource": request.parameter("resource"), "token_type": "Bearer"});
            Answer::new(200, JSON, body.to_string())
        }
        Err(problem) => flat("invalid_request", problem),
    }
}

/// App Service, Functions and Container Apps.
pub(crate) fn app_service(service: &Service, request: &Request) -> Answer {
    if request.header("x-identity-header") != Some(IDENTITY_HEADER) {
        return Answer::empty(401);
    }
    let tenant = service.tenant();
    match token(&tenant, &service.tokens, request) {
        Ok(token) => {
            let body = json!({"access_token": token, "client_id": "", "expires_on": end(&tenant),
                "resource": request.parameter("resource"), "token_type": "Bearer"});
            Answer::new(200, JSON, body.to_string())
        }
        Err(problem) => {
            let body = json!({"statusCode": 400, "message": problem});
            Answer::new(400, JSON, body.to_string())
        }
    }
}

fn token(tenant: &Tenant, tokens: &Tokens, request: &Request) -> Result<String, &'static str> {
    let resource = request.parameter("resource").unwrap_or_default();
    if resource.ends_with("/.default") || !resource_known("", resource) {
        return Err("AADSTS500011: The resource principal was not found in the tenant");
    }
    let wanted = request.parameter("client_id");
    let app = tenant
        .apps
        .iter()
        .find(|app| app.identity && wanted.is_none_or(|id| app.client_id.eq_ignore_ascii_case(id)));
    app.map(|app| tokens.issue(tenant, app))
        .ok_or("Identity not found")
}

/// The expiry of a token issued now, as text: UTC seconds.
fn end(tenant: &Tenant) -> String {
    let life = i64::try_from(tenant.token_seconds).unwrap_or(i64::MAX);
    Utc::now().timestamp().saturating_add(life).to_string()
}

fn flat(error: &str, description: &str) -> Answer {
    let body = json!({"error": error, "error_description": description});
    Answer::new(400, JSON, body.to_string())
}
