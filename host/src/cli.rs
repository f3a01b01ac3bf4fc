//! The command line: what can be asked of the program, in the words of its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Brings the meetings booked in a company's rooms out of their calendars, through sandboxed connectors.
#[derive(Debug, Parser)]
#[command(
    name = "collector",
    version,
    after_help = "Exit status: 0 everything collected; 1 a source failed as a whole; 2 wrong usage or configuration; \
                  3 some rooms could not be collected and the rest were.\n\
                  COLLECTOR_LOG sets what is logged to standard error: error, warn (default), info (default of run), \
                  debug, or \
                  connector=debug,collector::http=debug; COLLECTOR_LOG_FORMAT is text (default) or json. \
                  OTEL_EXPORTER_OTLP_ENDPOINT exports a trace of each pass (http/protobuf)."
)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = "collector.toml", global = true)]
    pub config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect each source once and print the meetings of the window.
    RunOnce(RunOnce),
    /// Run as a service: collect each source when it is due and deliver what changed, until told to stop.
    Run,
    /// Show how the last passes and deliveries of the service went.
    Status(Status),
    /// Show which version of each connector is used, what is held or was refused, and what happened last.
    Plugins(PluginsReport),
    /// Let a held version of a connector have what it wants more than was approved.
    Approve(Approve),
    /// Print the meetings that are stored, without collecting any.
    Export(Export),
    /// Try everything that a pass needs (token, room lists, calendars) and say what to do where it fails.
    Validate(Validate),
    /// Send an administrator to the page where consent is given to a source's application, and take the answer.
    Authorize(Authorize),
    /// Take what a source collected, or only the subjects, out of the store.
    Purge(Purge),
    /// Show who changed or looked at what.
    Audit(Audit),
    /// Show the rooms that the room lists expand to.
    Rooms(Rooms),
    /// Show what a connector is and asks for, without running it against anything.
    Inspect(Inspect),
}

/// Which sources.
#[derive(Debug, Args)]
pub struct Sources {
    /// Only this source; may be given several times. Default: all.
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
}

/// `run-once`.
#[derive(Debug, Args)]
pub struct RunOnce {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Start of the window, an RFC 3339 instant such as 2026-03-10T00:00:00Z. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// End of the window (exclusive), an RFC 3339 instant. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// How the meetings are printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Keep nothing: what is stored stays as it is.
    #[arg(long)]
    pub dry_run: bool,
    /// Use this connector instead of the installed one.
    #[arg(long, value_name = "FILE")]
    pub connector: Option<PathBuf>,
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// How it is printed on standard output.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    pub format: Shape,
}

/// `plugins`.
#[derive(Debug, Args)]
pub struct PluginsReport {
    /// How it is printed on standard output.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    pub format: Shape,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The connector; `collector plugins` shows what waits.
    #[arg(value_name = "NAME")]
    pub connector: String,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Only meetings that end after this RFC 3339 instant. Default: all.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Only meetings that start before this RFC 3339 instant. Default: all.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// How the meetings are printed on standard output.
    #[arg(long, value_enum, default_value_t = ExportFormat::Table)]
    pub format: ExportFormat,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// For people.
    Table,
    /// One JSON object, for programs.
    Json,
}

/// How stored meetings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For people.
    Table,
    /// One JSON object a line, as `run-once` prints it.
    Jsonl,
    /// One JSON array of the same objects.
    Json,
}

/// `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Go on until nothing is pending any more: consent can take up to two hours to reach every server. Then read every room's calendar.
    #[arg(long)]
    pub watch: bool,
}

/// `authorize`.
#[derive(Debug, Args)]
pub struct Authorize {
    /// The source.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// The port of this machine that the page comes back to. Default: a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
}

/// `purge`.
#[derive(Debug, Args)]
pub struct Purge {
    /// The source; also one that is no longer configured.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// Only the subjects of its meetings, also of changes that wait to be delivered.
    #[arg(long)]
    pub subjects: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Only so many lines, the newest.
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    pub last: u64,
    /// How the lines are printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `rooms`.
#[derive(Debug, Args)]
pub struct Rooms {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The connector.
    #[arg(value_name = "FILE.wasm")]
    pub file: PathBuf,
}

/// How meetings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object a line, for programs.
    Jsonl,
}
