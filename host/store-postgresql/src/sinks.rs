//! The sinks as the store knows them: which there are, and how far each has got.

use collector_commit::new_and_gone;
use collector_model::sink::SinkState;
use collector_postgresql::Problem;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use crate::clean;
use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};
use crate::lock;
use crate::outbox::is_refused;
use crate::whole::ask_for_all;

/// How many waiting changes of a source are counted. Of more, numbers tell how many there are at most: whoever asks must not wait until millions are
/// counted.
const COUNTED: i64 = 100_000;

/// Of each sink and source: how many changes wait one by one, and since when.
const WAITING: &str = concat!(
    "
    SELECT sink, source, delivered, waiting.count, (SELECT at FROM outbox WHERE (source, number) = (sink_position.source, waiting.first))
    FROM sink_position, LATERAL (SELECT count(*) AS count, min(number) AS first FROM (
        SELECT number FROM outbox WHERE outbox.source = sink_position.source AND number > delivered
            AND NOT EXISTS (SELECT FROM refill WHERE refill.sink = sink_position.sink AND refill.source = outbox.source
                AND refill.room = outbox.room AND (taken IS NULL OR number <= taken))
            AND NOT ",
    is_refused!("sink_position.sink"),
    " ORDER BY number LIMIT $1) AS counted) AS waiting"
);

/// The number of a sink's changes, the rooms that it gets again with their meetings, and the oldest of both.
fn states() -> String {
    format!(
        "SELECT name, success_at, failing_since, problem,
            coalesce(one_by_one.count, 0)::bigint + coalesce(whole.meetings, 0)::bigint, coalesce(whole.rooms, 0),
            (SELECT count(*) FROM set_aside WHERE set_aside.sink = name AND NOT given_up),
            least(one_by_one.at, whole.at)
         FROM sink
         LEFT JOIN (
            SELECT waiting.sink, sum(CASE WHEN count < $1 THEN count ELSE greatest(count, number - delivered) END) AS count, min(at) AS at
            FROM ({WAITING}) AS waiting (sink, source, delivered, count, at) JOIN stream USING (source) GROUP BY waiting.sink
         ) AS one_by_one ON one_by_one.sink = name
         LEFT JOIN (
            SELECT sink, sum(meetings) AS meetings, count(*) AS rooms, min(at) AS at FROM refill JOIN room ON number = room GROUP BY sink
         ) AS whole ON whole.sink = name
         ORDER BY name"
    )
}

impl Connection {
    /// Sets the sinks. A new sink first gets all stored meetings; a removed one is forgotten with everything that waited for it. Returns the names of the
    /// new and of the removed ones. It waits for the commits that have begun, and later ones wait for it.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn set_sinks(&mut self, names: &[&str]) -> Result<(Vec<String>, Vec<String>), Problem> {
        let transaction = self.begin().await?;
        lock::own_sinks(&transaction).await?;
        let known = texts(&transaction, "SELECT name FROM sink ORDER BY name").await?;
        let (new, gone) = new_and_gone(&known, names);
        if new.is_empty() && gone.is_empty() {
            return Ok((new, gone));
        }
        // In the same order for everybody.
        for source in texts(&transaction, "SELECT source FROM stream ORDER BY source").await? {
            lock::own(&transaction, &source).await?;
        }
        for statement in [
            "DELETE FROM sink WHERE name = ANY ($1)",
            "DELETE FROM refill WHERE sink = ANY ($1)",
            "DELETE FROM set_aside WHERE sink = ANY ($1)",
            "DELETE FROM sink_position WHERE sink = ANY ($1)",
        ] {
            transaction
                .execute_typed(statement, &[(&gone, Type::TEXT_ARRAY)])
                .await?;
        }
        for statement in [
            "INSERT INTO sink (name) SELECT unnest($1::text[])",
            "INSERT INTO sink_position (sink, source) SELECT name, source FROM unnest($1::text[]) AS new (name), stream",
        ] {
            transaction
                .execute_typed(statement, &[(&new, Type::TEXT_ARRAY)])
                .await?;
        }
        for name in &new {
            ask_for_all(&transaction, name, None).await?;
        }
        transaction.commit().await?;
        Ok((new, gone))
    }

    /// All sinks, by name. What waits one by one is counted up to 100,000 changes of each source; of more, it is a number that may be too high.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sinks(&mut self) -> Result<Vec<SinkState>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(&states(), &[(&COUNTED, Type::INT8)])
            .await?;
        let states = rows.iter().map(state).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(states)
    }

    /// Sends a sink everything again.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn refill(&mut self, sink: &str) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        if lock::sink(&transaction, sink).await? {
            ask_for_all(&transaction, sink, None).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// How often an immediate retry of a sink was requested; 0 if there is no such sink.
    ///
    /// # Errors
    /// The database failed.
    pub async fn asked(&mut self, sink: &str) -> Result<i64, Problem> {
        self.value(
            "SELECT coalesce((SELECT asked FROM sink WHERE name = $1), 0)",
            &[(&sink, Type::TEXT)],
        )
        .await
    }
}

impl Fenced<'_> {
    /// Notes that a sink took something that is no change of the outbox, and commits.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn sink_works(self, sink: &str) -> Result<(), CommitError> {
        works(self.transaction(), sink).await?;
        self.commit().await
    }

    /// Notes that a sink failed, and why, and commits.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn sink_failed(self, sink: &str, problem: &str) -> Result<(), CommitError> {
        self.transaction()
            .execute_typed(
                "UPDATE sink SET failing_since = coalesce(failing_since, extract(epoch FROM clock_timestamp())::bigint), problem = $2
                 WHERE name = $1",
                &[(&sink, Type::TEXT), (&clean::message(problem), Type::TEXT)],
            )
            .await?;
        self.commit().await
    }
}

/// Notes that a sink took something.
pub(crate) async fn works(transaction: &Transaction<'_>, sink: &str) -> Result<(), tokio_postgres::Error> {
    transaction
        .execute_typed(
            "UPDATE sink SET success_at = extract(epoch FROM clock_timestamp())::bigint, failing_since = NULL, problem = NULL
             WHERE name = $1",
            &[(&sink, Type::TEXT)],
        )
        .await
        .map(drop)
}

async fn texts(transaction: &Transaction<'_>, query: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = transaction.query_typed(query, &[]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

fn state(row: &Row) -> Result<SinkState, tokio_postgres::Error> {
    let count = |column: usize| {
        let count: i64 = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(u64::try_from(count).unwrap_or_default())
    };
    Ok(SinkState {
        name: row.try_get(0)?,
        success_at: row.try_get(1)?,
        failing_since: row.try_get(2)?,
        problem: row.try_get(3)?,
        backlog: count(4)?,
        refill: count(5)?,
        set_aside: count(6)?,
        oldest_at: row.try_get(7)?,
    })
}
