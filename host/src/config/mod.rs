//! The configuration, `collector.toml`: what it may say, read with all its problems at once. What the settings of a source mean is
//! its connector's business; see `settings.rs` for how they are checked.

mod position;
mod reader;
mod secret;
mod service;
mod sink;
mod source;

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

pub use self::position::{ConfigError, ConfigProblem, known_keys, lines};
use self::position::{Positions, Problems};
use self::reader::Reader;
pub use self::service::Service;
pub use self::sink::Sink;
pub use self::source::{Credentials, Grants, Limits, Source};

/// How long meetings may be kept.
const KEEP: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(24 * 60 * 60)..=Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// A configuration that can be used.
#[derive(Debug)]
pub struct Config {
    /// The plugin directory.
    pub plugins: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// How long meetings are kept after their end; none: for ever.
    pub keep: Option<Duration>,
    /// How the service runs.
    pub service: Service,
    /// The sources, at least one, each with a name of its own.
    pub sources: Vec<Source>,
    /// The sinks, each with a name of its own.
    pub sinks: Vec<Sink>,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// There is none, or something is wrong with it: everything that is, each with file, line, key and remedy.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&text, path)
    }

    /// Reads the text of a configuration. `path` is where it is from: what it names relatively is relative to that file.
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
        match (config, problems.into_inner()) {
            (config, found) if found.is_empty() => Ok(config),
            (_, found) => Err(ConfigError::Problems(found)),
        }
    }

    fn read(mut root: Reader<'_>, base: &Path) -> Self {
        let mut config = Self {
            plugins: base.join("plugins"),
            data: base.join("data"),
            keep: None,
            service: root.table("service").map(Service::read).unwrap_or_default(),
            sources: Vec::new(),
            sinks: Vec::new(),
        };
        if let Some(mut collector) = root.table("collector") {
            if let Some(plugins) = collector.string("plugins") {
                config.plugins = base.join(plugins);
            }
            if let Some(data) = collector.string("data") {
                config.data = base.join(data);
            }
            config.keep = collector.duration("keep", KEEP);
            collector.finish();
        }
        let sources = root.tables("source");
        if sources.is_empty() {
            root.problem(
                "source",
                "there is no source",
                "add one with [[source]], a name, a connector and its settings",
            );
        }
        for source in sources {
            if let Some(source) = Source::read(source, base) {
                if config.keep.is_some_and(|keep| keep < source.window.back) {
                    root.push(source.problem(
                        "window.back",
                        "it reaches further back than meetings are kept",
                        "lower it, or raise `keep` in [collector]",
                    ));
                }
                if let Some(first) = config.sources.iter().find(|other| other.name == source.name) {
                    root.push(source.problem(
                        "name",
                        &format!("another source has this name, at {}", first.location("name")),
                        "give each source a name of its own",
                    ));
                }
                config.sources.push(source);
            }
        }
        for sink in root.tables("sink") {
            if let Some(sink) = Sink::read(sink, base) {
                if let Some(first) = config.sinks.iter().find(|other| other.name == sink.name) {
                    root.push(sink.problem(
                        "name",
                        &format!("another sink has this name, at {}", first.location("name")),
                        "give each sink a name of its own",
                    ));
                }
                if sink.path().is_some() && config.sinks.iter().any(|other| other.path() == sink.path()) {
                    root.push(sink.problem(
                        "path",
                        "another sink writes this file",
                        "give each sink a file of its own",
                    ));
                }
                config.sinks.push(sink);
            }
        }
        root.finish();
        config
    }
}

#[cfg(test)]
mod tests;
