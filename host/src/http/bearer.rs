//! What puts a credential into a request.

use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::grant::Origin;
use crate::secret::SecretError;

/// A credential that is sent as `Authorization: Bearer …`, and only to its audience.
pub trait Bearer: Send + Sync {
    /// The token to send now.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>>;

    /// The token to send instead of one that was answered with 401. The same again when there is no other.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>>;

    /// The origins that may see it.
    fn audience(&self) -> &[Origin];
}
