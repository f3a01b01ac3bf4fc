//! The commands, one file each, and how they end.

mod export;
mod inspect;
mod progress;
mod rooms;
mod run;
mod run_once;
mod status;
mod summary;
mod validate;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::sandbox::Sandbox;
use crate::source::{ReadySource, SetupError, Workshop};

/// How a command ended, as the exit status of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything collected, everything works.
    Everything = 0,
    /// A source failed as a whole.
    SourceFailed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Some rooms could not be collected and the rest were.
    Part = 3,
}

impl Exit {
    /// The worse of two sources' ends: a failed source outweighs a part.
    fn and(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Everything => 0,
            Self::Part => 1,
            Self::SourceFailed => 2,
            Self::Usage => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs one command to its end.
///
/// # Errors
/// Something in the machine failed (no thread, standard output closed); what the user can mend is said on standard
/// error and is an [`Exit`].
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::RunOnce(arguments) => run_once::run(&cli.config, &arguments).await,
        Command::Run => run::run(&cli.config).await,
        Command::Status(arguments) => status::run(&cli.config, &arguments),
        Command::Export(arguments) => export::run(&cli.config, &arguments),
        Command::Validate(arguments) => validate::run(&cli.config, &arguments).await,
        Command::Rooms(arguments) => rooms::run(&cli.config, &arguments).await,
        Command::Inspect(arguments) => inspect::run(&arguments).await,
    }
}

/// The configuration and its sources made ready, or, after saying all that is wrong with them, how the command ends.
async fn ready_sources(
    sandbox: &Sandbox,
    path: &Path,
    names: &[String],
    connector: Option<&Path>,
) -> Result<(Config, Vec<ReadySource>), Exit> {
    let config = Config::load(path).map_err(|error| {
        say_error(&error.to_string());
        Exit::Usage
    })?;
    known(&config, path, names)?;
    let mut workshop = Workshop::new(sandbox, &config, connector);
    let mut ready = Vec::new();
    let mut exit = Exit::Everything;
    for source in &config.sources {
        if !names.is_empty() && !names.contains(&source.name) {
            continue;
        }
        match workshop.ready(source).await {
            Ok(source) => ready.push(source),
            Err(SetupError::Configuration(problems)) => {
                problems.iter().for_each(|problem| say_error(problem));
                exit = exit.and(Exit::Usage);
            }
            Err(SetupError::Connector(problem)) => {
                say_error(&format!("source \"{}\": {problem}", source.name));
                exit = exit.and(Exit::SourceFailed);
            }
        }
    }
    if exit == Exit::Everything {
        Ok((config, ready))
    } else {
        Err(exit)
    }
}

/// Whether sources of these names are configured; after saying which is not, how the command ends.
fn known(config: &Config, path: &Path, names: &[String]) -> Result<(), Exit> {
    let Some(unknown) = names
        .iter()
        .find(|name| config.sources.iter().all(|source| source.name != **name))
    else {
        return Ok(());
    };
    let known = config
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    say_error(&format!(
        "there is no source \"{unknown}\" in {}; known are {known}",
        path.display()
    ));
    Err(Exit::Usage)
}

/// Says on standard error what is wrong. Control characters of foreign text are escaped, line ends are kept.
fn say_error(message: &str) {
    let style = anstyle::Style::new()
        .bold()
        .fg_color(Some(anstyle::AnsiColor::Red.into()));
    let mut lines = message.lines().map(crate::text::plain);
    anstream::eprintln!("{style}error:{style:#} {}", lines.next().unwrap_or_default());
    for line in lines {
        anstream::eprintln!("{line}");
    }
}
