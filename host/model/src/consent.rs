//! The progress of an administrator's consent. The store keeps it as JSON.

use serde::{Deserialize, Serialize};

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
    /// The answer says that consent was given, but that cannot be proved, which does not pass with time: the application's secret is wrong, for
    /// example.
    Doubtful {
        /// When.
        at: i64,
        /// The account that clicked.
        by: String,
        /// What is in the way of the proof.
        problem: String,
        /// What to do.
        advice: String,
        /// The service's own error code.
        code: Option<String>,
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

impl ConsentState {
    /// The action and detail for the audit log.
    pub fn for_audit(&self) -> (&'static str, String) {
        match self {
            Self::Granted { tenant, .. } => ("authorized", format!("tenant {tenant}")),
            Self::Unproven { .. } => ("authorized-unproven", "there is no token yet".to_owned()),
            Self::Doubtful { problem, .. } => ("authorized-unproven", problem.clone()),
            Self::Refused { problem, .. } => ("authorization-refused", problem.clone()),
            Self::Asked { .. } => ("authorization-begun", String::new()),
        }
    }

    /// When consent was given; none if it was not.
    pub fn given_at(&self) -> Option<i64> {
        match self {
            Self::Granted { at, .. } | Self::Unproven { at, .. } => Some(*at),
            Self::Asked { .. } | Self::Doubtful { .. } | Self::Refused { .. } => None,
        }
    }
}
