//! The command line: every command and option, with its help text.

mod changing;
mod figures;

use std::path::PathBuf;

pub use changing::{
    AccountsCommand, Add, Listing, Named, Purge, Remove, RemoveSecret, RetentionCommand, SecretsCommand,
    SetSecret, SinksCommand,
};
use clap::{ArgAction, Args, Parser, Subcommand};
pub use figures::{ListVerdicts, Period, ReportFormat, ReportPeriod};

use crate::output::{Format, MeetingsFormat, RecordsFormat, Shape, Sheet};

/// The options that every command takes stand apart from its own.
const GLOBAL: &str = "Global options";

/// Collects the meetings booked in a company's rooms from their calendars, through sandboxed connectors.
#[derive(Debug, Parser)]
#[command(
    name = "collector",
    version,
    after_help = "Exit status: 0 complete; 1 a source failed as a whole; 2 wrong usage or configuration; \
                  3 partial: some rooms could not be collected.\n\
                  COLLECTOR_LOG sets what is logged to standard error: error, warn (default), info (default of run), \
                  debug, or levels by target such as connector=debug,collector::http=debug. COLLECTOR_LOG_FORMAT is \
                  text (default) or json. If OTEL_EXPORTER_OTLP_ENDPOINT is set, each pass is exported as a trace \
                  (http/protobuf)."
)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = "collector.toml", global = true, help_heading = GLOBAL)]
    pub config: PathBuf,
    /// Print results and errors only: no summaries, warnings or progress on standard error. Also logs errors only, unless COLLECTOR_LOG is
    /// set.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = GLOBAL)]
    pub quiet: bool,
    /// Log more, unless COLLECTOR_LOG is set: with -v, what connectors report and when a service throttles; with -vv, also each request and
    /// its answer. `run` logs the former by default and the latter with -v.
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = GLOBAL)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect each source once and print the meetings of the window.
    RunOnce(RunOnce),
    /// Run as a service: collect each source when it is due and deliver the changes to the sinks, until told to stop.
    Run,
    /// Show how the service's last passes and deliveries went.
    Status(Status),
    /// Show the version of each connector in use, versions on hold or refused, and recent events.
    Plugins(PluginsReport),
    /// Approve the additional permissions of a connector version that is on hold.
    Approve(Approve),
    /// Print the stored meetings without collecting.
    Export(Export),
    /// Check everything that a pass needs (token, room lists, calendars, spaces) and advise on each failure.
    Validate(Validate),
    /// Print the address of the page where an administrator consents to a source's application, and wait for the answer.
    Authorize(Authorize),
    /// Import, export and list what devices report about spaces.
    Usage {
        /// What to do.
        #[command(subcommand)]
        command: UsageCommand,
    },
    /// Show how rooms were booked and used in a period, and how much of that is known.
    Report(ReportPeriod),
    /// Show what became of each booking of a period: attended, a no-show, unknown, …
    Verdicts(ListVerdicts),
    /// Delete a source's stored meetings, usage and coverage records, or only the subjects of its meetings.
    Purge(Purge),
    /// Show the audit log: who changed or viewed what.
    Audit(Audit),
    /// Show the rooms that the room lists expand to.
    Rooms(Rooms),
    /// Show what a connector is and asks for. The connector runs only to describe itself, and may reach nothing.
    Inspect(Inspect),
    /// Compile a component on behalf of the process that started this one.
    #[command(hide = true)]
    Compile(Compile),
    /// Check a new source as a pass would, and add it to the configuration. Creates the file if there is none.
    Add(Box<Add>),
    /// Pause a source. Its stored meetings stay.
    Pause(Named),
    /// Resume a paused source.
    Resume(Named),
    /// Remove a source from the configuration, and the stored secrets that only it uses.
    Remove(Remove),
    /// Retry, skip or refill the deliveries of a sink.
    Sinks {
        /// What to do.
        #[command(subcommand)]
        command: SinksCommand,
    },
    /// Decide about old meetings whose deletion is held back because the clock seems to have jumped.
    Retention {
        /// What to do.
        #[command(subcommand)]
        command: RetentionCommand,
    },
    /// Check the configuration file.
    Config {
        /// What to do.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a shell's completion script for commands and options.
    Completions(Completions),
    /// Print the manual pages. To read them, pipe them to `man -l -`.
    Man,
    /// List, change and remove the accounts of the Admin Portal.
    Accounts {
        /// What to do.
        #[command(subcommand)]
        command: AccountsCommand,
    },
    /// Store, list and remove secrets kept outside the configuration.
    Secrets {
        /// What to do.
        #[command(subcommand)]
        command: SecretsCommand,
    },
}

/// Which sources.
#[derive(Debug, Args)]
pub struct Sources {
    /// Only this source; may be given several times. Default: all.
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
}

/// Which sources a command asks for something, and by which connector.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Only this source; may be given several times. Default: all that are not paused.
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
    /// Use the connector in this file instead of the installed one.
    #[arg(long, value_name = "FILE")]
    pub connector: Option<PathBuf>,
}

/// `compile`.
#[derive(Debug, Clone, Copy, Args)]
pub struct Compile {
    /// Bytes of memory that the compilation may use.
    #[arg(long)]
    pub memory: u64,
    /// Seconds of processor time that the compilation may use.
    #[arg(long)]
    pub seconds: u64,
}

/// `run-once`.
#[derive(Debug, Args)]
pub struct RunOnce {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// Start of the window: a date such as 2026-03-10 (midnight UTC) or an RFC 3339 instant. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// End of the window (exclusive): a date (midnight UTC) or an RFC 3339 instant. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Format of the meetings on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Store no meetings. If a store exists, its audit log still records that subjects were printed.
    #[arg(long)]
    pub dry_run: bool,
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Format of the report on standard output.
    #[arg(long, value_enum, default_value_t = Sheet::Table)]
    pub format: Sheet,
}

/// `plugins`.
#[derive(Debug, Args)]
pub struct PluginsReport {
    /// Format of the report on standard output.
    #[arg(long, value_enum, default_value_t = Sheet::Table)]
    pub format: Sheet,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The connector; `collector plugins` shows the versions on hold.
    #[arg(value_name = "NAME")]
    pub connector: String,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Only meetings that end after this date (midnight UTC) or RFC 3339 instant. Default: all.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Only meetings that start before this date (midnight UTC) or RFC 3339 instant. Default: all. With `--format parquet`: the directory
    /// to write to.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Format of the meetings on standard output, or in a directory as `parquet`.
    #[arg(long, value_enum, default_value_t = MeetingsFormat::Table)]
    pub format: MeetingsFormat,
}

/// `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// Repeat the checks until none is pending, since consent can take up to two hours to reach every server. Then read every room's
    /// calendar, or every space.
    #[arg(long)]
    pub watch: bool,
    /// Format of the report on standard output.
    #[arg(long, value_enum, default_value_t = Sheet::Table)]
    pub format: Sheet,
}

/// `authorize`.
#[derive(Debug, Args)]
pub struct Authorize {
    /// The source.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// The local port that the consent page redirects to. Default: a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
}

/// `usage`.
#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// Store the usage and coverage records of a file: all of them, or none if one is wrong.
    Import(ImportUsage),
    /// Print the newest revision of each stored record, one JSON object a line.
    Export(ExportUsage),
    /// Show the spaces, the rooms that they belong to, and why.
    Spaces(ListSpaces),
}

/// `usage import`.
#[derive(Debug, Args)]
pub struct ImportUsage {
    /// The source; the records must name it.
    #[arg(long, value_name = "NAME")]
    pub source: String,
    /// JSON Lines if the first line begins with {, otherwise CSV with a header; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `usage export`.
#[derive(Debug, Args)]
pub struct ExportUsage {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Only records that end at or after this date (its start in UTC) or RFC 3339 instant. Default: all.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Only records that start before this date or RFC 3339 instant. Default: all. With `--format parquet`: the directory to write to.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Format of the records on standard output, or in a directory as `parquet`.
    #[arg(long, value_enum, default_value_t = RecordsFormat::Jsonl)]
    pub format: RecordsFormat,
}

/// `usage spaces`.
#[derive(Debug, Args)]
pub struct ListSpaces {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// How the spaces are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Show only the newest N lines.
    #[arg(long, value_name = "N", value_parser = lines, default_value_t = u64::MAX, hide_default_value = true)]
    pub last: u64,
    /// Format of the lines on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// A number of lines to show.
fn lines(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or("give the number of lines, 1 or more; without --last all are shown")
}

/// `rooms`.
#[derive(Debug, Args)]
pub struct Rooms {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub chosen: Chosen,
    /// Format of the rooms on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration file alone, without loading a connector, reading a secret or contacting a server.
    Check {
        /// Format of the result on standard output.
        #[arg(long, value_enum, default_value_t = Shape::Table)]
        format: Shape,
    },
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The connector.
    #[arg(value_name = "FILE.wasm")]
    pub file: PathBuf,
    /// Format of the report on standard output.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    pub format: Shape,
}
