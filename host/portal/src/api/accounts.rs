//! Accounts, and the audit log of what they did.

/// An account that can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Lower case; letters, digits, `.`, `-`, `_`, `@`.
    pub name: String,
    /// A PHC string of Argon2id.
    pub password_hash: String,
    /// When it was created.
    pub created_at: i64,
}

/// An action or a view, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The account, or another actor: `command line (root)`.
    pub who: String,
    /// One word: `signed-in`, `sign-in-refused`, `source-saved`, `subjects-viewed`, …
    pub action: String,
    /// The source, account or connector concerned.
    pub subject: String,
    /// Details; never a secret and never a meeting's subject.
    pub detail: String,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; later entries have larger ones.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What.
    pub deed: Deed,
}
