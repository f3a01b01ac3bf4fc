//! What one call of a connector may reach: what its source has outside, until a deadline.

use std::sync::Arc;

use collector_model::http::{FetchError, Request, Response};
use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::allowance::Allowance;
use crate::known::Known;
use crate::usage::Meter;

/// What a source has outside of the sandbox, for the host functions: its network and its secrets.
pub trait Outside: Send + Sync {
    /// Sends a request with the credential of this name, or with none. Which origins may be reached, and which of them may see the
    /// credential, is decided here.
    ///
    /// # Errors
    /// See [`FetchError`].
    fn fetch<'a>(
        &'a self,
        request: Request,
        secret: Option<&'a str>,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Response, FetchError>>;

    /// The secret of this name, as it is now.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>>;
}

/// A secret of a source.
pub struct Secret {
    /// Its value.
    pub value: SecretString,
    /// Whether the connector may see it.
    pub reveal: bool,
}

/// What a call may reach. Cheap to clone; every call of a pass has the same.
#[derive(Clone)]
pub struct Access {
    /// The source's name, for the log.
    pub source: Arc<str>,
    /// What the source has outside; none: the call only computes.
    pub outside: Option<Arc<dyn Outside>>,
    /// The values of secrets that were used, to be cut out of what the connector says.
    pub known: Arc<Known>,
    /// When the pass's time is used up.
    pub deadline: Instant,
    /// Counts what the call takes.
    pub meter: Arc<Meter>,
    /// What is left to the pass.
    pub allowance: Arc<Allowance>,
}

impl Access {
    /// Nothing: for `describe` and `authorization`, which only compute.
    pub fn nothing(source: &str) -> Self {
        Self {
            source: source.into(),
            outside: None,
            known: Arc::default(),
            deadline: Instant::now() + crate::limits::PURE_CALL,
            meter: Arc::default(),
            allowance: Arc::default(),
        }
    }
}
