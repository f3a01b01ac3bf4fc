//! The commands, one file each, and their exit status.

mod accounts;
mod add;
mod approve;
mod audit;
mod authorize;
mod change;
mod compile;
mod config;
mod export;
mod help;
mod input;
mod inspect;
#[cfg(feature = "parquet")]
mod into_days;
mod operator;
mod plugins;
mod progress;
mod purge;
mod ready;
mod report;
mod rooms;
mod run;
mod run_once;
mod secrets;
mod sinks;
mod spaces;
mod status;
mod summary;
mod usage;
mod validate;
mod verdicts;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use collector_admin::administration::AdminError;
use collector_admin::config::{Config, ConfigError};
use collector_model::meeting::MeetingRow;
use collector_model::window::Window;
use collector_store::{Reader, Store};
pub use compile::compile;
use tracing::Level;

use crate::cli::{Cli, Command};
use crate::logging;

/// How a command ended, as the exit status of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Complete: everything was collected, everything works.
    Everything = 0,
    /// A source failed as a whole.
    SourceFailed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Partial: some rooms could not be collected.
    Part = 3,
}

impl Exit {
    /// The worse of the ends of two sources: failed outweighs partial.
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
/// Something in the machine failed (no thread, standard output closed). What the user can mend is printed on standard error and becomes
/// an [`Exit`].
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::RunOnce(arguments) => run_once::run(&cli.config, &arguments).await,
        Command::Run => run::run(&cli.config).await,
        Command::Status(arguments) => status::run(&cli.config, &arguments),
        Command::Plugins(arguments) => plugins::run(&cli.config, &arguments),
        Command::Approve(arguments) => approve::run(&cli.config, &arguments),
        Command::Export(arguments) => export::run(&cli.config, &arguments),
        Command::Validate(arguments) => validate::run(&cli.config, &arguments).await,
        Command::Authorize(arguments) => authorize::run(&cli.config, &arguments).await,
        Command::Usage { command } => usage::run(&cli.config, &command),
        Command::Report(arguments) => report::run(&cli.config, &arguments),
        Command::Verdicts(arguments) => verdicts::run(&cli.config, &arguments),
        Command::Purge(arguments) => purge::run(&cli.config, &arguments),
        Command::Audit(arguments) => audit::run(&cli.config, &arguments),
        Command::Rooms(arguments) => rooms::run(&cli.config, &arguments).await,
        Command::Compile(arguments) => compile(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments).await,
        Command::Add(arguments) => add::run(&cli.config, &arguments).await,
        Command::Pause(arguments) => change::pause(&cli.config, &arguments.source),
        Command::Resume(arguments) => change::resume(&cli.config, &arguments.source),
        Command::Remove(arguments) => change::remove(&cli.config, &arguments),
        Command::Sinks { command } => sinks::run(&cli.config, &command),
        Command::Retention { command } => sinks::retention(&cli.config, &command),
        Command::Config { command } => config::run(&cli.config, &command),
        Command::Completions(arguments) => help::completions(&arguments),
        Command::Man => help::man(),
        Command::Accounts { command } => accounts::run(&cli.config, &command),
        Command::Secrets { command } => secrets::run(&cli.config, &command),
    }
}

/// Reads the configuration, or prints all that is wrong with it and returns how the command ends.
fn configuration(path: &Path) -> Result<Config, Exit> {
    Config::load(path).map_err(|error| {
        say_config(&error);
        Exit::Usage
    })
}

/// Prints what is wrong with a configuration.
fn say_config(error: &ConfigError) {
    let text = error.to_string();
    match error {
        ConfigError::Problems(_) => say_errors(text.lines()),
        ConfigError::Unreadable { .. } => say_lines(text.lines()),
    }
}

/// Like [`configuration`], and requires at least one source.
fn configuration_with_sources(path: &Path) -> Result<Config, Exit> {
    let config = configuration(path)?;
    needs_source(&config, path)?;
    Ok(config)
}

/// Prints that there is no source, if there is none, and returns how the command ends.
fn needs_source(config: &Config, path: &Path) -> Result<(), Exit> {
    config.need_source(path).map_err(|error| {
        say_error(&error.to_string());
        Exit::Usage
    })
}

/// Prints what was done, or why nothing was, and returns how the command ends.
fn said(done: Result<String, AdminError>) -> anyhow::Result<Exit> {
    match done {
        Ok(line) => {
            unless_closed(
                anstream::stdout().write_all(format!("{}\n", collector_model::text::plain(&line)).as_bytes()),
            )?;
            Ok(Exit::Everything)
        }
        Err(error) => {
            say_errors(error.to_string().lines());
            Ok(match error {
                AdminError::NotFound(_) | AdminError::Refused(_) => Exit::Usage,
                AdminError::Failed(_) => Exit::SourceFailed,
            })
        }
    }
}

/// What follows from a change of the configuration when a service runs; none without one.
fn applied(path: &Path) -> Option<&'static str> {
    Config::load(path)
        .is_ok_and(|config| collector_store::lock::owner(&config.data).is_some())
        .then_some("the service applies it within a second")
}

/// Hands `each` the stored meetings of a source's listed rooms that overlap a window, as they are printed: without subjects where the
/// source does not allow viewing them.
fn meetings_of(
    store: &Reader,
    source: &str,
    viewing: bool,
    window: Window,
    mut each: impl FnMut(MeetingRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let source_name: Arc<str> = source.into();
    // The meetings of a room follow each other.
    let mut of: (Arc<str>, Arc<str>) = Default::default();
    store.meetings(source, window, |room, room_name, mut meeting| {
        if !viewing {
            meeting.withhold_subject();
        }
        if *of.0 != *room || *of.1 != *room_name {
            of = (room.into(), room_name.into());
        }
        each(MeetingRow {
            source: source_name.clone(),
            room: of.0.clone(),
            room_name: of.1.clone(),
            meeting,
        })
    })
}

/// Opens the store; none, with an error printed, if nothing is stored yet.
fn stored(data: &Path) -> anyhow::Result<Option<Store>> {
    let store = Store::open_existing(data)?;
    if store.is_none() {
        say_nothing_stored(data);
    }
    Ok(store)
}

/// Prints that nothing is stored yet.
fn say_nothing_stored(data: &Path) {
    say_error(&format!(
        "nothing is stored in {} yet; run `collector run-once` or `collector run` first",
        data.display()
    ));
}

/// Checks that sources of these names are configured, or prints which is not and returns how the command ends.
fn known(config: &Config, path: &Path, names: &[String]) -> Result<(), Exit> {
    let Some(unknown) = names
        .iter()
        .find(|name| config.source_names().all(|known| known != **name))
    else {
        return Ok(());
    };
    let known: Vec<&str> = config.source_names().collect();
    let known = match known.as_slice() {
        [] => "none".to_owned(),
        known => known.join(", "),
    };
    say_error(&format!(
        "there is no source \"{unknown}\" in {}; known sources: {known}",
        path.display()
    ));
    Err(Exit::Usage)
}

/// The same for a command that needs sources that are collected: all that are, or those of these names.
fn collected(config: &Config, path: &Path, names: &[String]) -> Result<(), Exit> {
    known(config, path, names)?;
    if let Some(receiver) = names.iter().find(|name| config.receiver(name).is_some()) {
        say_error(&format!(
            "source \"{receiver}\" receives usage records and is not collected; `collector status` shows when the last one came"
        ));
        return Err(Exit::Usage);
    }
    if config.sources.is_empty() {
        say_error(&format!(
            "every source in {} receives usage records, and none is collected; add one with a `connector`",
            path.display()
        ));
        return Err(Exit::Usage);
    }
    Ok(())
}

/// Turns a write to a closed standard output into success: its reader has read enough (`| head`), and the command goes on with what
/// else it has to do and to say. Another error of the output itself says that it is one.
fn unless_closed<E: Into<anyhow::Error>>(written: Result<(), E>) -> anyhow::Result<()> {
    let is_closed = |error: &anyhow::Error| {
        error.chain().any(|cause| {
            cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
        })
    };
    written.map_err(Into::into).or_else(|error| match error {
        closed if is_closed(&closed) => Ok(()),
        error if error.is::<std::io::Error>() => Err(error.context("cannot write to standard output")),
        error => Err(error),
    })
}

/// Bytes of many lines that are written to standard output at once: a system call for each few lines took as long as to make them.
const PIECE: usize = 64 << 10;

/// Standard output for many lines.
fn wide_output() -> std::io::BufWriter<std::io::StdoutLock<'static>> {
    std::io::BufWriter::with_capacity(PIECE, std::io::stdout().lock())
}

/// Prints what a person should know beside a command's result on standard error, unless only results and errors are wanted.
fn remark(text: &str) {
    if !logging::is_quiet() {
        tell(text);
    }
}

/// Prints what belongs to a command's result on standard error: several lines of our own, and in a JSON log an event for each.
fn tell(text: &str) {
    if text.is_empty() {
        return;
    }
    if !logging::is_json() {
        anstream::eprintln!("{text}");
        return;
    }
    for line in text.lines() {
        logging::announce(Level::INFO, line, &[]);
    }
}

/// Prints an error on standard error, on one line whatever foreign text it holds.
pub fn say_error(message: &str) {
    say_lines([message].into_iter());
}

/// Reports wrong usage as an event of the JSON log, in the words that clap would print.
pub fn say_wrong_usage(words: &str) {
    let words = words.trim();
    say_lines(words.strip_prefix("error: ").unwrap_or(words).lines());
}

/// Writes a report for programs, over several lines.
fn write_json(out: &mut impl std::io::Write, report: &serde_json::Value) -> std::io::Result<()> {
    writeln!(out, "{report:#}")
}

/// Prints an error of several lines of our own.
fn say_lines<'a>(lines: impl Iterator<Item = &'a str>) {
    say(lines, |line| line == 0);
}

/// Prints several errors, a line for each. In a JSON log they are one event.
fn say_errors<'a>(lines: impl Iterator<Item = &'a str>) {
    say(lines, |_| true);
}

/// Prints lines of which those with these numbers begin an error.
fn say<'a>(lines: impl Iterator<Item = &'a str>, begins: impl Fn(usize) -> bool) {
    let lines = lines.map(collector_model::text::plain);
    if logging::is_json() {
        let message = lines.collect::<Vec<_>>().join("\n");
        logging::announce(Level::ERROR, &message, &[]);
        return;
    }
    let style = anstyle::Style::new()
        .bold()
        .fg_color(Some(anstyle::AnsiColor::Red.into()));
    for (number, line) in lines.enumerate() {
        if begins(number) {
            anstream::eprintln!("{style}error:{style:#} {line}");
        } else {
            anstream::eprintln!("{line}");
        }
    }
}
