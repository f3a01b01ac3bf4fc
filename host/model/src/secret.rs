//! Why a credential cannot be used. The credential itself is in none of these.

/// The login server's answer when it refuses: OAuth 2.0's flat error object (RFC 6749, section 5.2), with the codes that
/// Microsoft Entra adds ("Microsoft Entra authentication and authorization error codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFailure {
    /// The HTTP status, 400 or 401 as a rule.
    pub status: u16,
    /// What to react to: `invalid_client`, `unauthorized_client`, …
    pub error: String,
    /// The login server's words; bounded, without the credential.
    pub description: String,
    /// The numbers behind `AADSTS`; may be empty.
    pub codes: Vec<u32>,
}

/// Why a secret, or the token that is had with it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none of this name.
    #[error("{0}")]
    NotFound(String),
    /// The administrator has not granted this use.
    #[error("{0}")]
    Denied(String),
    /// The login server refuses the credential.
    #[error("the login server refuses the credential with status {}: {}: {}", .0.status, .0.error, .0.description)]
    Authorization(AuthorizationFailure),
    /// The login server cannot be reached, or makes no sense.
    #[error("{0}")]
    Unavailable(String),
}

impl SecretError {
    /// A source has no secret of this name.
    pub fn missing(name: &str) -> Self {
        Self::NotFound(format!(
            "the source has no credential \"{}\"; add it to [source.credentials]",
            crate::text::plain(name)
        ))
    }
}
