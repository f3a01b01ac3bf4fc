//! A secret that is sent as it is: an API key, a personal token.

use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::grant::Origin;
use crate::http::Bearer;
use crate::secret::SecretError;

/// A fixed secret as a bearer.
pub struct FixedBearer {
    value: SecretString,
    audience: Vec<Origin>,
}

impl FixedBearer {
    /// The secret, and the origins that may see it.
    pub fn new(value: SecretString, audience: Vec<Origin>) -> Self {
        Self { value, audience }
    }
}

impl Bearer for FixedBearer {
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
