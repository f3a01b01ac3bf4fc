//! `collector run`: collects each source when it is due, with the newest usable connectors of the plugin directory, and delivers the
//! changes. Each source and each sink has a task of its own; they share the store, the sandbox and the connectors.

mod checking;
mod delivery;
mod folding;
mod housekeeping;
mod opening;
mod outside;
mod pulse;
mod said;
mod schedule;
mod shared;
mod signals;
mod source_task;
mod tasks;
mod watch_file;
mod weekly;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use collector_admin::config::Config;
use collector_engine::connectors::{Connectors, Use};
use collector_engine::pass::{Stop, Stopper};
use collector_engine::source::{ReadySource, SetupError};
use collector_files::data_directory;
use collector_portal::TrustedProxies;
use collector_sandbox::Sandbox;
use collector_store::lock::{Lock, LockError};
use collector_store::{Event, Identity, SharedStore, Store, StoreError};
use collector_tasks::blocking::blocking;
use collector_tasks::watched::{Broken, revived, watched};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use self::checking::Checking;
use self::outside::Places;
use self::pulse::Pulse;
pub(crate) use self::shared::Shared;
use self::signals::{Signal, Signals};
use self::tasks::Tasks;
use self::watch_file::WatchedFile;
use crate::metrics::Metrics;
use crate::portal::Tls;
use crate::usage::receivers::Receiving;

/// A service that is ready to run.
pub struct Service {
    path: PathBuf,
    config: Config,
    store: Store,
    lock: Lock,
    /// The check of a large store.
    checking: Checking,
}

/// Why a service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] collector_admin::config::ConfigError),
    /// Another process holds the data directory, or it cannot be written.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system does not start the check of a large store.
    #[error("the check of the store cannot be started: {0}")]
    Check(#[from] std::io::Error),
    /// The store is damaged.
    #[error(
        "the store in {} is damaged ({found}); put a backup in its place, or move it away and let the next passes fill a new one", .data.display()
    )]
    Damaged {
        /// The data directory.
        data: PathBuf,
        /// The first fault that was found.
        found: String,
    },
}

impl Service {
    /// Reads the configuration, locks the data directory, and checks the store, or begins to if it is large.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn prepare(path: &Path) -> Result<Self, StartError> {
        let (config, is_there) = Config::load_or_empty(path)?;
        if !is_there {
            tracing::warn!(
                "there is no {} yet; adding the first source creates it (`collector add`, or the Admin Portal)",
                path.display()
            );
        }
        if data_directory::everybody_may_write(&config.plugins) {
            // Only a warning: an administrator may want others to install connectors, and some mounts show every file as writable.
            tracing::warn!(
                "every user of this machine may put connectors into {}; forbid that with `chmod o-w`",
                config.plugins.display()
            );
        }
        let lock = Lock::take(&config.data)?;
        let mut store = Store::open(&config.data)?;
        let later = match store.size()? {
            checking::LARGE.. => store.again()?,
            _ => None,
        };
        let checking = match later {
            Some(reader) => Checking::begin(reader)?,
            None => match store.check()? {
                None => Checking::OVER,
                Some(found) => {
                    return Err(StartError::Damaged {
                        data: config.data,
                        found,
                    });
                }
            },
        };
        if let Some(identity) = store.recognize()? {
            say_identity(&identity);
        }
        Ok(Self {
            path: path.to_owned(),
            config,
            store,
            lock,
            checking,
        })
    }

    /// Runs until told to stop.
    ///
    /// # Errors
    /// The service could not start (no thread, no plugin directory, the address for metrics is in use), or a defect of the collector ended
    /// the server of its pages.
    pub async fn run(self) -> anyhow::Result<()> {
        self.run_with(Sandbox::new()?).await
    }

    /// Like [`Service::run`], with the caller's sandbox: a program other than `collector` cannot start itself to compile.
    ///
    /// # Errors
    /// See [`Service::run`].
    pub async fn run_with(self, sandbox: Sandbox) -> anyhow::Result<()> {
        let mut signals = Signals::new()?;
        signals::end_by_force(self.config.service.grace)?;
        let listener = outside::listen(self.config.service.listen, "service").await?;
        let portal_listener = outside::listen(self.config.portal.listen, "portal").await?;
        let tls = self
            .config
            .portal
            .certificate
            .as_deref()
            .map(Tls::read)
            .transpose()?;
        let store = SharedStore::new(self.store);
        let sandbox = Arc::new(sandbox);
        let plugins = Connectors::start(
            Arc::clone(&sandbox),
            self.config.plugins.clone(),
            self.config.data.clone(),
            store.clone(),
            uses(&self.config),
        )
        .await?;
        let shared = Arc::new(Shared {
            sandbox,
            plugins,
            store,
            metrics: Metrics::new()?,
            grace: self.config.service.grace,
            lock: self.lock,
            unstored: Mutex::default(),
            unkept: Mutex::default(),
            pulse: Pulse::default(),
            stored: watch::Sender::new(0),
            folded: watch::Sender::new(0),
            receivers: Arc::default(),
            sources: Mutex::default(),
        });
        let web_stopper = Stopper::default();
        let mut pages = JoinSet::new();
        if let Some(listener) = listener {
            if let Ok(address) = listener.local_addr() {
                tracing::info!("listening on http://{address} (/healthz, /readyz, /metrics)");
            }
            let site = outside::site(&shared, self.config.service.names.clone());
            let router = crate::web::router(site);
            let proxies = TrustedProxies::default();
            pages.spawn(outside::serve(
                listener,
                router,
                None,
                proxies,
                web_stopper.stop(),
            ));
        }
        let config = Arc::new(self.config);
        let in_force = watch::Sender::new(Arc::clone(&config));
        // One at a time: the caller waits for the answer.
        let (apply, mut to_apply) = tokio::sync::mpsc::channel(1);
        // Before anybody can post: a device that is refused too often stops for good.
        tasks::apply_receivers(&shared, &config, false).await;
        if let Some(listener) = portal_listener {
            let places = Places {
                path: &self.path,
                config: &config,
                in_force: in_force.subscribe(),
                apply,
            };
            pages.spawn(outside::portal(&shared, places, listener, tls, web_stopper.stop()).await?);
        }
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            sources = config.source_names().count(),
            sinks = config.sinks.len(),
            "the collector runs"
        );
        let mut file = WatchedFile::new(&self.path);
        let mut running = Running {
            path: self.path,
            fixed: Fixed::of(&config),
            shared: Arc::clone(&shared),
            tasks: Tasks::new(in_force.subscribe()),
            in_force,
        };
        shared.show_remembered(&config).await;
        running.tasks.apply(&shared, &config, false).await?;
        signals::ready();
        let housekeeper = Stopper::default();
        let in_force = &running.in_force;
        let housekeeping = start("housekeeping", &shared, in_force, &housekeeper, housekeeping::run);
        let folding = start("folding", &shared, in_force, &housekeeper, folding::run);
        let posting = start("weekly summary", &shared, in_force, &housekeeper, weekly::run);
        let felt = Arc::clone(&shared);
        let feeling = tokio::spawn(revived("pulse", move || feel_store(Arc::clone(&felt))));
        let mut beat = tokio::time::interval(pulse::BEAT);
        let mut ended = Ok(());
        let mut checking = self.checking;
        loop {
            tokio::select! {
                signal = signals.next() => match signal {
                    Signal::Stop => break,
                    Signal::Reread => {
                        tracing::info!("asked to read everything again");
                        shared.plugins.rescan();
                        let _ = running.reload(true).await;
                    }
                },
                // A refusal was logged.
                () = file.changed() => { let _ = running.reload(false).await; }
                Some(done) = to_apply.recv() => {
                    file.saw();
                    let applied = running.reload(false).await;
                    // The caller may be gone.
                    let _ = tokio::sync::oneshot::Sender::send(done, applied);
                }
                // Pages are served until told to stop, so this is a defect. The service manager starts the process again.
                Some(_) = pages.join_next() => {
                    ended = Err(anyhow::Error::from(Broken).context("the pages are no longer served"));
                    break;
                }
                found = checking.fault() => {
                    ended = Err(StartError::Damaged { data: config.data.clone(), found }.into());
                    break;
                }
                _ = beat.tick() => shared.pulse.schedule_moved(),
            }
        }
        drop(checking);
        signals::stopping();
        tracing::info!(grace = %humantime::format_duration(shared.grace), "stopping");
        let by = Instant::now() + shared.grace;
        feeling.abort();
        housekeeper.request(Instant::now());
        running.tasks.stop(by).await;
        // It works in small transactions, so it may be cut off.
        housekeeping.abort();
        folding.abort();
        posting.abort();
        shared.plugins.clone().stop().await;
        if let Err(error) = shared.try_store(|store| store.settle()).await {
            tracing::warn!("could not write the store's log back into its file: {error:#}");
        }
        web_stopper.request(Instant::now());
        while pages.join_next().await.is_some() {}
        tracing::info!("stopped");
        ended
    }
}

/// The configuration that takes effect only at a start.
#[derive(PartialEq, Eq)]
struct Fixed {
    plugins: PathBuf,
    data: PathBuf,
    service: collector_admin::config::Service,
    portal: collector_admin::config::Portal,
}

impl Fixed {
    fn of(config: &Config) -> Self {
        Self {
            plugins: config.plugins.clone(),
            data: config.data.clone(),
            service: config.service.clone(),
            portal: config.portal.clone(),
        }
    }
}

struct Running {
    path: PathBuf,
    fixed: Fixed,
    shared: Arc<Shared>,
    tasks: Tasks,
    /// The configuration that was applied last.
    in_force: watch::Sender<Arc<Config>>,
}

impl Running {
    /// Applies the whole configuration file as it is now, or nothing if something is wrong with it.
    async fn reload(&mut self, reread: bool) -> Result<(), String> {
        match watched(self.try_reload(reread)).await {
            Ok(applied) => applied,
            Err(broken) => self.refuse(broken.to_string()).await,
        }
    }

    async fn try_reload(&mut self, reread: bool) -> Result<(), String> {
        let path = self.path.clone();
        let config = match blocking(move || Config::load(&path)).await {
            Ok(config) => Arc::new(config),
            Err(error) => return self.refuse(error.to_string()).await,
        };
        if let Some(problem) = self.first_problem(&config, reread).await {
            return self.refuse(problem).await;
        }
        if Fixed::of(&config) != self.fixed {
            tracing::warn!("`plugins`, `data`, [service] and [portal] take effect at the next start");
        }
        let shared = Arc::clone(&self.shared);
        let uses = uses(&config);
        let applied = self.tasks.apply(&shared, &config, reread).await;
        match applied {
            Ok(()) => {
                shared.plugins.set_uses(uses);
                self.in_force.send_replace(config);
                tracing::info!("the configuration was applied");
                self.keep_event("configuration-applied", None).await;
                Ok(())
            }
            Err(error) => self.refuse(format!("{error:#}")).await,
        }
    }

    /// The first problem with the settings or credentials of a source or a sink, as far as the connector is there to tell. Checks only what
    /// changed, so that a secret that went missing does not block every other change; with `all`, checks everything.
    async fn first_problem(&self, config: &Config, all: bool) -> Option<String> {
        let before = Arc::clone(&self.in_force.borrow());
        let changed = |source: &&collector_admin::config::Source| {
            all || !before.sources.iter().any(|other| other.collects_like(source))
        };
        // Problems of a paused source do not matter.
        for source in config
            .sources
            .iter()
            .filter(|source| !source.paused)
            .filter(changed)
        {
            // A connector that is missing or breaks is not the file's fault.
            if let Ok(version) = self.shared.plugins.current(&source.connector)
                && let Err(SetupError::Configuration(problems)) =
                    ReadySource::new(&self.shared.sandbox, source, version.connector).await
            {
                return Some(collector_admin::config::lines(&problems));
            }
        }
        let changed = |sink: &&collector_admin::config::Sink| {
            all || !before
                .sinks
                .iter()
                .any(|other| other.name == sink.name && other.written == sink.written)
        };
        for sink in config.sinks.iter().filter(changed) {
            if let Err(problem) = delivery::open(sink).await {
                return Some(problem);
            }
        }
        if let Some(weekly) = &config.insights.weekly
            && (all || before.insights.weekly.as_ref() != Some(weekly))
        {
            let weekly = weekly.clone();
            if let Err(problem) = blocking(move || weekly.open().map(drop)).await {
                return Some(problem);
            }
        }
        for receiver in config
            .receivers
            .iter()
            .filter(|receiver| all || !self.shared.receivers.has(receiver))
        {
            let receiver = receiver.clone();
            let receiving = blocking(move || Receiving::open(&receiver)).await;
            if let Some(problem) = receiving.problem() {
                return Some(problem.to_owned());
            }
        }
        None
    }

    async fn refuse(&self, problem: String) -> Result<(), String> {
        tracing::error!("the configuration was not applied, and nothing was changed: {problem}");
        self.keep_event("configuration-refused", Some(problem.clone()))
            .await;
        Err(problem)
    }

    async fn keep_event(&self, kind: &str, cause: Option<String>) {
        let event = Event {
            at: now(),
            kind: kind.to_owned(),
            subject: self.path.display().to_string(),
            version: None,
            digest: None,
            cause,
        };
        self.shared
            .store("an event", move |store| store.put_event(&event))
            .await;
    }
}

/// Logs that the store took a new identity, which explains why sinks receive everything again.
pub(crate) fn say_identity(identity: &Identity) {
    if let Some((_, reason)) = &identity.taken {
        tracing::warn!(
            store = %identity.id,
            "the store took a new identity because {reason}: every sink receives all meetings again"
        );
    }
}

fn uses(config: &Config) -> Vec<Use> {
    config
        .sources
        .iter()
        .map(|source| Use {
            source: source.name.clone(),
            connector: source.connector.clone(),
            settings: source.settings.clone(),
        })
        .collect()
}

/// UTC seconds.
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// Starts a task beside those of sources and sinks. It begins anew after a defect.
fn start<W: Future<Output = ()> + Send + 'static>(
    name: &'static str,
    shared: &Arc<Shared>,
    in_force: &watch::Sender<Arc<Config>>,
    stopper: &Stopper,
    run: fn(Arc<Shared>, watch::Receiver<Arc<Config>>, Stop) -> W,
) -> JoinHandle<()> {
    let (shared, in_force, stop) = (Arc::clone(shared), in_force.subscribe(), stopper.stop());
    tokio::spawn(revived(name, move || {
        run(Arc::clone(&shared), in_force.clone(), stop.clone())
    }))
}

/// Writes to the store again and again to see that it answers, until aborted.
async fn feel_store(shared: Arc<Shared>) {
    loop {
        // A store that refuses (a full disk) still makes progress.
        let _ = shared.try_store(|_| Ok(())).await;
        shared.pulse.store_moved();
        tokio::time::sleep(pulse::BEAT).await;
    }
}
