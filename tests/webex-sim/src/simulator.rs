//! The handle of tests on the running simulator: its addresses, and the levers that only Webex has.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Result;
use sim::{Options, Running};

use crate::fault::Fault;
use crate::organization::Organization;
use crate::routes::routes;
use crate::service::Service;

/// A running simulator on a thread of its own. It stops when it is dropped. What all simulators have is on [`Running`]:
/// the address, rules for faults, the clock, the recorded requests.
pub struct Simulator {
    service: Arc<Service>,
    running: Running<Fault>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// Starts on a free loopback port; works in tests with and without a runtime.
    ///
    /// # Errors
    /// The description of the organization has a mistake, or no port is free.
    pub fn start(organization: Organization) -> Result<Self> {
        Self::start_with(organization, &Options::default())
    }

    /// Starts with options; with TLS, see [`Running::ca_pem`].
    ///
    /// # Errors
    /// As for [`Simulator::start`].
    pub fn start_with(organization: Organization, options: &Options) -> Result<Self> {
        organization.check()?;
        let make = |origin: &str, core| Service::new(origin, organization, core);
        let (service, running) = Running::start("webex-sim", options, make, routes)?;
        Ok(Self { service, running })
    }

    /// `{url}/v1`: the base of the API.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// Changes the organization while it runs: workspaces, devices, what they saw, new tokens.
    ///
    /// # Errors
    /// `change` fails, or describes the organization with a mistake. The change is then undone.
    pub fn update<T>(&self, change: impl FnOnce(&mut Organization) -> Result<T>) -> Result<T> {
        let mut organization = self.service.organization_mut();
        let mut changed = organization.clone();
        let given = change(&mut changed)?;
        changed.check()?;
        self.service.learn(&changed);
        *organization = changed;
        Ok(given)
    }

    /// Invalidates all access tokens so far.
    pub fn expire_tokens(&self) {
        self.service.tokens.expire_all();
    }

    /// Revokes all refresh tokens so far.
    pub fn revoke_refresh_tokens(&self) {
        self.service.refresh.revoke_all();
    }

    /// Number of token requests.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.requests_to("/v1/access_token").len()
    }
}

impl Deref for Simulator {
    type Target = Running<Fault>;

    fn deref(&self) -> &Running<Fault> {
        &self.running
    }
}
