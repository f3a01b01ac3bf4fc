//! Why a credential cannot be had, in the terms of the contract.

/// A token endpoint's refusal (RFC 6749, section 5.2). Foreign text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFailure {
    /// The HTTP status of the answer.
    pub status: u16,
    /// `error` of the answer.
    pub error: String,
    /// `error_description` of the answer.
    pub description: String,
    /// `error_codes` of the answer.
    pub codes: Vec<u32>,
}

/// Why a credential cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The source has none of this name.
    #[error("{0}")]
    NotFound(String),
    /// It was not granted.
    #[error("{0}")]
    Denied(String),
    /// The token endpoint refused.
    #[error("the token was refused: {} {}", .0.error, .0.description)]
    Authorization(AuthorizationFailure),
    /// The token endpoint cannot be reached, or does not answer as one.
    #[error("{0}")]
    Unavailable(String),
}
