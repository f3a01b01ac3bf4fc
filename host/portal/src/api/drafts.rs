//! Sources that are being set up or changed, as pages show them.

use std::collections::BTreeMap;

pub use collector_model::form::{
    DraftSummary, Field, FieldKind, Form, Input, Problem, REFRESH_TOKEN, Row, cell_key, cell_of, rows,
    text_of,
};
use secrecy::SecretString;

use super::checks::{Authorization, Validation};

/// Newly typed secrets by name: `client-secret`, `certificate`, `certificate-password`, and those that the connector asks for.
pub type Typed = BTreeMap<String, SecretString>;

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
