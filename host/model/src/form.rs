//! The form for setting up or changing a source or a sink: its fields, what was filled in, and the problems with that.

mod rows;

use std::collections::BTreeMap;

pub use rows::{Row, cell_key, cell_of, rows, text_of};
use serde::{Deserialize, Serialize};

use crate::connector::SecretNeed;

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
    /// A secret of one line. It is never part of an [`Input`] and never shown.
    Secret,
    /// A secret that is usually a file.
    SecretFile,
    /// A list of tables with these plain columns. Its text is JSON: see [`rows()`].
    Rows(Vec<Field>),
    /// Anything else (lists, tables): JSON in several lines.
    Json,
}

impl FieldKind {
    /// Whether it is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret | Self::SecretFile)
    }
}

/// A setting of a sink, or of a connector, then derived from its JSON Schema.
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

/// The form for a source of a connector, or for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The connector, or the kind of sink.
    pub connector: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its settings, in the order of its schema.
    pub fields: Vec<Field>,
    /// Whether it signs in as an application, with a client ID and either a client secret or a certificate.
    pub signs_in: bool,
    /// Whether an administrator consents on a page of the service.
    pub consents: bool,
    /// Secrets that it asks for, apart from those of an application.
    pub secrets: Vec<SecretNeed>,
}

/// The name of the secret with which the token of an application is renewed.
pub const REFRESH_TOKEN: &str = "refresh-token";

impl Form {
    /// Whether the application signs in with its client secret and a refresh token.
    pub fn refreshes(&self) -> bool {
        self.signs_in && self.secrets.iter().any(|need| need.name == REFRESH_TOKEN)
    }
}

/// What an administrator filled in, without secrets. Texts are as typed; an empty text counts as not given. The store keeps it as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// An unsaved draft in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSummary {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it becomes: `new source`.
    pub what: String,
    /// When it was last changed, in UTC seconds.
    pub changed_at: i64,
}

/// A problem in a form, or with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting's key, or the field of a form: `name`, `every`, `back`, `ahead`, `grants`, `client-id`, `client-secret`, `certificate`,
    /// `certificate-password`, `settings.tenant`. Empty if it concerns several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to enter instead.
    pub remedy: String,
}

/// What came of trying a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// When, in UTC seconds.
    pub at: i64,
    /// Whether it works.
    pub works: bool,
    /// What was found, or what failed and what to check.
    pub words: String,
}
