//! Connectors: what they are and ask for, their history, and their guides for administrators.

pub use collector_model::connector::{Guide, SecretNeed, Step};
pub use collector_store::Event;

/// A connector that a new source may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorChoice {
    /// Its name: `o365`.
    pub name: String,
    /// `Microsoft Office 365`.
    pub title: String,
    /// What it collects, and from where.
    pub description: String,
    /// Its version.
    pub version: String,
}

/// A new version of a connector that asks for more than was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The waiting version.
    pub version: String,
    /// Its SHA-256.
    pub digest: String,
    /// The additional permissions it asks for, one per line.
    pub wants: Vec<String>,
}

/// A connector as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorView {
    /// Its name.
    pub name: String,
    /// Its title; empty if no version of it is usable.
    pub title: String,
    /// The version in use; empty if there is none.
    pub version: String,
    /// The SHA-256 of the version in use.
    pub digest: String,
    /// Why there is no version in use.
    pub problem: Option<String>,
    /// The sources that use it.
    pub sources: Vec<String>,
    /// The origins that it may reach.
    pub hosts: Vec<String>,
    /// The credentials that it may use.
    pub secrets: Vec<SecretNeed>,
    /// The interfaces that it imports, which are all that it can do.
    pub imports: Vec<String>,
    /// A version that waits for approval.
    pub waiting: Option<Waiting>,
    /// Its history, newest first.
    pub history: Vec<Event>,
}
