//! Sources that are being set up or changed: the form, and what was filled in.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::checks::{Authorization, Validation};
use super::connectors::SecretNeed;

/// The kind of control for a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// Yes (`true`) or no (`false`).
    Toggle,
    /// A number.
    Number,
    /// Anything else (lists, tables): JSON in several lines.
    Json,
}

/// A setting of a connector, derived from its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key in the settings: `user-agent`.
    pub key: String,
    /// Its label.
    pub title: String,
    /// What it is for.
    pub help: String,
    /// The kind of its control.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether few need it; then it is shown folded.
    pub advanced: bool,
    /// The value that applies if none is given.
    pub default: Option<String>,
    /// Example values.
    pub examples: Vec<String>,
    /// Longest value, in characters.
    pub max_length: Option<u32>,
}

/// The form for a source of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The connector.
    pub connector: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its settings, in the order of its schema.
    pub fields: Vec<Field>,
    /// Whether it signs in as an application, with a client ID and either a client secret or a certificate.
    pub signs_in: bool,
    /// Fixed secrets that it asks for.
    pub secrets: Vec<SecretNeed>,
}

/// What an administrator filled in. Texts are as typed; an empty text counts as not given.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The source's name.
    pub name: String,
    /// The settings by key.
    pub settings: BTreeMap<String, String>,
    /// How often it is collected: `5m`.
    pub every: String,
    /// How far the window reaches back: `1d`.
    pub back: String,
    /// How far it reaches ahead: `14d`.
    pub ahead: String,
    /// Allowed origins, separated by white space or commas; if empty, those that the connector asks for.
    pub grants: String,
    /// The application's id.
    pub client_id: String,
    /// Newly typed secrets by name (`client-secret`, `certificate`, `certificate-password`, and those that the connector asks for). Others
    /// stay as they were.
    pub secrets: BTreeMap<String, SecretString>,
}

/// A problem in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field: `name`, `every`, `back`, `ahead`, `grants`, `client-id`, `client-secret`, `certificate`, `certificate-password`,
    /// `settings.tenant`, or empty if it concerns several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to enter instead.
    pub remedy: String,
}

/// What a draft starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftOrigin {
    /// Nothing but a connector.
    New {
        /// The connector.
        connector: String,
    },
    /// A source to change.
    Edit {
        /// The source.
        source: String,
    },
    /// A source to copy.
    Duplicate {
        /// The source.
        source: String,
    },
}

/// What to authorize or validate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A draft, by its id.
    Draft(String),
    /// A configured source, by its name.
    Source(String),
}

/// A source that is being set up or changed. The program keeps it until it is saved or discarded, across restarts.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Its id: letters and digits, not guessable.
    pub id: String,
    /// What it started from.
    pub origin: DraftOrigin,
    /// The form.
    pub form: Form,
    /// What was filled in, without secrets.
    pub input: Input,
    /// The stored secrets by name, and where each is (`in the keyring`, `in the encrypted file`, `in the environment variable X`).
    pub secrets: BTreeMap<String, String>,
    /// Its problems. Without any it can be authorized, validated and saved.
    pub problems: Vec<Problem>,
    /// Whether the form was submitted at least once. A fresh form shows no problems.
    pub touched: bool,
    /// How it gets consent; `None` if the connector needs none, or the form is incomplete.
    pub authorization: Option<Authorization>,
    /// The checks, once requested.
    pub validation: Option<Validation>,
}
