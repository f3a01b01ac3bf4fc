//! Apps and their refresh tokens: an integration or a service app that an administrator has authorized.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::token::Rights;

/// What the service does with a refresh token that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Returns the same one.
    #[default]
    Never,
    /// Returns another one; the old one works until the new one was used.
    OldUntilNewUsed,
    /// Returns another one; the old one no longer works.
    AtOnce,
}

/// An authorized app.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    refresh_token: String,
    pub(crate) rights: Rights,
    pub(crate) access: Duration,
    pub(crate) refresh: Duration,
    pub(crate) rotation: Rotation,
}

impl App {
    /// An integration that a full administrator authorized, with all [`SCOPES`](crate::SCOPES): access tokens live 14 days,
    /// refresh tokens 90 days from their last use.
    #[must_use]
    pub fn new(client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            refresh_token: refresh_token.to_owned(),
            rights: Rights::all(),
            access: Duration::days(14),
            refresh: Duration::days(90),
            rotation: Rotation::Never,
        }
    }

    /// Makes it a service app: access tokens live one hour.
    #[must_use]
    pub fn service_app(mut self) -> Self {
        self.access = Duration::hours(1);
        self
    }

    /// Makes it one of the government's cloud: refresh tokens live 60 days from their last use.
    #[must_use]
    pub fn government(mut self) -> Self {
        self.refresh = Duration::days(60);
        self
    }

    /// Has its refresh token change when it is used.
    #[must_use]
    pub fn rotates(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Replaces its scopes.
    #[must_use]
    pub fn scopes<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        self.rights.scopes = scopes.into_iter().map(str::to_owned).collect();
        self
    }
}

#[derive(Debug)]
struct Refresh {
    client_id: String,
    /// The past for a revoked one.
    expires: DateTime<Utc>,
    /// The one that it replaces.
    former: Option<String>,
}

/// The refresh tokens so far.
#[derive(Debug, Default)]
pub(crate) struct RefreshTokens {
    known: Mutex<HashMap<String, Refresh>>,
}

impl RefreshTokens {
    /// Learns of the first tokens of apps that are new.
    pub(crate) fn learn(&self, apps: &[App], now: DateTime<Utc>) {
        let mut known = self.lock();
        for app in apps {
            known.entry(app.refresh_token.clone()).or_insert_with(|| Refresh {
                client_id: app.client_id.clone(),
                expires: now + app.refresh,
                former: None,
            });
        }
    }

    /// Uses a token of an app and returns the one to use from then on; `None` if it has expired, was revoked, or never was
    /// one of this app.
    pub(crate) fn renew(&self, app: &App, token: &str, now: DateTime<Utc>) -> Option<String> {
        let mut known = self.lock();
        let used = known
            .get_mut(token)
            .filter(|refresh| refresh.client_id == app.client_id && now < refresh.expires)?;
        used.expires = now + app.refresh;
        // A dead token stays known, or it would be learnt anew.
        if let Some(former) = used.former.take() {
            revoke(&mut known, &former);
        }
        let former = match app.rotation {
            Rotation::Never => return Some(token.to_owned()),
            Rotation::OldUntilNewUsed => Some(token.to_owned()),
            Rotation::AtOnce => {
                revoke(&mut known, token);
                None
            }
        };
        let new = format!("{}_sim_refresh", sim::fresh());
        let refresh = Refresh {
            client_id: app.client_id.clone(),
            expires: now + app.refresh,
            former,
        };
        known.insert(new.clone(), refresh);
        Some(new)
    }

    pub(crate) fn revoke_all(&self) {
        for refresh in self.lock().values_mut() {
            refresh.expires = DateTime::UNIX_EPOCH;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Refresh>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn revoke(known: &mut HashMap<String, Refresh>, token: &str) {
    if let Some(refresh) = known.get_mut(token) {
        refresh.expires = DateTime::UNIX_EPOCH;
    }
}
