//! The handle of tests on the running simulator: its addresses, its requests, and its levers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::App;
use crate::delta::LostDelta;
use crate::record::Recorded;
use crate::redirect::ConsentTamper;
use crate::routes::routes;
use crate::rule::Rule;
use crate::server::serve;
use crate::service::Service;
use crate::tenant::Tenant;
use crate::tls::Authority;

/// Options of a [`Simulator`]; by default a free port without TLS.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0 picks a free one.
    pub port: u16,
    /// Whether to serve TLS, under a certificate authority made for this run.
    pub tls: bool,
}

/// A running simulator on a thread of its own. It stops when it is dropped.
pub struct Simulator {
    service: Arc<Service>,
    authority: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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

    /// Starts with TLS on a free loopback port; see [`Simulator::ca_pem`].
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
        let authority = if options.tls {
            Some(Authority::make()?)
        } else {
            None
        };
        let acceptor = authority.as_ref().map(|authority| authority.acceptor.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        // Bind here, so that the address is known and in use on return.
        let socket =
            std::net::TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let origin = if options.tls {
            format!("https://localhost:{port}")
        } else {
            format!("http://127.0.0.1:{port}")
        };
        let service = Arc::new(Service::new(origin, tenant));
        let (stop, stopped) = oneshot::channel();
        let (started, wait) = mpsc::channel();
        let routes = routes(Arc::clone(&service));
        let thread = std::thread::Builder::new()
            .name("graph-sim".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = match runtime {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                runtime.block_on(async move {
                    let listener = match TcpListener::from_std(socket) {
                        Ok(listener) => listener,
                        Err(error) => {
                            let _ = started.send(Err(error));
                            return;
                        }
                    };
                    let _ = started.send(Ok(()));
                    tokio::select! {
                        _ = serve(listener, acceptor, routes) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        wait.recv().context("the simulator's thread ended at once")??;
        let authority = authority.map(|authority| authority.pem);
        Ok(Self {
            service,
            authority,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT` (`https://localhost:PORT` with TLS): the base of the login service.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.service.origin
    }

    /// `{url}/v1.0`: the base of Graph.
    #[must_use]
    pub fn graph_url(&self) -> String {
        format!("{}/v1.0", self.service.origin)
    }

    /// The certificate of the authority that a client must trust, PEM; only with TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.authority.as_deref()
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

    /// Adds a rule for faults. Rules are checked in the order in which they were added.
    pub fn inject(&self, rule: Rule) {
        self.service.faults.add(rule);
    }

    /// Forgets all rules.
    pub fn no_more_faults(&self) {
        self.service.faults.clear();
    }

    /// Seeds the dice for probabilities and for the order of batch answers.
    pub fn seed(&self, seed: u64) {
        self.service.faults.seed(seed);
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

    /// Advances the simulator's clock, which otherwise follows the real one: consents replicate and tokens age.
    pub fn advance(&self, by: Duration) {
        self.service.clock.advance(by);
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

    /// All requests so far, in the order in which they were answered; those inside a batch precede it.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.service.record.all()
    }

    /// The requests whose decoded path or query contains `part`, in any case.
    #[must_use]
    pub fn requests_to(&self, part: &str) -> Vec<Recorded> {
        let part = part.to_lowercase();
        self.requests()
            .into_iter()
            .filter(|request| request.decoded().to_lowercase().contains(&part))
            .collect()
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

    /// Bytes of bodies that the simulator sent. A batch counts as a whole.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        let whole = self.requests().into_iter().filter(|request| !request.inner);
        whole.map(|request| request.bytes).sum()
    }

    /// The highest number of whole requests under way at one time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.service.record.most_in_flight()
    }

    /// Forgets the recorded requests, for example before a second pass.
    pub fn forget_requests(&self) {
        self.service.record.forget();
    }

    /// Records nothing from now on, for benchmarks.
    pub fn record_nothing(&self) {
        self.service.record.turn_off();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
