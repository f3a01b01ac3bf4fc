//! The token endpoint, with the errors of Entra. The pages on which people sign in are in [`crate::consent`].
//! Source: "OAuth 2.0 client credentials flow" and "Microsoft Entra authentication and authorization error codes".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::answer::Answer;
use crate::app::{App, NAME};
use crate::assertion::{self, TYPE};
use crate::refusal::{Refused, refused};
use crate::request::Request;
use crate::service::Service;
use crate::tenant::Tenant;
use crate::token::Tokens;

/// The resource for which tokens are issued.
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";

const JSON: &str = "application/json; charset=utf-8";

/// Answers `/{tenant}/oauth2/v2.0/token`.
pub(crate) fn token(service: &Service, request: &Request) -> Answer {
    let tenant = service.tenant();
    match issue(&tenant, &service.tokens, &service.origin, request) {
        Ok(token) => {
            let seconds = tenant.token_seconds;
            let body = json!({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
                "access_token": token});
            Answer::new(200, JSON, body.to_string()).header("cache-control", "no-store, no-cache")
        }
        Err(refused) => refused.answer(),
    }
}

/// Answers `/common/discovery/instance`, which Microsoft's libraries read first.
pub(crate) fn discovery(service: &Service, _: &Request) -> Answer {
    let origin = &service.origin;
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let found = json!({
        "tenant_discovery_endpoint": format!("{origin}/common/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    });
    Answer::new(200, JSON, found.to_string())
}

/// Answers `/{tenant}/v2.0/.well-known/openid-configuration`, which they read next.
pub(crate) fn configuration(service: &Service, request: &Request) -> Answer {
    let (origin, name) = (&service.origin, asked_tenant(request));
    let found = json!({
        "token_endpoint": format!("{origin}/{name}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{origin}/{name}/discovery/v2.0/keys"),
        "issuer": format!("https://login.microsoftonline.com/{}/v2.0", service.tenant().id),
        "authorization_endpoint": format!("{origin}/{name}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{origin}/{name}/oauth2/v2.0/devicecode"),
        "response_types_supported": ["code", "id_token"],
        "scopes_supported": ["openid"],
        "tenant_region_scope": "EU",
    });
    Answer::new(200, JSON, found.to_string())
}

/// The tenant as written in the address.
pub(crate) fn asked_tenant(request: &Request) -> &str {
    request.path.first().map_or("", String::as_str)
}

fn issue(tenant: &Tenant, tokens: &Tokens, origin: &str, request: &Request) -> Result<String, Refused> {
    let name = asked_tenant(request);
    if is_shared(name) {
        return refused(
            400,
            "invalid_request",
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        );
    }
    if name.eq_ignore_ascii_case("organizations") {
        return refused(
            400,
            "invalid_request",
            50_059,
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        );
    }
    check_tenant(tenant, name)?;
    let form = request.form();
    let field = |name: &str| {
        form.parameter(name)
            .map(str::to_owned)
            .filter(|value| !value.is_empty())
    };
    let Some(grant) = field("grant_type") else {
        return refused(
            400,
            "invalid_request",
            900_144,
            "The request body must contain the following parameter: 'grant_type'.",
        );
    };
    if grant != "client_credentials" {
        return refused(
            400,
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{grant}'."),
        );
    }
    let basic = basic(request);
    let Some(client) = field("client_id").or_else(|| basic.as_ref().map(|(id, _)| id.clone())) else {
        return refused(
            400,
            "invalid_request",
            900_144,
            "The request body must contain the following parameter: 'client_id'.",
        );
    };
    // A registered app without consent has no service principal in the tenant.
    let Some(app) = tenant.find_app(&client).filter(|app| app.consented.is_some()) else {
        return Err(unknown_app(&tenant.domain, &client));
    };
    check_scope(tenant, origin, field("scope"))?;
    match (
        field("client_secret").or(basic.map(|(_, secret)| secret)),
        field("client_assertion"),
    ) {
        (None, Some(assertion)) if app.federated.contains(&assertion) => {}
        (Some(secret), _) => check_secret(app, &secret)?,
        (None, Some(assertion)) => {
            let kind = field("client_assertion_type").unwrap_or_default();
            if kind != TYPE {
                return refused(
                    400,
                    "invalid_request",
                    900_144,
                    "The request body must contain the following parameter: 'client_assertion_type'.",
                );
            }
            let audiences = [origin, "https://login.microsoftonline.com"];
            assertion::check(
                app,
                &assertion,
                &audiences.map(|host| format!("{host}/{name}/oauth2/v2.0/token")),
            )?;
        }
        (None, None) => {
            return refused(
                401,
                "invalid_client",
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            );
        }
    }
    if !app.enabled {
        return refused(
            401,
            "unauthorized_client",
            7_000_112,
            format!("Application '{client}'({NAME}) is disabled."),
        );
    }
    Ok(tokens.issue(tenant, app))
}

/// Whether a name stands for accounts of all kinds, not only for organizations.
pub(crate) fn is_shared(name: &str) -> bool {
    ["common", "consumers"]
        .iter()
        .any(|shared| name.eq_ignore_ascii_case(shared))
}

/// Refuses any tenant but the simulated one.
pub(crate) fn check_tenant(tenant: &Tenant, name: &str) -> Result<(), Refused> {
    if tenant.answers_to(name) {
        return Ok(());
    }
    let shaped = name.contains('.') || (name.len() == 36 && name.matches('-').count() == 4);
    if shaped {
        refused(
            400,
            "invalid_request",
            90_002,
            format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
            ),
        )
    } else {
        refused(
            400,
            "invalid_request",
            900_023,
            format!(
                "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            ),
        )
    }
}

/// The refusal of an app that the tenant does not know.
pub(crate) fn unknown_app(domain: &str, client_id: &str) -> Refused {
    Refused {
        status: 400,
        error: "unauthorized_client",
        code: 700_016,
        text: format!(
            "Application with identifier '{client_id}' was not found in the directory '{domain}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        ),
    }
}

/// Whether the resource of a scope is Graph: by its address, its app id, or the simulator's own address.
pub(crate) fn resource_known(origin: &str, resource: &str) -> bool {
    [GRAPH, "00000003-0000-0000-c000-000000000000", origin]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(resource.trim_end_matches('/')))
}

fn check_secret(app: &App, secret: &str) -> Result<(), Refused> {
    match app.secrets.iter().find(|(known, _)| known == secret) {
        Some((_, true)) => Ok(()),
        Some((_, false)) => refused(
            401,
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
                app.client_id
            ),
        ),
        None => refused(
            401,
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                app.client_id
            ),
        ),
    }
}

fn check_scope(tenant: &Tenant, origin: &str, scope: Option<String>) -> Result<(), Refused> {
    let Some(scope) = scope else {
        return refused(
            400,
            "invalid_request",
            900_144,
            "The request body must contain the following parameter: 'scope'.",
        );
    };
    if scope.split_whitespace().count() > 1 {
        return refused(
            400,
            "invalid_scope",
            70_011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        );
    }
    let Some(resource) = scope.strip_suffix("/.default") else {
        return refused(
            400,
            "invalid_scope",
            1_002_012,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        );
    };
    if resource_known(origin, resource) {
        return Ok(());
    }
    refused(
        400,
        "invalid_resource",
        500_011,
        format!(
            "The resource principal named {resource} was not found in the tenant named {}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
            tenant.domain
        ),
    )
}

/// Client id and secret from HTTP Basic, each percent-encoded as RFC 6749 2.3.1 asks.
fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, value) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    Some((decode(id), decode(secret)))
}
