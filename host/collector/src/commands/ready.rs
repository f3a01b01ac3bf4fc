//! The start that the commands share which work with sources: the configuration, the sources that were asked for, their connectors and
//! their secrets.

use std::path::Path;
use std::sync::Arc;

use collector_admin::config::{Config, Source};
use collector_engine::source::{ReadySource, SetupError, Workshop};
use collector_sandbox::{Compilations, Sandbox};

use super::{Exit, collected, configuration_with_sources, remark, say_error};
use crate::cli::Chosen;

/// What a command asks for.
pub(super) struct Wanted<'a> {
    /// The names of the sources; if there are none, all that are not paused.
    names: &'a [String],
    /// The file to use in place of every installed connector.
    connector: Option<&'a Path>,
    data: Data,
}

/// What the command does with the data directory. Machine code of connectors is kept there, so that the next start compiles nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Reads it only.
    Reads,
    /// Writes to it if it exists.
    Writes,
    /// Creates it if it does not exist.
    Creates,
}

impl<'a> Wanted<'a> {
    /// What the options of a command name.
    pub(super) fn chosen(chosen: &'a Chosen) -> Self {
        Self {
            names: &chosen.sources,
            connector: chosen.connector.as_deref(),
            data: Data::Writes,
        }
    }

    /// One source.
    pub(super) fn one(name: &'a String) -> Self {
        Self {
            names: std::slice::from_ref(name),
            connector: None,
            data: Data::Writes,
        }
    }

    /// The same for a command that does this with the data directory.
    pub(super) fn with_data(self, data: Data) -> Self {
        Self { data, ..self }
    }

    /// Whether a source is among those asked for. Says so if it is left out because it is paused.
    fn includes(&self, source: &Source) -> bool {
        if !self.names.is_empty() {
            return self.names.contains(&source.name);
        }
        if source.paused {
            let name = &source.name;
            remark(&format!(
                "source \"{name}\" is paused and was skipped; include it once with --source {name}, or for good with `collector resume {name}`"
            ));
        }
        !source.paused
    }
}

/// What a command works with.
pub(super) struct Ready {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) config: Config,
    /// At least one.
    pub(super) sources: Vec<ReadySource>,
    /// The best possible exit status: worse than complete when the connector of another source cannot be used.
    pub(super) exit: Exit,
}

impl Ready {
    /// Reads the configuration and makes the sources ready. Prints all that is wrong with them; without a usable source, returns how the
    /// command ends. A wrong configuration of one source stops all; an unusable connector stops only the sources that use it.
    pub(super) async fn begin(path: &Path, wanted: Wanted<'_>) -> anyhow::Result<Result<Self, Exit>> {
        let read = configuration_with_sources(path)
            .and_then(|config| collected(&config, path, wanted.names).map(|()| config));
        let config = match read {
            Ok(config) => config,
            Err(exit) => return Ok(Err(exit)),
        };
        let sandbox = Arc::new(Sandbox::new()?);
        let compilations = Compilations::of(&config.data);
        let compilations = match wanted.data {
            Data::Reads => compilations.only_read(),
            Data::Writes => compilations,
            Data::Creates => compilations.creating(),
        };
        let mut workshop = Workshop::new(&sandbox, &config.plugins, compilations, wanted.connector);
        let mut sources = Vec::new();
        let mut exit = Exit::Everything;
        let mut stopped = false;
        for source in config.sources.iter().filter(|source| wanted.includes(source)) {
            match workshop.ready(source).await {
                Ok(source) => sources.push(source),
                Err(SetupError::Configuration(problems)) => {
                    problems
                        .iter()
                        .for_each(|problem| say_error(&problem.to_string()));
                    stopped = true;
                }
                Err(SetupError::Installed(problem)) => {
                    say_error(&format!("source \"{}\": {problem}", source.name));
                    exit = exit.and(Exit::Usage);
                }
                Err(SetupError::Connector(problem)) => {
                    say_error(&format!("source \"{}\": {problem}", source.name));
                    exit = exit.and(Exit::SourceFailed);
                }
            }
        }
        Ok(if stopped {
            Err(Exit::Usage)
        } else if sources.is_empty() {
            Err(exit)
        } else {
            Ok(Self {
                sandbox,
                config,
                sources,
                exit,
            })
        })
    }
}
