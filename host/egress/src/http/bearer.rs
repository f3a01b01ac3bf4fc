//! How a credential gets into a request.

use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::grant::Origin;

/// A credential that is sent in the Authorization header, and only to its audience.
pub trait Bearer: Send + Sync {
    /// The scheme before the credential in the header (RFC 9110, section 11.4).
    fn scheme(&self) -> &'static str {
        "Bearer"
    }

    /// The token to send now.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>>;

    /// The token to send in place of one that was answered with 401. The same token if there is no other, or it is too soon for another:
    /// then the 401 stands, and the caller sees it.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>>;

    /// Forgets kept tokens, which may be out of date, for example after a permission was given. The next token is a fresh one.
    fn forget(&self) {}

    /// The origins that may see it.
    fn audience(&self) -> &[Origin];
}
