//! A secret that is sent as it is: an API key, a personal token, a password with its user name.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::grant::Origin;
use crate::http::Bearer;

/// A fixed secret, ready for the Authorization header.
pub struct FixedBearer {
    scheme: &'static str,
    value: SecretString,
    audience: Vec<Origin>,
}

impl FixedBearer {
    /// A bearer token, and the origins that may see it.
    pub fn new(value: SecretString, audience: Vec<Origin>) -> Self {
        Self {
            scheme: "Bearer",
            value,
            audience,
        }
    }

    /// A password with its user name, which holds no colon (HTTP Basic, RFC 7617; in UTF-8), and the origins that may see them.
    pub fn password(user: &str, password: &SecretString, audience: Vec<Origin>) -> Self {
        let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
        Self {
            scheme: "Basic",
            value: BASE64_STANDARD.encode(pair.as_bytes()).into(),
            audience,
        }
    }
}

impl Bearer for FixedBearer {
    fn scheme(&self) -> &'static str {
        self.scheme
    }

    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(async { Ok(self.value.clone()) })
    }

    fn renew<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        self.token()
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}
