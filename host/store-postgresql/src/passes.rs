//! What became of passes: the record of the last one of each source.

use collector_model::pass::{PassRecord, RoomCounts};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::clean;
use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};

impl Connection {
    /// The last passes, by source.
    ///
    /// # Errors
    /// The database failed.
    pub async fn passes(&mut self) -> Result<Vec<PassRecord>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                "SELECT source, begun_at, ended_at, verdict, problem, success_at, connector, version, digest,
                    collected, denied, missing, throttled, failed
                 FROM pass ORDER BY source",
                &[],
            )
            .await?;
        let passes = rows.iter().map(pass).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(passes)
    }
}

impl Fenced<'_> {
    /// Stores the record of a pass, replacing the source's last one, and commits. Ignores `success_at` in the record: it follows from the verdict and the
    /// stored record.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit_pass(self, pass: &PassRecord) -> Result<(), CommitError> {
        let success = pass.has_succeeded().then_some(pass.ended_at);
        let counts = pass.rooms;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut parameters = vec![
            (&pass.source as _, Type::TEXT),
            (&pass.begun_at as _, Type::INT8),
            (&pass.ended_at as _, Type::INT8),
            (&pass.verdict as _, Type::TEXT),
        ];
        let problem = pass.problem.as_deref().map(clean::message);
        let about = [&pass.connector, &pass.version, &pass.digest].map(|said| text(said));
        let [connector, version, digest] = &about;
        let counts = [
            counts.collected,
            counts.denied,
            counts.missing,
            counts.throttled,
            counts.failed,
        ]
        .map(count);
        parameters.extend([
            (&problem as _, Type::TEXT),
            (&success as _, Type::INT8),
            (connector as _, Type::TEXT),
            (version as _, Type::TEXT),
            (digest as _, Type::TEXT),
        ]);
        parameters.extend(counts.iter().map(|count| (count as _, Type::INT8)));
        self.transaction()
            .execute_typed(
                "INSERT INTO pass (source, begun_at, ended_at, verdict, problem, success_at, connector, version, digest,
                    collected, denied, missing, throttled, failed)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                 ON CONFLICT (source) DO UPDATE SET begun_at = excluded.begun_at, ended_at = excluded.ended_at, verdict = excluded.verdict,
                    problem = excluded.problem, success_at = coalesce(excluded.success_at, pass.success_at), connector = excluded.connector,
                    version = excluded.version, digest = excluded.digest, collected = excluded.collected, denied = excluded.denied,
                    missing = excluded.missing, throttled = excluded.throttled, failed = excluded.failed",
                &parameters,
            )
            .await?;
        self.commit().await
    }
}

fn pass(row: &Row) -> Result<PassRecord, tokio_postgres::Error> {
    let count = |column: usize| {
        let count: i64 = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(u64::try_from(count).unwrap_or_default())
    };
    Ok(PassRecord {
        source: row.try_get(0)?,
        begun_at: row.try_get(1)?,
        ended_at: row.try_get(2)?,
        verdict: row.try_get(3)?,
        problem: row.try_get(4)?,
        success_at: row.try_get(5)?,
        connector: row.try_get(6)?,
        version: row.try_get(7)?,
        digest: row.try_get(8)?,
        rooms: RoomCounts {
            collected: count(9)?,
            denied: count(10)?,
            missing: count(11)?,
            throttled: count(12)?,
            failed: count(13)?,
        },
    })
}
