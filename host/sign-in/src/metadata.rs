//! What a provider says about itself, as far as the collector uses it: that of OpenID Connect Discovery, and where it signs people out.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, EndSessionUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};

/// What the provider says about itself.
pub(crate) type Metadata = ProviderMetadata<
    SignOut,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Where the provider signs people out (RP-Initiated Logout 1.0). As text: one that is no address must not keep people from signing in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignOut {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_session_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for SignOut {}

impl SignOut {
    /// The web address of its page; none if it has none.
    pub(crate) fn page(&self) -> Option<EndSessionUrl> {
        let page = EndSessionUrl::new(self.end_session_endpoint.clone()?).ok()?;
        matches!(page.url().scheme(), "https" | "http").then_some(page)
    }
}
