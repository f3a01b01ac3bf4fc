//! The commands that change what an administrator set up: sources, sinks, stored meetings, accounts and secrets.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use collector_egress::vault::Place;
use collector_store::Role;

use crate::output::Format;

/// `purge`.
#[derive(Debug, Args)]
pub struct Purge {
    /// The source; also one that is no longer configured.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// Delete only the subjects, also those of changes that wait for delivery.
    #[arg(long)]
    pub subjects: bool,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
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
                  Secrets are read from standard input, not from arguments, and stored in the keyring or encrypted in the data directory."
)]
pub struct Add {
    /// The new source's name: letters, digits, `-`, `_` and `.`.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// The connector: the name of its file in the plugin directory, without `.wasm`.
    #[arg(long, value_name = "CONNECTOR")]
    pub connector: String,
    /// A setting of the connector; may be given several times. Lists and tables are written as JSON.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// The application (client) id of the app registration.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the secret KEY (`client-secret`, `certificate-password`, `refresh-token`, or one that the connector asks for) from standard input
    /// and store it. A terminal does not show what you type. May be given several times; standard input then has one line for each secret, in
    /// the same order.
    #[arg(long, value_name = "KEY")]
    pub secret_stdin: Vec<String>,
    /// Sign in with the certificate and private key in this PEM or PKCS#12 file, which stays where it is. Give the password of a PKCS#12
    /// file with --secret-stdin certificate-password.
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// How often the service collects the source, such as 5m. Default: 5m.
    #[arg(long, value_name = "TIME")]
    pub every: Option<String>,
    /// How far back the window reaches, such as 1d. Default: 1d.
    #[arg(long, value_name = "TIME")]
    pub back: Option<String>,
    /// How far ahead the window reaches, such as 14d. Default: 14d.
    #[arg(long, value_name = "TIME")]
    pub ahead: Option<String>,
    /// An origin that the connector may reach; may be given several times. Default: the public origins that the connector asks for.
    #[arg(long = "grant", value_name = "ORIGIN")]
    pub grants: Vec<String>,
    /// Check everything, but write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The source.
    #[arg(value_name = "NAME")]
    pub source: String,
    /// Also delete what it stored, even if the source was removed before. Sinks keep what they received.
    #[arg(long)]
    pub purge: bool,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
}

/// `sinks`.
#[derive(Debug, Subcommand)]
pub enum SinksCommand {
    /// Try a failing sink now, and deliver the set-aside changes again.
    Retry {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
    /// Drop the changes that were set aside because the sink refused them.
    Skip {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
    /// Deliver all stored meetings to a sink again, for example after you restored it from a backup.
    Refill {
        /// The sink.
        #[arg(value_name = "NAME")]
        sink: String,
    },
}

/// `retention`.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// Confirm that the clock is right, and delete meetings older than `keep` and usage records older than `keep-usage`.
    Allow,
}

/// A list.
#[derive(Debug, Args)]
pub struct Listing {
    /// Format of the list on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `accounts`.
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// List the accounts.
    List(Listing),
    /// Set an account's password, read from standard input (a terminal does not show it), and sign the account out everywhere.
    Password {
        /// The account.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Give an account a role. The last administrator keeps its role.
    Role {
        /// The account.
        #[arg(value_name = "NAME")]
        name: String,
        /// What it may do: administrator (everything), analyst (figures, rooms, subjects and API tokens), viewer (figures and rooms).
        #[arg(value_name = "ROLE", value_parser = role())]
        role: Role,
    },
    /// Remove an account, sign it out everywhere and revoke its API tokens. The last administrator cannot be removed.
    Remove {
        /// The account.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// The words of roles.
fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str))
        .try_map(|word| Role::of(&word).ok_or("there is no such role"))
}

/// `secrets`.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Store a secret, read from standard input (a terminal does not show it).
    Set(SetSecret),
    /// List secrets by name: where each is kept and what uses it. Values are never shown.
    List(Listing),
    /// Remove a stored secret.
    Remove(RemoveSecret),
    /// Start over after the key of the encrypted file was lost: set the file aside, with all secrets in it.
    Reset {
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
}

/// `secrets set`.
#[derive(Debug, Args)]
pub struct SetSecret {
    /// The secret's name: letters, digits, `-`, `_` and `.`. The configuration refers to it as { stored = "NAME" }.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Keep the secret in the encrypted file of the data directory. Default: the keyring, if there is one.
    #[arg(long)]
    pub file: bool,
    /// Keep the secret in the operating system's keyring, and fail if there is none.
    #[arg(long, conflicts_with = "file")]
    pub keyring: bool,
}

impl SetSecret {
    /// The place to keep the secret in, if an option names one.
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
    /// The secret's name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Remove the secret even if the configuration refers to it.
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
