//! What ties an answer to the request that was sent, and what is kept of how it went.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::source::ReadySource;

/// The `state` of one request: 256 random bits. Only its digest is stored, so a copy of the store cannot answer for anybody.
pub struct State(String);

impl State {
    /// A fresh one.
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = rand::random();
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What is sent along.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn digest(&self) -> String {
        Self::digest_of(&self.0)
    }

    /// What is stored of a state that came back.
    pub fn digest_of(state: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(state.as_bytes()))
    }
}

/// How far the consent of a source is. Instants are UTC seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ConsentState {
    /// Somebody was sent to the page and has not come back.
    Asked {
        /// When.
        at: i64,
    },
    /// Consent was given, and a token of the tenant proved it.
    Granted {
        /// When.
        at: i64,
        /// Whose account clicked.
        by: String,
        /// The tenant's id.
        tenant: String,
    },
    /// Consent was given, it says, and no token could be had yet.
    Unproven {
        /// When.
        at: i64,
        /// Whose account clicked.
        by: String,
        /// The tenant's id, as the answer says.
        tenant: String,
        /// Why there is no token.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// It was refused.
    Refused {
        /// When.
        at: i64,
        /// What happened.
        problem: String,
        /// What to do next.
        advice: String,
        /// The other side's code.
        code: Option<String>,
    },
}

/// A consent as it is kept: what it was given for counts.
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

    /// As the store keeps it.
    ///
    /// # Errors
    /// None that is known: it is plain data.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// From the store; none when it is of another collector.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// How it went, if it was for the application and tenant that the source has now.
    pub fn for_source(self, source: &ReadySource) -> Option<ConsentState> {
        let now = Self::of(source, self.state.clone());
        (now == self).then_some(self.state)
    }
}

impl ConsentState {
    /// What the audit log says of it: action and detail.
    pub fn for_audit(&self) -> (&'static str, String) {
        match self {
            Self::Granted { tenant, .. } => ("authorized", format!("tenant {tenant}")),
            Self::Unproven { .. } => ("authorized-unproven", "there is no token yet".to_owned()),
            Self::Refused { problem, .. } => ("authorization-refused", problem.clone()),
            Self::Asked { .. } => ("authorization-begun", String::new()),
        }
    }

    /// When consent was given; none when it was not.
    pub fn given_at(&self) -> Option<i64> {
        match self {
            Self::Granted { at, .. } | Self::Unproven { at, .. } => Some(*at),
            Self::Asked { .. } | Self::Refused { .. } => None,
        }
    }
}
