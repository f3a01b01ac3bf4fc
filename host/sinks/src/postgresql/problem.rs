//! Why a batch was not applied: what can go wrong with any database, or with what the sink has.

use collector_postgresql::Problem;

use crate::{Cause, SinkError};

/// Why an operation on the tables failed.
pub(super) enum Failure {
    /// The database.
    Database(Problem),
    /// The database no longer has the change number of a store that it had before.
    Elsewhere {
        /// The last known number.
        was: i64,
        /// The number now.
        is: i64,
    },
    /// A snapshot of a room ended without having begun.
    NoBegin,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Database(problem)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure {
    /// The error with the name of the database.
    pub(super) fn at(self, place: &str) -> SinkError {
        let out_of_step = |problem: &str| SinkError {
            cause: Cause::OutOfStep,
            ..SinkError::new(format!("{place} {problem}"))
        };
        match self {
            Self::Database(problem) => SinkError::new(problem.at(place)),
            Self::Elsewhere { was, is } => out_of_step(&format!(
                "had applied the changes up to {was}, and now up to {is}; if it was restored from a backup, do nothing: the collector delivers \
                 the missing changes again"
            )),
            Self::NoBegin => out_of_step(
                "has no record of the start of a snapshot that has ended; if its tables were changed by hand, restore them, or name another \
                 `schema`",
            ),
        }
    }

    /// The same for a batch: if the server refuses its data, it always will.
    pub(super) fn of_a_batch_at(self, place: &str) -> SinkError {
        let refused = matches!(&self, Self::Database(problem) if problem.is_about_data());
        let mut error = self.at(place);
        if refused {
            error.cause = Cause::Refused(None);
        }
        error
    }
}
