//! Why a sink did not take a batch.

use std::time::Duration;

/// Why a sink did not take a batch, in words that name the thing, the cause and the remedy. No secret is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// What happened.
    pub message: String,
    /// When the other side asked to be tried again.
    pub retry_after: Option<Duration>,
}

impl SinkError {
    /// An error without a wish of the other side.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry_after: None,
        }
    }
}

/// Makes foreign text harmless for logs and terminals, and short.
pub(crate) fn plain(text: &str) -> String {
    const LONGEST: usize = 200;
    text.chars()
        .map(|character| {
            if crate::line::deceives(character) {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}
