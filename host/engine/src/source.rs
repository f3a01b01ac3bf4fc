//! A source made ready: its connector loaded, its settings checked, its credentials read, its grants and limits in force. This finds what
//! an administrator must correct in the configuration before anything is collected.

mod gates;
mod network;
mod secrets;
mod sign_in;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector_egress::credential::{CredentialError, SecretBytes, SecretRef};
use collector_egress::grant::{Grants, Origin};
use collector_egress::http::{Bearer, Client, Network, Traffic};
use collector_egress::token::FixedBearer;
use collector_model::form::Problem;
use collector_model::http::{FetchError, Request, Response};
use collector_model::secret::SecretError;
use collector_sandbox::settings::Words;
use collector_sandbox::{
    self, Access, Allowance, Authorization, Compilations, Connector, Manifest, Meter, Outside, Sandbox,
    Secret,
};
use collector_tasks::blocking::blocking;
use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use self::secrets::Secrets;
use self::sign_in::{Expiries, secret, token_source};
use crate::configured::{ConfigProblem, Egress, Source};
use crate::expiry::Expiry;

/// Reads a secret, given its key in the configuration (`client-secret`) and its place.
pub type ReadSecret = Arc<dyn Fn(&str, &SecretRef) -> Result<SecretBytes, CredentialError> + Send + Sync>;

/// The resources that one source may use.
#[derive(Debug, Clone)]
pub struct SourceLimits {
    /// The most requests in flight, and slices side by side.
    pub requests: usize,
    /// Time for a pass.
    pub pass_time: Duration,
    /// Limits of each call into the connector.
    pub call: collector_sandbox::Limits,
}

/// The resources that a pass used, even one that failed as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// The traffic on the network.
    pub traffic: Traffic,
    /// The resources that the calls into the connector took.
    pub sandbox: collector_sandbox::Usage,
}

/// A source that is ready to be collected.
pub struct ReadySource {
    /// Its name.
    pub name: String,
    /// Its connector.
    pub connector: Connector,
    /// Its settings, a JSON object.
    pub settings: String,
    /// The resources that it may use.
    pub limits: SourceLimits,
    /// Whether subjects may be seen.
    pub viewing: bool,
    authorization: Option<Authorization>,
    grants: Grants,
    client_id: Option<String>,
    outside: Arc<Reach>,
    /// When what it signs in with ends.
    expiries: Expiries,
    meter: Arc<Meter>,
    allowance: Arc<Allowance>,
    /// The client's traffic when the pass began.
    before: Mutex<Traffic>,
}

/// What a source has outside the sandbox: its HTTP client, and the secrets that the client puts into requests.
struct Reach {
    client: Client,
    secrets: Secrets,
}

impl Outside for Reach {
    fn fetch<'a>(
        &'a self,
        request: Request,
        secret: Option<&'a str>,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Response, FetchError>> {
        let bearer = secret.and_then(|name| self.secrets.bearer(name));
        Box::pin(async move { self.client.fetch(request, bearer.as_deref(), deadline).await })
    }

    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(self.secrets.get(name))
    }
}

/// The network as configured, for what the collector itself asks for. Reads a file and a secret.
///
/// # Errors
/// The file of authorities or the proxy's password cannot be read.
pub fn network_of(egress: &Egress) -> Result<Network, SetupError> {
    let read: ReadSecret = Arc::new(|key, reference| reference.read_bytes(key));
    network::network(egress, &read)
}

/// Why a source cannot be made ready.
#[derive(Debug)]
pub enum SetupError {
    /// The configuration is wrong.
    Configuration(Vec<ConfigProblem>),
    /// The installed connector cannot be used, or none is installed.
    Installed(String),
    /// The connector failed when asked about its settings.
    Connector(String),
}

impl From<ConfigProblem> for SetupError {
    fn from(problem: ConfigProblem) -> Self {
        Self::Configuration(vec![problem])
    }
}

impl ReadySource {
    /// Makes a source ready: its settings are checked, its credentials read.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn new(sandbox: &Sandbox, source: &Source, connector: Connector) -> Result<Self, SetupError> {
        let read: ReadSecret = Arc::new(|key, reference| reference.read_bytes(key));
        Self::with_secrets(sandbox, source, connector, read).await
    }

    /// Makes a source ready with secrets read by `read`: they may not be in their final place yet.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn with_secrets(
        sandbox: &Sandbox,
        source: &Source,
        connector: Connector,
        read: ReadSecret,
    ) -> Result<Self, SetupError> {
        let schema = &connector.manifest().settings_schema;
        let checked = schema.check_apart(&source.settings, Words::File).await;
        checked.map_err(|problems| about_settings(source, &problems))?;
        let authorization = connector
            .authorization(sandbox, &source.name, &source.settings.to_string())
            .await
            .map_err(|error| SetupError::Connector(error.to_string()))?
            .map_err(|problems| about_settings(source, &problems))?;
        let source = source.clone();
        // This reads secrets, derives keys, and reads the platform's trusted certificates.
        blocking(move || Self::equip(&source, connector, authorization, &read)).await
    }

    /// Equips a source with what it works with. Blocks.
    fn equip(
        source: &Source,
        connector: Connector,
        authorization: Option<Authorization>,
        read: &ReadSecret,
    ) -> Result<Self, SetupError> {
        let manifest = connector.manifest();
        let grants = grants(source, manifest)?;
        let limits = SourceLimits {
            requests: source.limits.requests,
            pass_time: source.limits.pass_time,
            call: collector_sandbox::Limits {
                memory: source.limits.memory,
                time: source.limits.slice_time,
                ..collector_sandbox::Limits::default()
            },
        };
        let http_limits = collector_egress::http::Limits {
            in_flight: limits.requests,
            ..collector_egress::http::Limits::default()
        };
        let gate = gates::gate(&source.name, limits.requests);
        let network = network::network(&source.egress, read)?;
        let client = Client::behind(gate, grants.clone(), network, http_limits)
            .map_err(|error| SetupError::Connector(error.to_string()))?;
        let mut expiries = Expiries::default();
        let mut secrets = fixed_secrets(source, manifest, &grants, read)?;
        if let Some(authorization) = authorization.clone() {
            let name = authorization.secret.clone();
            let (token, found) = token_source(source, manifest, authorization, &grants, &client, read)?;
            expiries = found;
            secrets.insert(
                name.clone(),
                Arc::new(token),
                is_revealed(source, manifest, &name),
            );
        }
        Ok(Self {
            name: source.name.clone(),
            connector,
            settings: source.settings.to_string(),
            limits,
            viewing: source.viewing,
            authorization,
            grants,
            client_id: source.credentials.client_id.clone(),
            outside: Arc::new(Reach { client, secrets }),
            expiries,
            meter: Arc::default(),
            allowance: Arc::new(Allowance::new(source.limits.pass_data)),
            before: Mutex::default(),
        })
    }

    /// Where its token comes from, and where an administrator consents; none if its connector needs no token.
    pub fn authorization(&self) -> Option<&Authorization> {
        self.authorization.as_ref()
    }

    /// The origins that it may reach.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// The application that it signs in as.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// When the certificates and the refresh token that it signs in with end, as far as is known now. The end of a client secret is unknown:
    /// the login service tells it only with a further permission.
    pub fn expiries(&self) -> Vec<Expiry> {
        self.expiries.now()
    }

    /// Logs a warning for each of them that ends soon after `now` (UTC seconds).
    pub fn warn_of_expiry(&self, now: i64) {
        for (text, remedy) in self.expiries().iter().filter_map(|expiry| expiry.warning(now)) {
            tracing::warn!(source = %self.name, "{text}; {remedy}");
        }
    }

    /// The token that the login service issues now; none if its connector needs none.
    pub async fn token(&self) -> Option<Result<SecretString, SecretError>> {
        let bearer = self
            .outside
            .secrets
            .bearer(&self.authorization.as_ref()?.secret)?;
        Some(bearer.token().await)
    }

    /// Forgets the token, which may be out of date, for example after a permission was given. The next one is fresh.
    pub fn forget_token(&self) {
        let name = self.authorization.as_ref().map(|token| token.secret.as_str());
        if let Some(bearer) = name.and_then(|name| self.outside.secrets.bearer(name)) {
            bearer.forget();
        }
    }

    /// What a call of a pass may reach.
    pub fn access(&self, deadline: Instant) -> Access {
        Access {
            source: self.name.as_str().into(),
            outside: Some(Arc::clone(&self.outside) as Arc<dyn Outside>),
            known: self.outside.secrets.known(),
            deadline,
            meter: Arc::clone(&self.meter),
            allowance: Arc::clone(&self.allowance),
        }
    }

    /// Starts counting usage for a new pass.
    pub fn begin_usage(&self) {
        self.meter.reset();
        self.allowance.reset();
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = self.outside.client.traffic();
    }

    /// Notes that rooms, or the reading of the lists, are put back until then, as the service asks.
    pub fn put_back(&self, due: Instant) {
        self.meter.put_back(due.saturating_duration_since(Instant::now()));
    }

    /// How many slices may run side by side now, each with a request in flight.
    pub fn places(&self) -> usize {
        self.outside.client.in_flight()
    }

    /// Notes that the service throttles rooms.
    pub fn throttled(&self) {
        self.outside.client.throttled();
    }

    /// What was used since the last pass began.
    pub fn usage(&self) -> Usage {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        Usage {
            traffic: self.outside.client.traffic().since(&before),
            sandbox: self.meter.read(),
        }
    }

    /// The client and the named bearer, for a reader without the sandbox: the benchmark that the collector is compared with.
    pub fn client_and_bearer(&self, name: &str) -> Option<(Client, Arc<dyn Bearer>)> {
        Some((self.outside.client.clone(), self.outside.secrets.bearer(name)?))
    }
}

/// Makes sources ready. A connector that several of them use is compiled once.
pub struct Workshop<'a> {
    sandbox: &'a Sandbox,
    /// The plugin directory.
    plugins: &'a Path,
    /// Known results of earlier compilations.
    compilations: Compilations,
    /// The file to use in place of every installed connector.
    replacement: Option<PathBuf>,
    loaded: HashMap<PathBuf, Connector>,
}

impl<'a> Workshop<'a> {
    /// A workshop for the connectors of a plugin directory, or for one file in place of them all.
    pub fn new(
        sandbox: &'a Sandbox,
        plugins: &'a Path,
        compilations: Compilations,
        replacement: Option<&Path>,
    ) -> Self {
        Self {
            sandbox,
            plugins,
            compilations,
            replacement: replacement.map(Path::to_owned),
            loaded: HashMap::new(),
        }
    }

    /// Makes a source ready.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn ready(&mut self, source: &Source) -> Result<ReadySource, SetupError> {
        let connector = self.connector(source).await?;
        ReadySource::new(self.sandbox, source, connector).await
    }

    /// The connector of a source.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn connector(&mut self, source: &Source) -> Result<Connector, SetupError> {
        let path = match &self.replacement {
            Some(path) => path.clone(),
            None => self.plugins.join(format!("{}.wasm", source.connector)),
        };
        if let Some(connector) = self.loaded.get(&path) {
            return Ok(connector.clone());
        }
        let connector = self
            .sandbox
            .load(&path, &self.compilations)
            .await
            .map_err(|error| SetupError::Installed(error.to_string()))?;
        self.loaded.insert(path, connector.clone());
        Ok(connector)
    }
}

fn about_settings(source: &Source, problems: &[Problem]) -> SetupError {
    SetupError::Configuration(
        problems
            .iter()
            .map(|problem| {
                let key = if problem.key.is_empty() {
                    "settings".to_owned()
                } else {
                    format!("settings.{}", problem.key)
                };
                source.problem(&key, &problem.problem, &problem.remedy)
            })
            .collect(),
    )
}

/// The granted origins: those in the configuration, or those that the connector asks for. This machine and private networks need the
/// configuration: a connector cannot have them by asking.
fn grants(source: &Source, manifest: &Manifest) -> Result<Grants, SetupError> {
    if let Some(granted) = &source.grants.http {
        return Ok(Grants::of(granted.iter().cloned()));
    }
    let mut asked = Vec::with_capacity(manifest.hosts.len());
    for host in &manifest.hosts {
        let origin = host.parse::<Origin>().map_err(|error| {
            SetupError::Connector(format!(
                "the connector {} asks for an invalid host: {error}",
                manifest.name
            ))
        })?;
        if !origin.is_localhost() && origin.address().is_none() {
            asked.push(origin);
        }
    }
    Ok(Grants::new(asked))
}

/// Whether a secret is revealed: the connector asked for this *and* the administrator granted it.
fn is_revealed(source: &Source, manifest: &Manifest, name: &str) -> bool {
    source.grants.reveal.iter().any(|granted| granted == name)
        && manifest
            .secrets
            .iter()
            .any(|need| need.name == name && need.reveal)
}

/// The secrets that are sent as they are.
fn fixed_secrets(
    source: &Source,
    manifest: &Manifest,
    grants: &Grants,
    read: &ReadSecret,
) -> Result<Secrets, SetupError> {
    let mut secrets = Secrets::default();
    for (name, reference) in &source.credentials.others {
        if !manifest.secrets.iter().any(|need| need.name == *name) {
            let asked = manifest
                .secrets
                .iter()
                .map(|need| need.name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(source
                .problem(
                    &format!("credentials.{name}"),
                    &format!("the connector {} does not ask for this credential", manifest.name),
                    &format!(
                        "remove it; allowed are client-id, client-secret, certificate, certificate-password, federated-token, refresh-token, \
                         managed-identity and those that the connector asks for ({asked})"
                    ),
                )
                .into());
        }
        let value = secret(source, read, name, reference)?;
        // The connector says where the secret goes, within the grants.
        let audience = grants.iter().cloned().collect();
        let bearer = match source.credentials.users.get(name) {
            Some(user) => FixedBearer::password(user, &value, audience),
            None => FixedBearer::new(value, audience),
        };
        secrets.insert(
            name.clone(),
            Arc::new(bearer),
            is_revealed(source, manifest, name),
        );
    }
    Ok(secrets)
}
