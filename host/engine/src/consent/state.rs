//! What ties an answer to the request that was sent, and the record of how a consent went.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector_model::consent::ConsentState;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::source::ReadySource;

/// The `state` of one request: 256 random bits. Only its digest is stored, so a copy of the store cannot answer for anyone.
pub struct State(String);

impl State {
    /// A new random state.
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = rand::random();
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text that is sent along.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest that is stored.
    pub fn digest(&self) -> String {
        Self::digest_of(&self.0)
    }

    /// The digest of a state that came back.
    pub fn digest_of(state: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(state.as_bytes()))
    }
}

/// A consent as it is kept, with the application and tenant that it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    client_id: Option<String>,
    token_endpoint: Option<String>,
    state: ConsentState,
}

impl Consent {
    /// A consent for the application and tenant of a source.
    pub fn of(source: &ReadySource, state: ConsentState) -> Self {
        Self {
            client_id: source.client_id().map(str::to_owned),
            token_endpoint: source
                .authorization()
                .map(|authorization| authorization.token_endpoint.clone()),
            state,
        }
    }

    /// The text that the store keeps.
    ///
    /// # Errors
    /// None known: it is plain data.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads a stored consent; none when another version of the collector wrote it.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The state, if it belongs to the application and tenant that the source has now.
    pub fn for_source(self, source: &ReadySource) -> Option<ConsentState> {
        let now = Self::of(source, self.state.clone());
        (now == self).then_some(self.state)
    }
}
