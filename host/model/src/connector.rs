//! What a connector says about itself to the people who run it. All of it is foreign text.

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

/// A permission requested from an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name: `Calendars.Read`.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
}

/// A way to limit what the application may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// The guide's name.
    pub title: String,
    /// What the guide achieves, and when to use it.
    pub description: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do, and what to watch for.
    pub text: String,
    /// Commands to copy, in the service's own command language; several lines.
    pub commands: Option<String>,
}
