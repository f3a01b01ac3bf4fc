//! What one call of a connector may reach outside the sandbox, until a deadline.

use std::sync::Arc;

use collector_model::http::{FetchError, Request, Response};
use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::allowance::Allowance;
use crate::known::Known;
use crate::usage::Meter;

/// The outside of a source, for the host functions: its network and its secrets.
pub trait Outside: Send + Sync {
    /// Sends a request with the credential of this name, or with none. The implementation decides which origins may be reached, and which
    /// of them may get the credential.
    ///
    /// # Errors
    /// See [`FetchError`].
    fn fetch<'a>(
        &'a self,
        request: Request,
        secret: Option<&'a str>,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Response, FetchError>>;

    /// Returns the current value of the secret with this name.
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

/// What a call may reach. Cheap to clone; all calls of a pass share it.
#[derive(Clone)]
pub struct Access {
    /// The source's name, for the log.
    pub source: Arc<str>,
    /// The source's network and secrets; none: the call only computes.
    pub outside: Option<Arc<dyn Outside>>,
    /// The secret values that were used; they are cut out of the connector's text.
    pub known: Arc<Known>,
    /// When the pass's time is up.
    pub deadline: Instant,
    /// Counts the resources that the call takes.
    pub meter: Arc<Meter>,
    /// What the pass may still bring.
    pub allowance: Arc<Allowance>,
}

impl Access {
    /// Reaches nothing: for `describe` and `authorization`, which only compute.
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
