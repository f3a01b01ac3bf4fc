//! Connectors: what they are and ask for, what happened to them, and what they have to say to administrators.

/// A connector that a new source may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorChoice {
    /// Its name: `o365`.
    pub name: String,
    /// `Microsoft Office 365`.
    pub title: String,
    /// What it collects from where.
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
    /// Whether the connector must see the value.
    pub reveal: bool,
}

/// What a new version of a connector wants more than was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The version that waits.
    pub version: String,
    /// Its SHA-256.
    pub digest: String,
    /// What it wants more, one line each.
    pub wants: Vec<String>,
}

/// Something that happened to a connector.
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

/// A connector as operators look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorView {
    /// Its name.
    pub name: String,
    /// Its title; empty when no version of it can be asked.
    pub title: String,
    /// The version in use; empty when there is none.
    pub version: String,
    /// The SHA-256 of the version in use.
    pub digest: String,
    /// Why there is no version in use.
    pub problem: Option<String>,
    /// The sources that use it.
    pub sources: Vec<String>,
    /// The origins that it may ask for.
    pub hosts: Vec<String>,
    /// The credentials that it may ask for.
    pub secrets: Vec<SecretNeed>,
    /// The interfaces that it imports: all that it can do.
    pub imports: Vec<String>,
    /// A version that waits for an approval.
    pub waiting: Option<Waiting>,
    /// What happened to it, newest first.
    pub history: Vec<ConnectorEvent>,
}

/// A way to limit what the application may read, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What it is called.
    pub title: String,
    /// When it is the right one.
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
