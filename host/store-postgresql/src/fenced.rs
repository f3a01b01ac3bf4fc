//! A transaction that commits only under the lease under which it was begun.
//!
//! Its last statement finds the unit's fence with the lease's number, and locks it until the end: nobody takes the unit over between the check and the
//! commit.
//! It comes last, so that the row of the stream is locked for one round trip only; otherwise all commits of a source would stand in line for their
//! whole length. It counts whether the fence is the same, not whether the lease has expired: one that nobody took is as good as ever.

use std::ops::RangeInclusive;

use collector_postgresql::Problem;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::lease::Lease;
use crate::told::ToldChanges;

const CHECK: &str = "SELECT 1 FROM fence WHERE unit = $1 AND number = $2 FOR SHARE";
/// The same, and takes numbers for changes and puts these into the outbox. Returns whether the unit was found, and the last number.
const CHECK_AND_TELL: &str = "
    WITH held AS (SELECT 1 FROM fence WHERE unit = $1 AND number = $2 FOR SHARE),
    taken AS (UPDATE stream SET number = number + $3 WHERE source = $4 AND EXISTS (SELECT FROM held) RETURNING number),
    put AS (
        INSERT INTO outbox (source, number, kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status)
        SELECT $4, taken.number - $3 + place, kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status
        FROM taken, unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::boolean[], $12::bigint[],
                           $13::bigint[], $14::boolean[], $15::bigint[]) WITH ORDINALITY
             AS told (kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status, place)
    )
    SELECT EXISTS (SELECT FROM held), (SELECT number FROM taken)";

/// Why a transaction was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another member has the unit, or it was removed. Nothing was stored.
    #[error("another collector has taken over {0:?}; nothing was stored")]
    Lost(String),
    /// The source has no stream: it was never added, or was forgotten meanwhile. Nothing was stored.
    #[error("the source {0:?} is not in the store; nothing was stored")]
    NoStream(String),
    /// The slice has two readings of this room. Nothing was stored.
    #[error("the room {0:?} was read twice in a slice; nothing was stored")]
    Twice(String),
    /// The room was removed while its reading was to be stored. Nothing was stored.
    #[error("the room {0:?} was removed from the store; nothing was stored")]
    NoRoom(String),
    /// A record is of this source, which is not the one that the others are of. Nothing was stored.
    #[error("a record is of the source {0:?}, unlike the others; nothing was stored")]
    OtherSource(String),
    /// The database failed. If the connection ended during the commit, all was stored or nothing: what was to be stored has to be compared again.
    #[error(transparent)]
    Database(#[from] Problem),
}

impl From<tokio_postgres::Error> for CommitError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A transaction under a lease. Dropped without a commit, it changes nothing.
pub struct Fenced<'a> {
    transaction: Transaction<'a>,
    unit: String,
    fence: i64,
}

impl Connection {
    /// Begins a transaction under a lease.
    ///
    /// # Errors
    /// The lease is over, as far as its holder knows, or the database failed.
    pub async fn fenced(&mut self, lease: &Lease) -> Result<Fenced<'_>, CommitError> {
        if !lease.is_held() {
            return Err(CommitError::Lost(lease.unit().to_owned()));
        }
        Ok(Fenced {
            transaction: self.begin().await?,
            unit: lease.unit().to_owned(),
            fence: lease.fence(),
        })
    }
}

impl<'a> Fenced<'a> {
    /// For the statements of what is to be stored, without names at the server (`query_typed`). None may change or lock a row of `fence` or `stream`:
    /// two such transactions would wait for each other.
    pub fn transaction(&self) -> &Transaction<'a> {
        &self.transaction
    }

    /// Commits.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(self) -> Result<(), CommitError> {
        self.check().await?;
        self.end().await
    }

    /// Commits, and puts changes into the outbox. Returns their numbers; none if there were no changes.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit_and_tell(
        self,
        changes: &ToldChanges<'_>,
    ) -> Result<Option<RangeInclusive<i64>>, CommitError> {
        let numbers = self.check_and_tell(changes).await?;
        self.end().await?;
        Ok(numbers)
    }

    /// The unit and the fence, for a last statement that finds them.
    pub(crate) fn held(&self) -> (&String, &i64) {
        (&self.unit, &self.fence)
    }

    /// The last statement, if nothing is told.
    pub(crate) async fn check(&self) -> Result<(), CommitError> {
        let found = self
            .transaction
            .query_typed_opt(CHECK, &[(&self.unit, Type::TEXT), (&self.fence, Type::INT8)])
            .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(CommitError::Lost(self.unit.clone())),
        }
    }

    /// The last statements, if something is told.
    pub(crate) async fn check_and_tell(
        &self,
        changes: &ToldChanges<'_>,
    ) -> Result<Option<RangeInclusive<i64>>, CommitError> {
        changes.withdraw(&self.transaction).await?;
        if changes.is_empty() {
            self.check().await?;
            return Ok(None);
        }
        let count = changes.count();
        let columns = changes.columns();
        let mut parameters: Vec<_> = vec![
            (&self.unit as _, Type::TEXT),
            (&self.fence as _, Type::INT8),
            (&count as _, Type::INT8),
            (changes.source() as _, Type::TEXT),
        ];
        parameters.extend(columns);
        let row = self
            .transaction
            .query_typed_one(CHECK_AND_TELL, &parameters)
            .await?;
        if !row.try_get::<_, bool>(0)? {
            return Err(CommitError::Lost(self.unit.clone()));
        }
        match row.try_get::<_, Option<i64>>(1)? {
            Some(last) => Ok(Some(last - count + 1..=last)),
            None => Err(CommitError::NoStream(changes.source().clone())),
        }
    }

    pub(crate) async fn end(self) -> Result<(), CommitError> {
        Ok(self.transaction.commit().await?)
    }
}
