//! The handle of tests on the running simulator: its addresses, and the levers that only Graph has.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Result;
use sim::{Options, Running};

use crate::app::App;
use crate::delta::LostDelta;
use crate::fault::Fault;
use crate::redirect::ConsentTamper;
use crate::routes::routes;
use crate::service::Service;
use crate::tenant::Tenant;

/// A running simulator on a thread of its own. It stops when it is dropped. What all simulators have is on [`Running`]:
/// the address of the login service ([`Running::url`]), rules for faults, the clock, the recorded requests.
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
    /// The description of the tenant has a mistake, or no port is free.
    pub fn start(tenant: Tenant) -> Result<Self> {
        Self::start_with(tenant, &Options::default())
    }

    /// Starts with TLS on a free loopback port; see [`Running::ca_pem`].
    ///
    /// # Errors
    /// As for [`Simulator::start`].
    pub fn start_tls(tenant: Tenant) -> Result<Self> {
        Self::start_with(
            tenant,
            &Options {
                tls: true,
                ..Options::default()
            },
        )
    }

    /// Starts with options.
    ///
    /// # Errors
    /// As for [`Simulator::start`].
    pub fn start_with(mut tenant: Tenant, options: &Options) -> Result<Self> {
        tenant.check()?;
        tenant.settle();
        let make = |origin: &str, core| Service::new(origin, tenant, core);
        let (service, running) = Running::start("graph-sim", options, make, routes)?;
        Ok(Self { service, running })
    }

    /// `{url}/v1.0`: the base of Graph.
    #[must_use]
    pub fn graph_url(&self) -> String {
        format!("{}/v1.0", self.service.origin)
    }

    /// Changes the tenant while it runs: events, mailboxes, members, secrets.
    ///
    /// # Errors
    /// `change` fails, or describes the tenant with a mistake. The change is then undone.
    pub fn update<T>(&self, change: impl FnOnce(&mut Tenant) -> Result<T>) -> Result<T> {
        let mut tenant = self.service.tenant_mut();
        let mut changed = tenant.clone();
        let given = change(&mut changed)?;
        changed.check()?;
        changed.settle();
        changed.generation += 1;
        *tenant = changed;
        self.service.tenant_changed();
        Ok(given)
    }

    /// Invalidates all tokens issued so far.
    pub fn expire_tokens(&self) {
        self.service.tokens.revoke_all();
    }

    /// Invalidates all links of `calendarView/delta` issued so far, even in the middle of a round. From now on such links
    /// are answered in this form.
    pub fn forget_deltas(&self, form: LostDelta) {
        self.service.rounds.forget(form);
    }

    /// Spoils the next answer of the consent page to an application.
    pub fn tamper_consent(&self, tamper: ConsentTamper) {
        self.service.tampering.set(tamper);
    }

    /// Whether the tenant has consented to the app with this client id, even if that has not replicated yet.
    #[must_use]
    pub fn is_consented(&self, client_id: &str) -> bool {
        let tenant = self.service.tenant();
        tenant.find_app(client_id).is_some_and(App::is_consented)
    }

    /// Number of token requests.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.requests_to("/oauth2/v2.0/token").len()
    }

    /// Number of batches.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.requests_to("/$batch").len()
    }
}

impl Deref for Simulator {
    type Target = Running<Fault>;

    fn deref(&self) -> &Running<Fault> {
        &self.running
    }
}
