//! Access tokens: shaped like those of Entra, short-lived, and remembered so that Graph can check them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sim::Clock;

use crate::answer::{Answer, GraphAnswer as _};
use crate::app::{App, NAME};
use crate::ids;
use crate::request::Request;
use crate::tenant::Tenant;

/// The caller, as the token describes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) client_id: String,
    roles: Vec<String>,
    /// Whether the roles have reached the mailboxes by now.
    pub(crate) known_to_mailboxes: bool,
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

/// The issued tokens that are not revoked.
pub(crate) struct Tokens {
    clock: Arc<Clock>,
    issued: Mutex<HashMap<String, Issued>>,
}

impl Tokens {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            issued: Mutex::default(),
        }
    }

    /// Issues a token for this app with its current permissions.
    pub(crate) fn issue(&self, tenant: &Tenant, app: &App) -> String {
        let now = self.clock.now();
        let roles = if tenant.roles_arrived(app, now) {
            app.roles.as_slice()
        } else {
            &[]
        };
        let now = now.timestamp();
        let expires = now.saturating_add(i64::try_from(tenant.token_seconds).unwrap_or(i64::MAX));
        let mut claims = json!({
            "aud": "https://graph.microsoft.com",
            "iss": format!("https://sts.windows.net/{}/", tenant.id),
            "iat": now, "nbf": now, "exp": expires,
            "app_displayname": NAME, "appid": app.client_id, "appidacr": "1", "idtyp": "app",
            "oid": ids::guid(&format!("principal {}", app.client_id)),
            "sub": ids::guid(&format!("principal {}", app.client_id)),
            "tid": tenant.id, "uti": ids::fresh(), "ver": "1.0",
        });
        // Without a permission the claim is absent, not empty.
        if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
            claims.insert("roles".to_owned(), json!(roles));
        }
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": "simulated", "kid": "simulated"});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = URL_SAFE_NO_PAD.encode(format!("{}{}", ids::fresh(), ids::fresh()));
        let token = format!("{}.{}.{signature}", part(&header), part(&claims));
        let caller = Caller {
            client_id: app.client_id.clone(),
            roles: roles.to_vec(),
            known_to_mailboxes: false,
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

    /// The caller of a request; Graph's 401 if its token is absent, unknown or expired.
    pub(crate) fn caller(&self, tenant: &Tenant, request: &Request) -> Result<Caller, Answer> {
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
        let now = self.clock.now();
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        match issued.get(token) {
            None => refuse("Access token validation failure. Invalid signature."),
            Some(issued) if issued.expires <= now.timestamp() => {
                refuse("Lifetime validation failed, the token is expired.")
            }
            Some(issued) => {
                let mut caller = issued.caller.clone();
                let app = tenant.find_app(&caller.client_id);
                caller.known_to_mailboxes = app.is_none_or(|app| tenant.mailboxes_reached(app, now));
                Ok(caller)
            }
        }
    }
}

fn bearer(request: &Request) -> Option<&str> {
    sim::bearer(request.header("authorization")?)
}
