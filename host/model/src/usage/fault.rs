//! Why a record is refused.

/// What is wrong with a record, and what would be right. It repeats nothing of the record but its key's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line is not a JSON object with the keys of the contract, in the parser's words, which name the column.
    #[error("not a usage or coverage record: {0}")]
    Malformed(String),
    /// A key has a value that it may not have.
    #[error("{key}: {problem}")]
    Key {
        /// The key, as the contract names it.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl Fault {
    /// A problem with the value of a key.
    pub(super) fn of(key: &'static str, problem: impl Into<String>) -> Self {
        Self::Key {
            key,
            problem: problem.into(),
        }
    }

    /// A key that a record of this type needs.
    pub(super) fn missing(key: &'static str) -> Self {
        Self::of(key, "is missing")
    }

    /// A key that has no meaning in a record of this type.
    pub(super) fn surplus(key: &'static str, kind: &str) -> Self {
        Self::of(key, format!("has no meaning in a {kind} record; leave it out"))
    }
}
