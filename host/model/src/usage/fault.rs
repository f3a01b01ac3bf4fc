//! Why a record is refused.

/// What is wrong with a record, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line is not a JSON object with the keys of the contract.
    #[error("not a usage or coverage record: {words}")]
    Malformed {
        /// The parser's words, which may repeat a part of the line.
        words: String,
        /// The same in words that repeat nothing of it.
        discreet: &'static str,
        /// The column, from 1; none if it is not known.
        column: Option<usize>,
    },
    /// A key has a value that it may not have. Nothing of the value is repeated.
    #[error("{key}: {problem}")]
    Key {
        /// The key, as the contract names it.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl Fault {
    /// A line that the parser of JSON refuses.
    pub(super) fn malformed(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        Self::Malformed {
            // The parser knows one line only, and the column is given apart.
            words: {
                let place = format!(" at line {} column {}", error.line(), error.column());
                error.to_string().replace(&place, "")
            },
            discreet: match error.classify() {
                Category::Eof => "the JSON object ends too early",
                Category::Data => {
                    "a key that no record has, a key twice, or a value of a type that its key does not have"
                }
                Category::Syntax | Category::Io => "not JSON",
            },
            column: (error.column() > 0).then(|| error.column()),
        }
    }

    /// A column of CSV that no record has.
    pub(super) fn unknown_column(column: &str) -> Self {
        Self::Malformed {
            words: format!("unknown column `{}`", crate::text::plain(column)),
            discreet: "a column that no record has",
            column: None,
        }
    }

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
