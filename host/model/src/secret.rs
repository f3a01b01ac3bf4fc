//! Why a credential cannot be used. No error contains the credential.

/// The login server's refusal: OAuth 2.0's flat error object (RFC 6749, section 5.2), with the codes that Microsoft Entra adds ("Microsoft
/// Entra authentication and authorization error codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFailure {
    /// The HTTP status, usually 400 or 401.
    pub status: u16,
    /// The error code to react to: `invalid_client`, `unauthorized_client`, …; empty if the answer did not have the standard's form.
    pub error: String,
    /// The login server's words; limited in length, without the credential.
    pub description: String,
    /// The numbers behind `AADSTS`; may be empty.
    pub codes: Vec<u32>,
}

impl AuthorizationFailure {
    /// Status, code and words in one line.
    pub fn words(&self) -> String {
        let parts = [&self.error, &self.description];
        let said = parts.into_iter().filter(|part| !part.is_empty());
        said.fold(format!("status {}", self.status), |line, part| {
            format!("{line}: {part}")
        })
    }
}

/// Why a secret, or the token obtained with it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no secret with this name.
    #[error("{0}")]
    NotFound(String),
    /// The administrator has not granted this use.
    #[error("{0}")]
    Denied(String),
    /// The login server refused the credential.
    #[error("the login server refused the credential with {}", .0.words())]
    Authorization(AuthorizationFailure),
    /// The login server cannot be reached, or its answer makes no sense.
    #[error("{0}")]
    Unavailable(String),
}

impl SecretError {
    /// The error that a source has no secret with this name.
    pub fn missing(name: &str) -> Self {
        Self::NotFound(format!(
            "the source has no credential \"{}\"; add it to [source.credentials]",
            crate::text::plain(name)
        ))
    }
}
