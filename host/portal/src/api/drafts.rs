//! Sources that are being set up or changed: what is asked for, and what was filled in.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::checks::{Authorization, Validation};
use super::connectors::SecretNeed;

/// How a setting is asked for.
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

/// A setting of a connector, made from its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key in the settings: `user-agent`.
    pub key: String,
    /// Its label.
    pub title: String,
    /// What it is for.
    pub help: String,
    /// How it is asked for.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is for few: shown folded.
    pub advanced: bool,
    /// What holds when nothing is given.
    pub default: Option<String>,
    /// Values that would do.
    pub examples: Vec<String>,
    /// The most characters.
    pub max_length: Option<u32>,
}

/// What is asked for a source of one connector.
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
    /// Whether it signs in as an application: a client id with a client secret or a certificate is asked for.
    pub signs_in: bool,
    /// Fixed secrets that it asks for.
    pub secrets: Vec<SecretNeed>,
}

/// What an administrator filled in. Texts as they were typed; an empty one counts as not given.
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
    /// Allowed origins, separated by white space or commas; empty: those that the connector asks for.
    pub grants: String,
    /// The application's id.
    pub client_id: String,
    /// Secrets that were typed now, by name (`client-secret`, `certificate`, `certificate-password`, and those that the connector asks for).
    /// What is not here stays as it was.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Something in the form that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field: `name`, `every`, `back`, `ahead`, `grants`, `client-id`, `client-secret`, `certificate`, `certificate-password`,
    /// `settings.tenant`, or empty when it is about several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// What a new draft begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftOrigin {
    /// Nothing but a connector.
    New {
        /// The connector.
        connector: String,
    },
    /// A source that is to be changed.
    Edit {
        /// The source.
        source: String,
    },
    /// A source that is to be had twice.
    Duplicate {
        /// The source.
        source: String,
    },
}

/// What is authorized or validated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A draft, by its id.
    Draft(String),
    /// A configured source, by its name.
    Source(String),
}

/// A source that is being set up or changed: kept by the program until it is saved or discarded, over a restart too.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Its id: letters and digits, not to be guessed.
    pub id: String,
    /// What it began with.
    pub origin: DraftOrigin,
    /// What is asked for.
    pub form: Form,
    /// What was filled in. No secrets.
    pub input: Input,
    /// The secrets that are there: name, and where (`in the keyring`, `in the encrypted file`, `in the environment variable X`).
    pub secrets: BTreeMap<String, String>,
    /// What is wrong with it; it can be authorized, validated and saved when there is nothing.
    pub problems: Vec<Problem>,
    /// Whether anything was filled in and sent at all: a fresh form shows no problems.
    pub touched: bool,
    /// How it gets consent; none when the connector needs none, or the form is not complete.
    pub authorization: Option<Authorization>,
    /// The checks, once they were asked for.
    pub validation: Option<Validation>,
}
