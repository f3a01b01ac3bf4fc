//! Access tokens: shaped like those of Entra, short-lived, and known by heart so that Graph can check them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use serde_json::json;

use crate::answer::Answer;
use crate::app::App;
use crate::ids;
use crate::request::Request;
use crate::tenant::Tenant;

/// Who asks: what the token says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) client_id: String,
    roles: Vec<String>,
}

impl Caller {
    pub(crate) fn has_any(&self, roles: &[&str]) -> bool {
        self.roles.iter().any(|role| roles.contains(&role.as_str()))
    }
}

struct Issued {
    caller: Caller,
    /// Unix seconds.
    expires: i64,
}

/// The tokens that were issued and not revoked.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: Mutex<HashMap<String, Issued>>,
}

impl Tokens {
    /// A token for this app with the permissions that it has at this moment.
    pub(crate) fn issue(&self, tenant: &Tenant, app: &App) -> String {
        let now = Utc::now().timestamp();
        let expires = now.saturating_add(i64::try_from(tenant.token_seconds).unwrap_or(i64::MAX));
        let mut claims = json!({
            "aud": "https://graph.microsoft.com",
            "iss": format!("https://sts.windows.net/{}/", tenant.id),
            "iat": now, "nbf": now, "exp": expires,
            "app_displayname": "Collector", "appid": app.client_id, "appidacr": "1", "idtyp": "app",
            "oid": ids::guid(&format!("principal {}", app.client_id)),
            "sub": ids::guid(&format!("principal {}", app.client_id)),
            "tid": tenant.id, "uti": ids::fresh(), "ver": "1.0",
        });
        // Without a permission the claim is absent, not empty.
        if let (false, Some(claims)) = (app.roles.is_empty(), claims.as_object_mut()) {
            claims.insert("roles".to_owned(), json!(app.roles));
        }
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": "simulated", "kid": "simulated"});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = URL_SAFE_NO_PAD.encode(format!("{}{}", ids::fresh(), ids::fresh()));
        let token = format!("{}.{}.{signature}", part(&header), part(&claims));
        let caller = Caller {
            client_id: app.client_id.clone(),
            roles: app.roles.clone(),
        };
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.insert(token.clone(), Issued { caller, expires });
        token
    }

    pub(crate) fn revoke_all(&self) {
        for issued in self
            .issued
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values_mut()
        {
            issued.expires = 0;
        }
    }

    pub(crate) fn revoke_that_of(&self, request: &Request) {
        if let Some(token) = bearer(request) {
            self.issued
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(token);
        }
    }

    /// Who sends this request; Graph's 401 when its token is absent, unknown or over.
    pub(crate) fn caller(&self, request: &Request) -> Result<Caller, Answer> {
        let refuse = |message: &str| {
            Err(Answer::error(401, "InvalidAuthenticationToken", message).header(
                "www-authenticate",
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
            ))
        };
        let Some(token) = bearer(request).filter(|token| !token.is_empty()) else {
            return refuse("Access token is empty.");
        };
        if token.split('.').count() != 3 {
            return refuse("IDX14100: JWT is not well formed, there are no dots (.).");
        }
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        match issued.get(token) {
            None => refuse("Access token validation failure. Invalid signature."),
            Some(issued) if issued.expires <= Utc::now().timestamp() => {
                refuse("Lifetime validation failed, the token is expired.")
            }
            Some(issued) => Ok(issued.caller.clone()),
        }
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
