//! The configuration, `collector.toml`: reads the file and reports all its problems at once. Only its connector knows what the settings of
//! a source mean; see `settings.rs` for how they are checked.

pub mod edit;
mod egress;
mod file;
mod grants;
mod insights;
mod length;
mod portal;
mod position;
mod reader;
mod receiver;
mod secret;
mod service;
mod sign_in;
mod sink;
mod source;
mod weekly;

use std::path::{Path, PathBuf};
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_egress::token::kept_name;
use toml::de::DeTable;

pub use self::insights::{Insights, InsightsRoom};
pub use self::portal::Portal;
pub use self::position::ConfigError;
use self::position::{Positions, Problems};
use self::reader::Reader;
pub use self::receiver::Receiver;
use self::secret::Folders;
pub use self::service::Service;
pub use self::sign_in::SignIn;
use self::sink::OwnFiles;
pub use self::sink::{OpenError, Sink};
pub use self::weekly::Weekly;
pub use collector_engine::configured::{
    ConfigProblem, Credentials, Egress, Grants, Limits, ManagedIdentity, RefreshToken, Source, lines,
};

/// How long meetings, usage and coverage records may be kept.
const KEEP: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(24 * 60 * 60)..=Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// The default of [`Config::keep_usage`].
const KEEP_USAGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The default of [`Config::forget_at_most`].
const FORGET_AT_MOST: u8 = 25;

/// A configuration that can be used.
#[derive(Debug)]
pub struct Config {
    /// The plugin directory.
    pub plugins: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// How long meetings are kept after their end; none: for ever.
    pub keep: Option<Duration>,
    /// How long usage and coverage records are kept after their end.
    pub keep_usage: Duration,
    /// The percentage of all meetings, and of all usage and coverage records, that may be deleted at once when the clock seems to have
    /// jumped.
    pub forget_at_most: u8,
    /// How the service runs.
    pub service: Service,
    /// Where the Admin Portal is served.
    pub portal: Portal,
    /// How sources without an `egress` table of their own reach the network.
    pub egress: Egress,
    /// The sources that are collected; empty until the first one is added.
    pub sources: Vec<Source>,
    /// The sources that receive. No two sources of either kind have the same name.
    pub receivers: Vec<Receiver>,
    /// The sinks, each with a name of its own.
    pub sinks: Vec<Sink>,
    /// What the administrator knows about rooms.
    pub insights: Insights,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// There is no such file, or it has problems: all of them, each with file, line, key and remedy.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = file::read(path).map_err(|cause| ConfigError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&text, path)
    }

    /// The same, but a missing file counts as an empty configuration. Also returns whether the file exists.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load_or_empty(path: &Path) -> Result<(Self, bool), ConfigError> {
        match Self::load(path) {
            Err(ConfigError::Unreadable { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => {
                Ok((Self::parse("", path)?, false))
            }
            loaded => Ok((loaded?, true)),
        }
    }

    /// The data directory of a configuration with mistakes: the one that it names, if that can be read, otherwise the default.
    pub fn data_of_broken(path: &Path) -> PathBuf {
        let text = file::read(path).unwrap_or_default();
        // The table alone, and of that only lines that are right: the mistake may be anywhere.
        let data = text
            .lines()
            .map(str::trim)
            .skip_while(|line| *line != "[collector]")
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.parse::<toml::Table>().ok())
            .find_map(|line| Some(line.get("data")?.as_str()?.to_owned()));
        path.parent()
            .unwrap_or(Path::new(""))
            .join(data.as_deref().unwrap_or("data"))
    }

    /// Refuses a configuration without a source of either kind.
    ///
    /// # Errors
    /// There is no source.
    pub fn need_source(&self, path: &Path) -> Result<(), ConfigError> {
        if self.source_names().next().is_none() {
            let at = Positions::new(path, "").at(0);
            return Err(ConfigError::Problems(vec![ConfigProblem {
                place: at.to_string(),
                title: String::new(),
                path: "source".to_owned(),
                key: "source".to_owned(),
                problem: "there is no source".to_owned(),
                remedy:
                    "add one with `collector add`, or with [[source]], a name, a connector and its settings"
                        .to_owned(),
            }]));
        }
        Ok(())
    }

    /// Whether the subjects of each source may be shown.
    pub fn viewing(&self) -> Vec<(String, bool)> {
        self.sources
            .iter()
            .map(|source| (source.name.clone(), source.viewing))
            .collect()
    }

    /// The names of all sources: those that are collected, then those that receive.
    pub fn source_names(&self) -> impl Iterator<Item = &str> {
        let collected = self.sources.iter().map(|source| source.name.as_str());
        collected.chain(self.receivers.iter().map(|receiver| receiver.name.as_str()))
    }

    /// The source of this name that receives.
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// The source of this name that is collected.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The sink of this name.
    pub fn sink(&self, name: &str) -> Option<&Sink> {
        self.sinks.iter().find(|sink| sink.name == name)
    }

    /// The names of the secrets in the vault that a sink refers to.
    pub fn stored_secrets_of_sink(&self, name: &str) -> Vec<String> {
        let secrets = self.sink(name).into_iter().flat_map(Sink::secrets);
        secrets.filter_map(stored).collect()
    }

    /// The names of the secrets in the vault that a source refers to, or that the collector keeps for it.
    pub fn stored_secrets_of(&self, name: &str) -> Vec<String> {
        let source = self.source(name);
        let collected = source.into_iter().flat_map(Source::secrets);
        let received = self
            .receiver(name)
            .into_iter()
            .flat_map(|receiver| &receiver.tokens);
        let read = collected.chain(received).filter_map(stored);
        read.chain(source.and_then(kept)).collect()
    }

    /// The secrets that the collector itself keeps in the vault for sources, if they are there, each with its source: `source "contoso"`.
    pub fn kept_secrets(&self) -> Vec<(String, String)> {
        let kept = |source: &Source| Some((kept(source)?, source.title()));
        self.sources.iter().filter_map(kept).collect()
    }

    /// The instant before which parts of what is known may have been deleted for their age. Both are UTC seconds.
    pub fn kept_since(&self, now: i64) -> i64 {
        let keep = self
            .keep
            .map_or(self.keep_usage, |keep| keep.min(self.keep_usage));
        now.saturating_sub(i64::try_from(keep.as_secs()).unwrap_or(i64::MAX))
    }

    /// The names of the sinks that are told about verdicts and days.
    pub fn told_sinks(&self) -> impl Iterator<Item = &str> {
        let told = self.sinks.iter().filter(|sink| sink.insights);
        told.map(|sink| sink.name.as_str())
    }

    /// The secrets in the vault that the configuration refers to, each with the part that does: `source "contoso"`.
    pub fn stored_secrets(&self) -> Vec<(String, String)> {
        let secrets = self.secrets();
        secrets
            .filter_map(|(secret, title)| Some((stored(secret)?, title)))
            .collect()
    }

    /// The files of secrets and certificates that the configuration names, each with the part that does.
    fn named_files(&self) -> Vec<(PathBuf, String)> {
        let secrets = self.secrets().filter_map(|(secret, title)| match secret {
            SecretRef::File(path) => Some((path.clone(), title)),
            _ => None,
        });
        let portal = self.portal.certificate.clone();
        let portal = portal.map(|path| (path, "[portal]".to_owned()));
        let trusted = self.sinks.iter().filter_map(|sink| {
            let title = format!("sink {:?}", sink.name);
            Some((sink.ca()?.clone(), title))
        });
        secrets.chain(portal).chain(trusted).collect()
    }

    /// All secrets, each with the part that refers to it.
    fn secrets(&self) -> impl Iterator<Item = (&SecretRef, String)> {
        let sources = self.sources.iter().flat_map(|source| {
            let title = source.title();
            source.secrets().map(move |secret| (secret, title.clone()))
        });
        let receivers = self.receivers.iter().flat_map(|receiver| {
            let title = receiver.title();
            receiver.tokens.iter().map(move |token| (token, title.clone()))
        });
        let sinks = self.sinks.iter().flat_map(|sink| {
            let title = format!("sink {:?}", sink.name);
            sink.secrets()
                .into_iter()
                .map(move |secret| (secret, title.clone()))
        });
        let egress = self.egress.secret().map(|secret| (secret, "[egress]".to_owned()));
        let sign_in = self.portal.sign_in.as_ref();
        let sign_in = sign_in.map(|sign_in| (&sign_in.client_secret, "[portal.sign-in]".to_owned()));
        let weekly = self.insights.weekly.as_ref();
        let weekly = weekly.map(|weekly| (&weekly.secret, "[insights.weekly]".to_owned()));
        sources
            .chain(receivers)
            .chain(sinks)
            .chain(weekly)
            .chain(egress)
            .chain(sign_in)
    }

    /// Reads the text of a configuration. `path` is its file: relative paths in the text start at the directory of that file.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let positions = Positions::new(path, text);
        let root = DeTable::parse(text).map_err(|error| {
            let at = positions.at(error.span().map_or(0, |span| span.start));
            // The parser may quote the line; the line may hold a secret.
            let message = error
                .message()
                .lines()
                .next()
                .unwrap_or("it is not TOML")
                .to_owned();
            ConfigError::Problems(vec![ConfigProblem {
                place: at.to_string(),
                title: String::new(),
                path: String::new(),
                key: String::new(),
                problem: format!("not TOML: {message}"),
                remedy: "see https://toml.io for its rules".to_owned(),
            }])
        })?;
        let problems = Problems::default();
        let base = path.parent().unwrap_or(Path::new(""));
        let config = Self::read(Reader::root(root.get_ref(), &positions, &problems), base);
        config.keep_own_files(path, &problems);
        match (config, problems.into_inner()) {
            (config, found) if found.is_empty() => Ok(config),
            (_, found) => Err(ConfigError::Problems(found)),
        }
    }

    /// Notes each sink that would write what is the collector's own.
    fn keep_own_files(&self, path: &Path, problems: &Problems) {
        let own = OwnFiles {
            configuration: path,
            data: &self.data,
            plugins: &self.plugins,
            named: self.named_files(),
        };
        for problem in self.sinks.iter().filter_map(|sink| sink.trespass(&own)) {
            problems.push(problem);
        }
    }

    fn read(mut root: Reader<'_>, base: &Path) -> Self {
        let mut config = Self {
            plugins: base.join("plugins"),
            data: base.join("data"),
            keep: None,
            keep_usage: KEEP_USAGE,
            forget_at_most: FORGET_AT_MOST,
            service: root.table("service").map(Service::read).unwrap_or_default(),
            portal: Portal::default(),
            egress: Egress::default(),
            sources: Vec::new(),
            receivers: Vec::new(),
            sinks: Vec::new(),
            insights: Insights::default(),
        };
        if let Some(mut collector) = root.table("collector") {
            if let Some(plugins) = collector.string("plugins") {
                config.plugins = base.join(plugins);
            }
            if let Some(data) = collector.string("data") {
                config.data = base.join(data);
            }
            config.keep = collector.duration("keep", KEEP);
            if let Some(keep) = collector.duration("keep-usage", KEEP) {
                config.keep_usage = keep;
            }
            if let Some(share) = collector.percent("forget-at-most") {
                config.forget_at_most = share;
            }
            collector.finish();
        }
        let data = config.data.clone();
        let folders = Folders { base, data: &data };
        if let Some(portal) = root.table("portal") {
            config.portal = Portal::read(portal, folders);
        }
        if let Some(insights) = root.table("insights") {
            config.insights = Insights::read(insights, folders);
        }
        if let Some(egress) = root.table("egress") {
            config.egress = egress::read(egress, folders);
        }
        // Where the names of sources are, as far as they were read.
        let mut names: Vec<(String, String)> = Vec::new();
        let mut first_of = |name: &str, place: String| {
            let first = names.iter().find(|(other, _)| other == name);
            let first = first.map(|(_, first)| first.clone());
            names.push((name.to_owned(), place));
            first
        };
        for source in root.tables("source") {
            if source.has(receiver::RECEIVE) {
                if let Some(receiver) = Receiver::read(source, folders) {
                    if let Some(first) = first_of(&receiver.name, receiver.location("name")) {
                        let (problem, remedy) = same_name(&first);
                        root.push(receiver.problem("name", &problem, remedy));
                    }
                    config.receivers.push(receiver);
                }
                continue;
            }
            if let Some(source) = source::read(source, folders, &config.egress) {
                if config.keep.is_some_and(|keep| keep < source.window.back) {
                    root.push(source.problem(
                        "window.back",
                        "it reaches further back than meetings are kept",
                        "lower it, or raise `keep` in [collector]",
                    ));
                }
                if let Some(first) = first_of(&source.name, source.location("name")) {
                    let (problem, remedy) = same_name(&first);
                    root.push(source.problem("name", &problem, remedy));
                }
                config.sources.push(source);
            }
        }
        for sink in root.tables("sink") {
            if let Some(sink) = Sink::read(sink, folders) {
                if let Some(first) = config.sinks.iter().find(|other| other.name == sink.name) {
                    root.push(sink.problem(
                        "name",
                        &format!("another sink has this name, at {}", first.location("name")),
                        "give each sink a name of its own",
                    ));
                }
                let shared = |other| Some((other, sink.shares(other)?));
                if let Some((other, does)) = config.sinks.iter().find_map(shared) {
                    let (key, remedy) = sink.own();
                    root.push(sink.problem(
                        key,
                        &format!("sink {:?}, at {}, {does}", other.name, other.location(key)),
                        remedy,
                    ));
                }
                config.sinks.push(sink);
            }
        }
        root.finish();
        config
    }
}

/// The name of a secret in the vault; none if it is elsewhere.
fn stored(secret: &SecretRef) -> Option<String> {
    match secret {
        SecretRef::Stored { name, .. } => Some(name.clone()),
        _ => None,
    }
}

/// The name of what replaces a source's refresh token in the vault.
fn kept(source: &Source) -> Option<String> {
    let refresh_token = source.credentials.refresh_token.as_ref();
    refresh_token.map(|_| kept_name(&source.name))
}

/// The problem of a source whose name another one has, at a place, and the remedy.
fn same_name(first: &str) -> (String, &'static str) {
    (
        format!("another source has this name, at {first}"),
        "give each source a name of its own",
    )
}

#[cfg(test)]
mod tests;
