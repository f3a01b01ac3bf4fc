//! The token's claims. They add detail to checks but never decide them: if RBAC for Applications grants Calendars.Read, the token does not
//! name it, and reading still works.

use crate::json_text::text;
use serde_json::Value;

/// The unverified claims of the token; none if it is not a JWT.
#[derive(Debug, Default)]
pub struct Claims(Option<Value>);

impl Claims {
    /// The claims of a token, if the host can tell them.
    #[must_use]
    pub fn read(claims: Option<&str>) -> Self {
        Self(claims.and_then(|claims| serde_json::from_str(claims).ok()))
    }

    /// A summary of the token: tenant and roles.
    pub fn summary(&self) -> String {
        let tenant = self
            .text("tid")
            .map_or_else(String::new, |tid| format!(" for tenant {tid}"));
        let roles: Vec<&str> = self.roles().collect();
        let roles = if roles.is_empty() {
            String::new()
        } else {
            format!(", with {}", roles.join(", "))
        };
        format!("the login service gives a token{tenant}{roles}")
    }

    /// The application of the token, if it names one.
    pub fn client_id(&self) -> Option<&str> {
        self.text("appid").or_else(|| self.text("azp"))
    }

    /// Whether its roles name a permission; none if it is not a JWT.
    pub fn name(&self, permission: &str) -> Option<bool> {
        self.0.as_ref()?;
        Some(self.roles().any(|role| role == permission))
    }

    fn text(&self, name: &str) -> Option<&str> {
        text(self.0.as_ref()?, name)
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        let roles = self.0.as_ref().and_then(|claims| claims.get("roles")?.as_array());
        roles.into_iter().flatten().filter_map(Value::as_str)
    }
}
