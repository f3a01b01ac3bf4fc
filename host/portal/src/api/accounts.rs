//! Who may sign in, and what was done by whom.

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Lower case; letters, digits, `.`, `-`, `_`, `@`.
    pub name: String,
    /// A PHC string of Argon2id.
    pub password_hash: String,
    /// When it was made.
    pub created_at: i64,
}

/// Something that somebody did or looked at, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The account, or what else did it: `command line (root)`.
    pub who: String,
    /// One word: `signed-in`, `sign-in-refused`, `source-saved`, `subjects-viewed`, …
    pub action: String,
    /// The source, account or connector that it is about.
    pub subject: String,
    /// More about it, never a secret and never a subject of a meeting.
    pub detail: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; later ones are larger.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What.
    pub deed: Deed,
}
