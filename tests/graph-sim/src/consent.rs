//! Admin consent: a user signs in, sees what the app asks for, accepts or not, and returns to the application.
//! Source: "Admin consent on the Microsoft identity platform" and "Microsoft Entra authentication and authorization error codes".

use chrono::Utc;

use crate::account::Account;
use crate::answer::Answer;
use crate::app::{DELEGATED, NAME};
use crate::ids;
use crate::login::{GRAPH, asked_tenant, check_tenant, is_shared, resource_known, unknown_app};
use crate::page;
use crate::redirect::{fits, redirect};
use crate::refusal::{Refused, refused};
use crate::request::Request;
use crate::service::Service;
use crate::tenant::Tenant;

/// A valid request: the app, and where to send the browser back.
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    /// Requested at `organizations`: the user consents for the own tenant.
    any_tenant: bool,
}

/// Answers `/{tenant}/v2.0/adminconsent`. Each step posts to the same address, so each checks everything again.
pub(crate) fn consent(service: &Service, request: &Request) -> Answer {
    match step(service, &mut service.tenant_mut(), request) {
        Ok(answer) => answer,
        Err(Refused {
            status, code, text, ..
        }) => page::trouble(status, &described(code, &text)),
    }
}

fn step(service: &Service, tenant: &mut Tenant, request: &Request) -> Result<Answer, Refused> {
    let asked = asked(tenant, &service.origin, request)?;
    let form = request.form();
    let Some(address) = form.parameter("account") else {
        return Ok(page::accounts(tenant));
    };
    let account = signed_in(tenant, &asked, address)?;
    let Some(app) = tenant
        .apps
        .iter_mut()
        .find(|app| app.client_id == asked.client_id)
    else {
        return Err(unknown_app(&tenant.domain, &asked.client_id));
    };
    let back = |parameters: Vec<(&'static str, String)>| {
        let state = asked.state.clone().map(|state| ("state", state));
        let parameters = parameters.into_iter().chain(state).collect();
        Ok(redirect(&asked.redirect_uri, parameters, &service.tampering))
    };
    // Even an error says `admin_consent=True`, so clients must not rely on it.
    let denied = |error: &str, code: u32, text: &str| {
        back(vec![
            ("admin_consent", "True".to_owned()),
            ("error", error.to_owned()),
            ("error_description", described(code, text)),
        ])
    };
    match (form.parameter("decision"), account.administrator) {
        (Some("cancel"), false) => denied(
            "access_denied",
            90_094,
            "The grant requires admin permission. Ask an administrator to grant the permissions on behalf of the organization.",
        ),
        (_, false) => Ok(page::approval(&account)),
        (None, true) => Ok(page::permissions(&account, app)),
        (Some("accept"), true) => {
            let home = if account.domain() == tenant.domain {
                app.consented.get_or_insert(service.clock.now());
                tenant.id.clone()
            } else {
                ids::tenant(&account.domain())
            };
            let granted = app.roles.iter().map(String::as_str).chain(DELEGATED);
            let scopes: Vec<String> = granted.map(|name| format!("{GRAPH}/{name}")).collect();
            back(vec![
                ("admin_consent", "True".to_owned()),
                ("tenant", home),
                ("scope", scopes.join(" ")),
            ])
        }
        (Some("cancel"), true) => denied(
            "consent_required",
            65_004,
            "The resource owner or authorization server denied the request.",
        ),
        (Some(_), true) => refused(
            400,
            "invalid_request",
            90_014,
            "The required field 'decision' is not valid.",
        ),
    }
}

/// The request, if it is valid.
fn asked(tenant: &Tenant, origin: &str, request: &Request) -> Result<Asked, Refused> {
    let field = |name: &str| match request.parameter(name).filter(|value| !value.is_empty()) {
        Some(value) => Ok(value),
        None => refused(
            400,
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{name}'."),
        ),
    };
    let name = asked_tenant(request);
    let client_id = field("client_id")?;
    if is_shared(name) {
        return refused(
            400,
            "invalid_request",
            50_194,
            format!(
                "Application '{client_id}'({NAME}) isn't configured as a multitenant application. Usage of the /{name} endpoint isn't supported for such apps. Use a tenant-specific endpoint or configure the application to be multitenant."
            ),
        );
    }
    let any_tenant = name.eq_ignore_ascii_case("organizations");
    if !any_tenant {
        check_tenant(tenant, name)?;
    }
    let Some(app) = tenant.find_app(client_id) else {
        return Err(unknown_app(&tenant.domain, client_id));
    };
    let redirect_uri = field("redirect_uri")?;
    if !app.redirects.iter().any(|known| fits(known, redirect_uri)) {
        return refused(
            400,
            "invalid_request",
            50_011,
            format!(
                "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{client_id}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this."
            ),
        );
    }
    let scope = field("scope")?;
    if !scope
        .strip_suffix("/.default")
        .is_some_and(|resource| resource_known(origin, resource))
    {
        return refused(
            400,
            "invalid_scope",
            70_011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        );
    }
    Ok(Asked {
        client_id: app.client_id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: request.parameter("state").map(str::to_owned),
        any_tenant,
    })
}

/// The account that was picked, if it may sign in here.
fn signed_in(tenant: &Tenant, asked: &Asked, address: &str) -> Result<Account, Refused> {
    let known = |account: &&Account| account.address.eq_ignore_ascii_case(address);
    let Some(account) = tenant.accounts.iter().find(known) else {
        return refused(
            400,
            "invalid_grant",
            50_034,
            format!(
                "The user account '{address}' does not exist in the {} directory. To sign into this application, the account must be added to the directory.",
                tenant.id
            ),
        );
    };
    if account.domain() != tenant.domain && !asked.any_tenant {
        return refused(
            400,
            "invalid_request",
            50_020,
            format!(
                "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{}' and cannot access the application '{}'({NAME}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
                account.address,
                ids::tenant(&account.domain()),
                tenant.domain,
                asked.client_id
            ),
        );
    }
    Ok(account.clone())
}

/// The text of an error for an answer or a page.
fn described(code: u32, text: &str) -> String {
    format!(
        "AADSTS{code}: {text}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
        ids::fresh(),
        ids::fresh(),
        Utc::now().format("%Y-%m-%d %H:%M:%SZ")
    )
}
