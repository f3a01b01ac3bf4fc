//! Changes that a sink refused individually: they are set aside so that the others go on, until a user has them tried again or gives them up.

use collector_model::change::Change;
use collector_model::sink::SetAside;
use collector_postgresql::Problem;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::clean;
use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};
use crate::key::key_of;
use crate::lock;

/// Forgets what was refused, and asks for its rooms as a whole. Returns how many changes there were.
const RETRY: &str = "
    WITH forgotten AS (DELETE FROM set_aside WHERE sink = $1 AND NOT given_up RETURNING source, room),
    asked AS (
        INSERT INTO refill (sink, source, room, at)
        SELECT DISTINCT $1, source, room, extract(epoch FROM clock_timestamp())::bigint FROM forgotten ORDER BY room
        ON CONFLICT (sink, source, room) DO UPDATE SET taken = NULL
    )
    SELECT count(*) FROM forgotten";
const ASK: &str = "UPDATE sink SET asked = asked + 1 WHERE name = $1";

impl Connection {
    /// The changes that sinks refused, newest first, at most so many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_aside(&mut self, limit: u32) -> Result<Vec<SetAside>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                "SELECT sink, set_aside.source, address, set_aside.id, set_aside.number, at, problem, start_at, end_at
                 FROM set_aside JOIN room ON room.number = set_aside.room
                 LEFT JOIN meeting ON (meeting.room, meeting.key) = (set_aside.room, set_aside.key)
                 WHERE NOT given_up ORDER BY at DESC, set_aside.number DESC, sink LIMIT $1",
                &[(&i64::from(limit), Type::INT8)],
            )
            .await?;
        let found = rows.iter().map(set_aside).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(found)
    }

    /// Tries the changes that a sink refused again, by sending their rooms again, and tries a failing sink at once. Returns how many changes were set
    /// aside; none if there is no such sink.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn retry_sink(&mut self, sink: &str) -> Result<Option<u64>, Problem> {
        self.decide(sink, RETRY).await
    }

    /// Gives up the changes that a sink refused. Returns how many there were; none if there is no such sink.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn skip_set_aside(&mut self, sink: &str) -> Result<Option<u64>, Problem> {
        const GIVE_UP: &str = "
            WITH given_up AS (UPDATE set_aside SET given_up = true WHERE sink = $1 AND NOT given_up RETURNING 1)
            SELECT count(*) FROM given_up";
        self.decide(sink, GIVE_UP).await
    }

    async fn decide(&mut self, sink: &str, statement: &str) -> Result<Option<u64>, Problem> {
        let transaction = self.begin().await?;
        if !lock::sink(&transaction, sink).await? {
            return Ok(None);
        }
        let parameters = [(&sink as _, Type::TEXT)];
        transaction.execute_typed(ASK, &parameters).await?;
        let row = transaction.query_typed_one(statement, &parameters).await?;
        let changes: i64 = row.try_get(0)?;
        transaction.commit().await?;
        Ok(Some(u64::try_from(changes).unwrap_or_default()))
    }
}

impl Fenced<'_> {
    /// Sets aside a change that a sink refused, and commits: it is not sent any more, and the others go on. If its room was removed meanwhile, there is
    /// nothing to set aside.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn refuse(self, sink: &str, change: &Change, problem: &str) -> Result<(), CommitError> {
        let transaction = self.transaction();
        if lock::sink(transaction, sink).await? {
            transaction
                .execute_typed(
                    "INSERT INTO set_aside (sink, source, room, key, id, number, at, problem)
                     SELECT $1, source, room.number, $3, $4, $5, extract(epoch FROM clock_timestamp())::bigint, $6 FROM room WHERE number = $2
                     ON CONFLICT (sink, source, room, key) DO UPDATE SET number = excluded.number, at = excluded.at, problem = excluded.problem,
                        given_up = false",
                    &[
                        (&sink, Type::TEXT),
                        (&change.room_number, Type::INT8),
                        (&key_of(change.meeting_id()), Type::BYTEA),
                        (&change.meeting_id(), Type::TEXT),
                        (&change.number, Type::INT8),
                        (&clean::message(problem), Type::TEXT),
                    ],
                )
                .await?;
        }
        self.commit().await
    }
}

fn set_aside(row: &Row) -> Result<SetAside, tokio_postgres::Error> {
    Ok(SetAside {
        sink: row.try_get(0)?,
        source: row.try_get(1)?,
        room: row.try_get(2)?,
        id: row.try_get(3)?,
        number: row.try_get(4)?,
        at: row.try_get(5)?,
        problem: row.try_get(6)?,
        meeting: Option::zip(row.try_get(7)?, row.try_get(8)?),
    })
}
