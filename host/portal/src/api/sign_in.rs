//! Sign-in by a provider of identities, as the portal sees it.

use collector_store::Role;

/// The answer that a provider sends the browser back with, as it came. Nothing of it is to be believed yet.
#[derive(Default)]
pub struct SignInAnswer {
    /// What the way to the provider carried.
    pub state: Option<String>,
    /// What a token is given for.
    pub code: Option<String>,
    /// Why there is no code, in one word.
    pub error: Option<String>,
    /// The same as a sentence.
    pub error_description: Option<String>,
    /// The issuer that answers (RFC 9207).
    pub issuer: Option<String>,
}

/// Somebody whom the provider signed in, and who has a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// What tells it from everybody else; the name of no account.
    pub identity: String,
    /// How the audit log names it.
    pub account: String,
    /// What it may do.
    pub role: Role,
    /// The page that was asked for at the beginning.
    pub next: String,
}

/// Why nobody was signed in. The texts are for the page; what is for nobody's eyes is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProblem {
    /// No provider is configured.
    NotOffered,
    /// The answer was not asked for by this browser, or was used before, or came too late.
    Disbelieved,
    /// The provider cannot be reached, or its answer cannot be used: why.
    Failed(String),
    /// The provider signs this person in nowhere, or not here: what it said.
    Refused(String),
    /// The person may not open the portal.
    NoRole {
        /// How the audit log names it.
        account: String,
        /// What to do about it, besides asking for a role.
        hint: Option<String>,
    },
}

impl From<super::BackendError> for SignInProblem {
    fn from(error: super::BackendError) -> Self {
        Self::Failed(error.to_string())
    }
}
