//! Why nobody was signed in. No text holds a secret, a code or a token.

use collector_model::http::FetchError;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{ClaimsVerificationError, DiscoveryError, RequestTokenError, StandardErrorResponse};

use crate::person::printable;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There was no answer, or one that no limit allows.
    #[error("{0}")]
    Unreachable(#[from] FetchError),
    /// What the provider says about itself cannot be used.
    #[error("what the provider says about itself cannot be used: {0}; check `issuer` in [portal.sign-in]")]
    Discovery(String),
    /// The provider gave no token for the code.
    #[error("the provider gave no token: {0}")]
    Refused(String),
    /// The provider's token is not to be believed.
    #[error("the provider's token is not valid: {0}")]
    Token(String),
}

impl SignInError {
    pub(crate) fn of_discovery(error: DiscoveryError<FetchError>) -> Self {
        match error {
            DiscoveryError::Request(error) => Self::Unreachable(error),
            // The body may be anything.
            DiscoveryError::Response(status, _, why) => {
                Self::Discovery(printable(&format!("{why} (status {status})")))
            }
            DiscoveryError::Parse(error) => Self::Discovery(printable(&error.to_string())),
            DiscoveryError::UrlParse(error) => Self::Discovery(error.to_string()),
            DiscoveryError::Validation(why) | DiscoveryError::Other(why) => Self::Discovery(printable(&why)),
            _ => Self::Discovery("it is not understood".to_owned()),
        }
    }

    pub(crate) fn of_exchange(
        error: RequestTokenError<FetchError, StandardErrorResponse<CoreErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::Unreachable(error),
            RequestTokenError::ServerResponse(answer) => {
                let code = answer.error().as_ref();
                Self::Refused(match answer.error_description() {
                    Some(why) => printable(&format!("{code}: {why}")),
                    None => printable(code),
                })
            }
            // The body, which may hold a token, is not repeated.
            RequestTokenError::Parse(error, _) => Self::Refused(format!(
                "its answer is not understood at {}",
                printable(&error.path().to_string())
            )),
            RequestTokenError::Other(why) => Self::Refused(printable(&why)),
        }
    }
}

impl From<ClaimsVerificationError> for SignInError {
    fn from(error: ClaimsVerificationError) -> Self {
        // The signature's own reason is below.
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::Token(printable(&format!("{error}{}", cause.unwrap_or_default())))
    }
}
