//! What ties an answer to the request that was sent, and the record of how a consent went.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

/// The progress of a source's consent. Instants are UTC seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ConsentState {
    /// An administrator was sent to the page and has not returned.
    Asked {
        /// When.
        at: i64,
    },
    /// Consent was given, and a token for the tenant proved it.
    Granted {
        /// When.
        at: i64,
        /// The account that clicked.
        by: String,
        /// The tenant's id.
        tenant: String,
    },
    /// The answer says that consent was given, but there was no token yet.
    Unproven {
        /// When.
        at: i64,
        /// The account that clicked.
        by: String,
        /// The tenant's id, according to the answer.
        tenant: String,
        /// Why there is no token.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Consent was refused.
    Refused {
        /// When.
        at: i64,
        /// What happened.
        problem: String,
        /// What to do next.
        advice: String,
        /// The service's own error code.
        code: Option<String>,
    },
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

impl ConsentState {
    /// The action and detail for the audit log.
    pub fn for_audit(&self) -> (&'static str, String) {
        match self {
            Self::Granted { tenant, .. } => ("authorized", format!("tenant {tenant}")),
            Self::Unproven { .. } => ("authorized-unproven", "there is no token yet".to_owned()),
            Self::Refused { problem, .. } => ("authorization-refused", problem.clone()),
            Self::Asked { .. } => ("authorization-begun", String::new()),
        }
    }

    /// When consent was given; none if it was not.
    pub fn given_at(&self) -> Option<i64> {
        match self {
            Self::Granted { at, .. } | Self::Unproven { at, .. } => Some(*at),
            Self::Asked { .. } | Self::Refused { .. } => None,
        }
    }
}
