//! What the service shows to the outside: readiness, metrics, and the Admin Portal.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use collector_admin::config::Config;
use collector_engine::pass::{PassError, PassReport, Stop};
use collector_engine::source::ReadySource;
use collector_engine::source::Usage;
use collector_portal::TrustedProxies;
use collector_store::{Reader, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::{Shared, now};
use crate::portal::{Apply, Program, Tls};
use crate::web::Site;

/// The pages for machines of a service, which answer to these names.
pub(super) fn site(shared: &Arc<Shared>, names: Vec<String>) -> Site {
    let (asked, counted, felt) = (Arc::clone(shared), Arc::clone(shared), Arc::clone(shared));
    Site {
        metrics: shared.metrics.clone(),
        refresh: Arc::new(move |metrics| {
            let reloads = counted.plugins.reloads();
            let reloads: Vec<_> = reloads
                .iter()
                .map(|(connector, result, count)| (connector.as_str(), *result, *count))
                .collect();
            metrics.reloads(&reloads);
            metrics.panics(collector_tasks::watched::panics());
            let store = counted.store.clone();
            Box::pin(async move {
                match store.read(|store| store.sinks()).await {
                    Ok(sinks) => metrics.sinks(&sinks, now()),
                    Err(error) => tracing::warn!("the metrics of the sinks are out of date: {error:#}"),
                }
            })
        }),
        still: Arc::new(move || felt.pulse.still()),
        unready: Arc::new(move || asked.problems()),
        names,
    }
}

/// Listens on the address in a section of the configuration, if there is one.
pub(super) async fn listen(
    address: Option<std::net::SocketAddr>,
    section: &str,
) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let listener = TcpListener::bind(address).await.map_err(|cause| {
        anyhow::anyhow!(
            "cannot listen on {address}: {cause}; choose another address with `listen` in [{section}], or \"off\""
        )
    })?;
    Ok(Some(listener))
}

/// Serves pages until the service stops. Each of `proxies` forwards requests of many clients.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    proxies: TrustedProxies,
    mut stop: Stop,
) {
    let stopped = async move {
        stop.requested().await;
    };
    crate::web::serve(listener, router, tls, proxies, stopped).await;
}

/// Handles to what the portal shows and changes.
pub(super) struct Places<'a> {
    /// The configuration file.
    pub(super) path: &'a Path,
    /// The configuration at the start of the service.
    pub(super) config: &'a Config,
    /// The configuration in force.
    pub(super) in_force: watch::Receiver<Arc<Config>>,
    /// Applies the configuration file.
    pub(super) apply: Apply,
}

/// Prepares the Admin Portal; the returned future serves it until the service stops.
///
/// # Errors
/// The portal has no usable address, or its accounts cannot be read.
pub(super) async fn portal(
    shared: &Arc<Shared>,
    places: Places<'_>,
    listener: TcpListener,
    tls: Option<Tls>,
    stop: Stop,
) -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let address = places
        .config
        .portal
        .address_at(listener.local_addr()?)
        .context("the portal has no address")?;
    // Also true if a proxy in front of us terminates TLS.
    let secure = address.scheme() == "https";
    tracing::info!("the Admin Portal is at {address}");
    let proxies = TrustedProxies::new(places.config.portal.trusted_proxies.clone());
    let program = program(shared, places, &address)?;
    let router = crate::portal::router(program, address, secure, proxies.clone()).await?;
    Ok(serve(listener, router, tls, proxies, stop))
}

/// The service, as far as the portal at `address` needs it.
fn program(shared: &Arc<Shared>, places: Places<'_>, address: &Url) -> anyhow::Result<Program> {
    let asked = Arc::clone(shared);
    Ok(Program {
        // Absolute, so that relative paths in a draft resolve as they would in the file.
        path: std::path::absolute(places.path)?,
        data: std::path::absolute(&places.config.data)?,
        plugins_directory: std::path::absolute(&places.config.plugins)?,
        sandbox: Arc::clone(&shared.sandbox),
        plugins: shared.plugins.clone(),
        store: shared.store.clone(),
        begun: shared.store.lock().last_event()?,
        config: places.in_force,
        now: Arc::new(move || {
            asked
                .sources
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        }),
        receivers: Arc::clone(&shared.receivers),
        metrics: shared.metrics.clone(),
        apply: places.apply,
        edits: Arc::default(),
        redirect: address.join(crate::portal::REDIRECT)?.into(),
    })
}

impl Shared {
    /// The problems that prevent collection and reception, one line per source.
    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self
            .sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter_map(|(source, now)| Some(format!("source \"{source}\": {}", now.problem.as_ref()?)))
            .collect();
        // These name their source themselves.
        problems.extend(self.receivers.problems().into_values());
        problems
    }

    /// Shows the stored records of the configured sources in the metrics.
    pub(super) async fn show_remembered(&self, config: &Config) {
        let names: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
        let metrics = self.metrics.clone();
        self.show(move |store| {
            for pass in store.passes()? {
                if names.contains(&pass.source) {
                    metrics.remember(&pass);
                    metrics.meetings(&pass.source, store.stored_meetings(&pass.source)?);
                }
            }
            Ok(())
        })
        .await;
    }

    /// Updates metrics from the store; if it cannot be read, the old values stay.
    async fn show(&self, show: impl FnOnce(&Reader) -> Result<(), StoreError> + Send + 'static) {
        if let Err(error) = self.store.read(show).await {
            tracing::warn!("the metrics are out of date: {error:#}");
        }
    }

    /// Counts a pass that could not even begin.
    pub(super) fn show_unready(&self, source: &str) {
        self.metrics
            .pass_failed(source, Duration::ZERO, &Usage::default(), now());
    }

    /// Counts a pass that ended after so much time. A pass stopped before its first room does not count.
    pub(super) async fn show_pass(
        &self,
        source: &ReadySource,
        time: Duration,
        ended: &Result<PassReport, PassError>,
    ) {
        self.metrics.requests_limit(&source.name, source.places());
        let report = match ended {
            Ok(report) => report,
            Err(PassError::Stopped) => return,
            Err(_) => {
                self.metrics
                    .pass_failed(&source.name, time, &source.usage(), now());
                return;
            }
        };
        self.metrics.pass_ended(report, now());
        let changes = report.changes();
        if changes.new + changes.gone > 0 {
            let (metrics, name) = (self.metrics.clone(), source.name.clone());
            self.show(move |store| {
                metrics.meetings(&name, store.stored_meetings(&name)?);
                Ok(())
            })
            .await;
        }
    }
}
