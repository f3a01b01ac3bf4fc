//! `collector config check`: checks the configuration file, as far as the file alone tells.

use std::path::Path;

use super::{Exit, said};
use crate::cli::ConfigCommand;

pub(super) fn run(path: &Path, command: ConfigCommand) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Check => check(path),
    }
}

fn check(path: &Path) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    said(Ok(format!(
        "{}: no mistakes; {}, {}. To check it against connectors and servers too, run `collector validate`.",
        path.display(),
        counted(config.sources.len(), "source"),
        counted(config.sinks.len(), "sink"),
    )))
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
