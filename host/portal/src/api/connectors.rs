//! Connectors: what they are and ask for, their history, and their guides for administrators.

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

/// A credential that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretNeed {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
    /// Whether the connector asks to see the value.
    pub reveal: bool,
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

/// An event in the history of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorEvent {
    /// When.
    pub at: i64,
    /// `installed`, `activated`, `held`, `refused`, `rolled-back`, …
    pub kind: String,
    /// The version.
    pub version: Option<String>,
    /// Its SHA-256.
    pub digest: Option<String>,
    /// Why.
    pub cause: Option<String>,
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
    pub history: Vec<ConnectorEvent>,
}

/// A way to limit what the application may read, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// Its title.
    pub title: String,
    /// When to use it.
    pub description: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// One step of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub text: String,
    /// Commands to copy.
    pub commands: Option<String>,
}
