//! A connector's handle on a secret.

use secrecy::SecretString;

/// The host's side of a handle.
#[allow(unreachable_pub)] // The generated bindings re-export it.
pub struct SecretHandle {
    /// The name of the secret.
    pub(crate) name: String,
    /// The value when the handle was made.
    pub(crate) value: SecretString,
    /// Whether the connector may see it.
    pub(crate) reveal: bool,
}
