//! The error of a delivery.

use std::time::Duration;

/// What the collector does about a batch that the sink did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The sink is down, or refuses access: try the same batch again later.
    Down,
    /// The sink works, but will never take a change of the batch: the number of that change, if the sink tells it.
    Refused(Option<i64>),
    /// The sink has fewer or more changes than before: ask it ([`crate::Sink::applied`]) before the next delivery.
    OutOfStep,
}

/// Why a sink did not take a batch. The message names the thing, the cause and the remedy, and contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// What happened.
    pub message: String,
    /// How long the other side asked to wait before the next attempt.
    pub retry_after: Option<Duration>,
    /// What to do about it.
    pub cause: Cause,
}

impl SinkError {
    /// The sink is down, and does not say when to try again.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry_after: None,
            cause: Cause::Down,
        }
    }

    /// The sink will never take the change with this number, or without a number, some change of the batch.
    pub fn refused(message: impl Into<String>, number: Option<i64>) -> Self {
        Self {
            cause: Cause::Refused(number),
            ..Self::new(message)
        }
    }
}

#[cfg(feature = "postgresql")]
impl From<collector_postgresql::Unusable> for SinkError {
    fn from(unusable: collector_postgresql::Unusable) -> Self {
        Self::new(unusable.message)
    }
}
