//! What puts a credential into a request.

use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::grant::Origin;

/// A credential that is sent in the Authorization header, and only to its audience.
pub trait Bearer: Send + Sync {
    /// What stands before it in the header (RFC 9110, section 11.4).
    fn scheme(&self) -> &'static str {
        "Bearer"
    }

    /// The token to send now.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>>;

    /// The token to send instead of one that was answered with 401. The same again when there is no other, or is to be none so soon: then
    /// the 401 stands, and whoever asked is told of it.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>>;

    /// What is kept may be out of date: a permission was given since, say. The next token is a fresh one.
    fn forget(&self) {}

    /// The origins that may see it.
    fn audience(&self) -> &[Origin];
}
