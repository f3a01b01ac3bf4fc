//! The command line: what can be asked of the program, in the words of its help.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use collector_egress::vault::Place;

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
    /// Log errors only. COLLECTOR_LOG goes first.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Log more: -v what happens, -vv in detail. COLLECTOR_LOG goes first.
    #[arg(short, long, action = ArgAction::Count, global = true)]
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
    /// Run as a service: collect each source when it is due and deliver what changed, until told to stop.
    Run,
    /// Show how the last passes and deliveries of the service went.
    Status(Status),
    /// Show which version of each connector is used, what is held or was refused, and what happened last.
    Plugins(PluginsReport),
    /// Approve the additional permissions of a connector version that is on hold.
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
    /// Compile a component for the process that started this one.
    #[command(hide = true)]
    Compile(Compile),
    /// Add a source to the configuration, checked as a pass would; the file is made when there is none.
    Add(Box<Add>),
    /// Pause a source. Its stored meetings stay.
    Pause(Named),
    /// Resume a paused source.
    Resume(Named),
    /// Remove a source from the configuration, with the stored secrets that only it used.
    Remove(Remove),
    /// Have a sink take again what it refused, or give that up.
    Sinks {
        /// What to do.
        #[command(subcommand)]
        command: SinksCommand,
    },
    /// Decide whether old meetings are forgotten although the clock seems to have jumped.
    Retention {
        /// What to do.
        #[command(subcommand)]
        command: RetentionCommand,
    },
    /// Look at the configuration file.
    Config {
        /// What to do.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a script that completes commands and options in a shell.
    Completions(Completions),
    /// Print the manual page, for `man -l -`.
    Man,
    /// Who may sign in to the Admin Portal.
    Accounts {
        /// What to do.
        #[command(subcommand)]
        command: AccountsCommand,
    },
    /// Store secrets outside the configuration, list and remove them.
    Secrets {
        /// What to do with them.
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

/// `compile`.
#[derive(Debug, Clone, Copy, Args)]
pub struct Compile {
    /// Bytes of memory that it may use.
    #[arg(long)]
    pub memory: u64,
    /// Seconds of processor time that it may use.
    #[arg(long)]
    pub seconds: u64,
}

/// `run-once`.
#[derive(Debug, Args)]
pub struct RunOnce {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub sources: Sources,
    /// Start of the window: a date such as 2026-03-10 (its begin in UTC), or an RFC 3339 instant. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// End of the window (exclusive), a date or an RFC 3339 instant. Default: the source's window.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// How the meetings are printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Keep nothing: what is stored stays as it is. Where something is stored, the audit log tells that subjects were printed.
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
    /// Only meetings that end after this date (its begin in UTC) or RFC 3339 instant. Default: all.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Only meetings that start before this date or RFC 3339 instant. Default: all.
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
    /// Go on until nothing is pending any more: a consent may still come, and can take up to two hours to reach every server. Then read
    /// every room's calendar.
    #[arg(long)]
    pub watch: bool,
    /// Use this connector instead of the installed one.
    #[arg(long, value_name = "FILE")]
    pub connector: Option<PathBuf>,
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
    /// Use this connector instead of the installed one.
    #[arg(long, value_name = "FILE")]
    pub connector: Option<PathBuf>,
}

/// `config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration file alone: no connector is loaded, no secret read, and nothing asked of anyone.
    Check,
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
}

/// How meetings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object a line, for programs.
    Jsonl,
}

/// `pause`, `resume`.
#[derive(Debug, Args)]
pub struct Named {
    /// The source.
    #[arg(value_name = "NAME")]
    pub source: String,
}

/// `add`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  collector add contoso --connector o365 --set tenant=contoso.onmicrosoft.com \
                  --set user-agent=rooms@contoso.com \\\n    --client-id 11111111-2222-3333-4444-555555555555 \
                  --secret-stdin client-secret < secret.txt\n\
                  A secret is never an argument: it goes to the keyring, or encrypted into the data directory."
)]
pub struct Add {
    /// What the source shall be called: letters, digits, `-`, `_` and `.`.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// The connector: its file in the plugin directory without `.wasm`.
    #[arg(long, value_name = "CONNECTOR")]
    pub connector: String,
    /// A setting of the connector; may be given several times. Lists and tables are written as JSON.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// The application (client) id of the app registration.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the secret of this name (`client-secret`, `certificate-password`) from standard input, on a terminal without showing it, and store it.
    #[arg(long, value_name = "KEY")]
    pub secret_stdin: Option<String>,
    /// Sign in with the certificate and its private key in this PEM or PKCS#12 file, which stays where it is. The password of a PKCS#12
    /// file is a secret: --secret-stdin certificate-password.
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// How often the service collects it, such as 5m. Default: 5m.
    #[arg(long, value_name = "TIME")]
    pub every: Option<String>,
    /// How far back the window reaches, such as 1d. Default: 1d.
    #[arg(long, value_name = "TIME")]
    pub back: Option<String>,
    /// How far ahead the window reaches, such as 14d. Default: 14d.
    #[arg(long, value_name = "TIME")]
    pub ahead: Option<String>,
    /// An origin that the connector may reach; may be given several times. Default: the public ones that it asks for.
    #[arg(long = "grant", value_name = "ORIGIN")]
    pub grants: Vec<String>,
    /// Check everything and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The source.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// Forget all that it collected too, also when it was removed before. Sinks keep what they were handed.
    #[arg(long)]
    pub purge: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `sinks`.
#[derive(Debug, Subcommand)]
pub enum SinksCommand {
    /// Try a failing sink at once, and hand it again what was set aside because it refused it.
    Retry {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
    /// Give up what was set aside because the sink refused it: it is not handed over again.
    Skip {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
    /// Hand a sink all stored meetings anew, as after a restore of it that the collector cannot see.
    Refill {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
}

/// `retention`.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// The clock is right: forget what is older than `keep`.
    Allow,
}

/// `accounts`.
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// Show the accounts.
    List,
    /// Give an account a new password, read from standard input or asked for without showing it. Its sessions end.
    Password {
        /// The account.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove an account; its sessions end. The last one stays.
    Remove {
        /// The account.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `secrets`.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Store a secret, read from standard input or, on a terminal, asked for without showing it.
    Set(SetSecret),
    /// List the names of the stored secrets, where each is kept, and who uses it. No secret is shown.
    List,
    /// Forget a stored secret.
    Remove(RemoveSecret),
    /// Begin anew when the encrypted file cannot be opened any more, since its key is lost: it is set aside with all that is in it.
    Reset {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// `secrets set`.
#[derive(Debug, Args)]
pub struct SetSecret {
    /// Its name: letters, digits, `-`, `_` and `.`. The configuration refers to it as { stored = "NAME" }.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Keep it in the encrypted file of the data directory. Default: in the keyring when there is one.
    #[arg(long)]
    pub file: bool,
    /// Keep it in the operating system's keyring and nowhere else.
    #[arg(long, conflicts_with = "file")]
    pub keyring: bool,
}

impl SetSecret {
    /// Where it shall be kept, when that was said.
    pub fn place(&self) -> Option<Place> {
        match (self.keyring, self.file) {
            (true, _) => Some(Place::Keyring),
            (false, true) => Some(Place::File),
            (false, false) => None,
        }
    }
}

/// `secrets remove`.
#[derive(Debug, Args)]
pub struct RemoveSecret {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Also when the configuration refers to it.
    #[arg(long)]
    pub force: bool,
}

/// `KEY=VALUE`.
fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it like tenant=contoso.onmicrosoft.com".into()),
    }
}
