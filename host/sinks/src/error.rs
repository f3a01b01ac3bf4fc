//! Why a sink did not take a batch.

use std::time::Duration;

/// What is to be done about a batch that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The sink is down, or lets nobody in: the same again, later.
    Down,
    /// The sink is well, and will never take what stands in the batch: the number of that change, where the sink tells it.
    Refused(Option<i64>),
    /// The sink is not as far as it was: it is to be asked ([`crate::Sink::applied`]) before it is handed anything again.
    OutOfStep,
}

/// Why a sink did not take a batch, in words that name the thing, the cause and the remedy. No secret is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// What happened.
    pub message: String,
    /// When the other side asked to be tried again.
    pub retry_after: Option<Duration>,
    /// What is to be done about it.
    pub cause: Cause,
}

impl SinkError {
    /// The sink is down, and has no wish when it is tried again.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry_after: None,
            cause: Cause::Down,
        }
    }

    /// The sink will never take the change of this number, or one of the batch.
    pub fn refused(message: impl Into<String>, number: Option<i64>) -> Self {
        Self {
            cause: Cause::Refused(number),
            ..Self::new(message)
        }
    }
}

/// Makes foreign text harmless for logs and terminals, and short.
#[cfg(any(feature = "nats", feature = "postgresql", feature = "webhook"))]
pub(crate) fn plain(text: &str) -> String {
    const LONGEST: usize = 200;
    text.chars()
        .map(|character| {
            if collector_model::text::deceives(character) {
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
