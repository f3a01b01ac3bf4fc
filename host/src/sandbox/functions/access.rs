//! What one call of a connector may reach: the source's HTTP client and its secrets, until a deadline.

use std::collections::HashMap;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::http::{Bearer, Client};
use crate::sandbox::allowance::Allowance;
use crate::sandbox::known::{Known, Noted};
use crate::sandbox::usage::Meter;
use crate::secret::SecretError;

/// What a call may reach. Cheap to clone; every call of a pass has the same.
#[derive(Clone)]
pub struct Access {
    /// The source's name, for the log.
    pub source: Arc<str>,
    /// Requests to the granted origins; none at all when there is no client.
    pub http: Option<Client>,
    /// The secrets of the source.
    pub secrets: Arc<SecretStore>,
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
            http: None,
            secrets: Arc::default(),
            deadline: Instant::now() + super::super::limits::PURE_CALL,
            meter: Arc::default(),
            allowance: Arc::default(),
        }
    }
}

/// The secrets of a source by name. Their values stay here unless `reveal` was granted.
#[derive(Default)]
pub struct SecretStore {
    entries: HashMap<String, Entry>,
    known: Arc<Known>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) bearer: Arc<dyn Bearer>,
    pub(super) reveal: bool,
}

impl SecretStore {
    /// Adds a secret. `reveal` lets the connector see its value.
    pub fn insert(&mut self, name: impl Into<String>, bearer: Arc<dyn Bearer>, reveal: bool) {
        let bearer = Arc::new(Noted::new(bearer, Arc::clone(&self.known)));
        self.entries.insert(name.into(), Entry { bearer, reveal });
    }

    /// The values that were used.
    pub(in crate::sandbox) fn known(&self) -> &Known {
        &self.known
    }

    /// What puts the credential of this name into requests.
    pub(crate) fn bearer(&self, name: &str) -> Option<Arc<dyn Bearer>> {
        self.entries.get(name).map(|entry| Arc::clone(&entry.bearer))
    }

    /// The entry of this name with its present value.
    pub(super) async fn get(&self, name: &str) -> Result<(Entry, SecretString), SecretError> {
        let entry = self.entries.get(name).cloned().ok_or_else(|| {
            SecretError::NotFound(format!(
                "the source has no credential \"{}\"; add it to [source.credentials]",
                crate::text::plain(name)
            ))
        })?;
        let value = entry.bearer.token().await?;
        Ok((entry, value))
    }
}
