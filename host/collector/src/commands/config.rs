//! `collector config check`: checks the configuration file, as far as the file alone tells.

use std::path::Path;

use collector_admin::config::{Config, ConfigError};
use collector_engine::configured::ConfigProblem;
use collector_model::text::plain;
use serde_json::{Value, json};

use super::{Exit, said};
use crate::cli::ConfigCommand;
use crate::output::{Shape, counted};

pub(super) fn run(path: &Path, command: &ConfigCommand) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Check { format: Shape::Table } => check(path),
        ConfigCommand::Check { format: Shape::Json } => check_for_programs(path),
    }
}

fn check(path: &Path) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let sources = config.source_names().count() as u64;
    let next = match sources {
        0 => "To add the first source, run `collector add`.",
        _ => "To check it against connectors and servers too, run `collector validate`.",
    };
    said(Ok(format!(
        "{}: no mistakes; {}, {}. {next}",
        path.display(),
        counted(sources, "source"),
        counted(config.sinks.len() as u64, "sink"),
    )))
}

/// The same as one JSON object, which lists the problems too.
fn check_for_programs(path: &Path) -> anyhow::Result<Exit> {
    let (result, exit) = match Config::load(path) {
        Ok(config) => (
            json!({
                "sources": config.source_names().count(),
                "receiving": config.receivers.iter().map(|receiver| &receiver.name).collect::<Vec<_>>(),
                "sinks": config.sinks.len(),
                "problems": [],
            }),
            Exit::Everything,
        ),
        Err(ConfigError::Problems(problems)) => (
            json!({"problems": problems.iter().map(problem).collect::<Vec<_>>()}),
            Exit::Usage,
        ),
        Err(error) => (
            json!({"problems": [{"place": plain(&path.display().to_string()), "problem": plain(&error.to_string())}]}),
            Exit::Usage,
        ),
    };
    super::unless_closed(super::write_json(&mut anstream::stdout(), &result))?;
    Ok(exit)
}

fn problem(problem: &ConfigProblem) -> Value {
    json!({
        "place": problem.place,
        "about": problem.title,
        "key": problem.path,
        "problem": problem.problem,
        "remedy": problem.remedy,
    })
}
