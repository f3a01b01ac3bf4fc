//! Access tokens: whose they are, what they may read, and when they end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use sim::{Answer, Clock};

use crate::answer::refused;

/// The scopes that a connector can need.
pub const SCOPES: [&str; 5] = [
    "spark-admin:workspaces_read",
    "spark-admin:workspace_metrics_read",
    "spark-admin:devices_read",
    "spark-admin:locations_read",
    "spark:xapi_statuses",
];

/// How long a personal token from the developer site lives.
const PERSONAL_HOURS: i64 = 12;

/// A token that somebody made by hand. Those of apps come from `/v1/access_token`.
#[derive(Clone, Debug)]
pub struct Token {
    pub(crate) value: String,
    pub(crate) rights: Rights,
    /// From when the simulator learns of it.
    pub(crate) lifetime: Option<Duration>,
}

/// What a token may do.
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    /// Whether its owner is a full or a read-only administrator: both can read everything.
    pub(crate) administrator: bool,
    pub(crate) scopes: Vec<String>,
}

impl Rights {
    /// Those of an administrator with all [`SCOPES`].
    pub(crate) fn all() -> Self {
        Self {
            administrator: true,
            scopes: SCOPES.map(str::to_owned).to_vec(),
        }
    }
}

impl Token {
    /// The token of a full administrator, with all [`SCOPES`], without an end.
    #[must_use]
    pub fn full_admin(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            rights: Rights::all(),
            lifetime: None,
        }
    }

    /// The token of a read-only administrator, with the same scopes.
    #[must_use]
    pub fn read_only_admin(value: &str) -> Self {
        Self::full_admin(value)
    }

    /// The token of somebody without an administrator's role, although it has the scopes.
    #[must_use]
    pub fn without_admin_role(value: &str) -> Self {
        let mut token = Self::full_admin(value);
        token.rights.administrator = false;
        token
    }

    /// The token of a bot: no end, no role, and none of the scopes of administrators.
    #[must_use]
    pub fn bot(value: &str) -> Self {
        Self::without_admin_role(value).scopes(["spark:xapi_statuses"])
    }

    /// The personal token of a full administrator, which ends after 12 hours.
    #[must_use]
    pub fn personal(value: &str) -> Self {
        let mut token = Self::full_admin(value);
        token.lifetime = Some(Duration::hours(PERSONAL_HOURS));
        token
    }

    /// Replaces its scopes.
    #[must_use]
    pub fn scopes<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        self.rights.scopes = scopes.into_iter().map(str::to_owned).collect();
        self
    }
}

#[derive(Debug)]
struct Issued {
    rights: Rights,
    /// `None` for never; the past for a dead one.
    expires: Option<DateTime<Utc>>,
}

/// The access tokens so far.
#[derive(Debug)]
pub(crate) struct Tokens {
    clock: Arc<Clock>,
    issued: Mutex<HashMap<String, Issued>>,
}

impl Tokens {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            issued: Mutex::default(),
        }
    }

    /// Learns of the tokens that are new; a dead one stays dead.
    pub(crate) fn learn(&self, tokens: &[Token]) {
        let (now, mut issued) = (self.clock.now(), self.lock());
        for token in tokens {
            issued.entry(token.value.clone()).or_insert_with(|| Issued {
                rights: token.rights.clone(),
                expires: token.lifetime.map(|lifetime| now + lifetime),
            });
        }
    }

    /// Issues a token for this time.
    pub(crate) fn issue(&self, rights: Rights, lifetime: Duration) -> String {
        let value = format!("{}_sim_{}", sim::fresh().replace('-', ""), sim::fresh());
        let expires = Some(self.clock.now() + lifetime);
        self.lock().insert(value.clone(), Issued { rights, expires });
        value
    }

    pub(crate) fn expire(&self, token: &str) {
        if let Some(issued) = self.lock().get_mut(token) {
            issued.expires = Some(DateTime::UNIX_EPOCH);
        }
    }

    pub(crate) fn expire_all(&self) {
        for issued in self.lock().values_mut() {
            issued.expires = Some(DateTime::UNIX_EPOCH);
        }
    }

    /// What the bearer may do; 401 if the token is absent, unknown or dead.
    pub(crate) fn rights(&self, token: Option<&str>) -> Result<Rights, Answer> {
        let (now, issued) = (self.clock.now(), self.lock());
        let found = token.and_then(|token| issued.get(token));
        let alive = found.filter(|issued| issued.expires.is_none_or(|expires| now < expires));
        alive.map(|issued| issued.rights.clone()).ok_or_else(dead)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to a dead token.
pub(crate) fn dead() -> Answer {
    refused(
        401,
        "The request requires a valid access token set in the Authorization request header.",
    )
}
