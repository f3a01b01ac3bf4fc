//! What a pass keeps about the rooms that it reads: the last attempt with its trouble, which decides the order in the next pass, and the outcome.

use std::collections::HashMap;

use collector_model::pass::{Past, RoomRecord, Trouble};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::clean;
use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};

/// Of several attempts to read a room, the last decides about its trouble.
const ATTEMPTS: &str = "
    INSERT INTO attempt (room, read_at, trouble)
    SELECT number, CASE WHEN bool_or(trouble IS NULL) THEN $2 END, (array_agg(trouble ORDER BY place DESC))[1]
    FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS tried (address, trouble, place) JOIN room USING (address)
    WHERE source = $1 GROUP BY number ORDER BY number
    ON CONFLICT (room) DO UPDATE SET read_at = coalesce(excluded.read_at, attempt.read_at), trouble = excluded.trouble";
const OUTCOMES: &str = "
    INSERT INTO attempt (room, outcome, cause, outcome_at)
    SELECT DISTINCT ON (number) number, outcome, cause, $2
    FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS became (address, outcome, cause, place) JOIN room USING (address)
    WHERE source = $1 ORDER BY number, place DESC
    ON CONFLICT (room) DO UPDATE SET outcome = excluded.outcome, cause = excluded.cause,
        outcome_at = CASE WHEN attempt.outcome = excluded.outcome THEN attempt.outcome_at ELSE excluded.outcome_at END
    WHERE (attempt.outcome, attempt.cause) IS DISTINCT FROM (excluded.outcome, excluded.cause)";

/// How many rooms of a source there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rooms {
    /// That are listed.
    pub listed: u64,
    /// That are known, including those that are no longer listed.
    pub known: u64,
    /// The meetings that are stored of all of them.
    pub meetings: u64,
}

impl Connection {
    /// The histories of attempts to read rooms of a source, in the order of their addresses (lower case).
    ///
    /// # Errors
    /// The database failed.
    pub async fn pasts(&mut self, source: &str, addresses: &[&str]) -> Result<Vec<Past>, Problem> {
        let transaction = self.begin().await?;
        // All of them, rather than those of thousands of addresses.
        let rows = transaction
            .query_typed(
                "SELECT address, read_at, trouble::bigint FROM attempt JOIN room ON number = room
                 WHERE source = $1 AND (read_at IS NOT NULL OR trouble IS NOT NULL)",
                &[(&source, Type::TEXT)],
            )
            .await?;
        transaction.commit().await?;
        let mut known = HashMap::<&str, Past>::with_capacity(rows.len());
        for row in &rows {
            let past = Past {
                read_at: row.try_get(1)?,
                trouble: row.try_get::<_, Option<i64>>(2)?.map(Trouble::of_number),
            };
            known.insert(row.try_get(0)?, past);
        }
        let past = |address: &&str| known.get(&*text(address)).copied().unwrap_or_default();
        Ok(addresses.iter().map(past).collect())
    }

    /// The listed rooms of a source with their outcomes, by address.
    ///
    /// # Errors
    /// The database failed.
    pub async fn room_records(&mut self, source: &str) -> Result<Vec<RoomRecord>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                "SELECT address, name, outcome, cause, outcome_at FROM room LEFT JOIN attempt ON room = number
                 WHERE source = $1 AND listed ORDER BY address",
                &[(&source, Type::TEXT)],
            )
            .await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(records)
    }

    /// How many rooms and meetings of a source are stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rooms(&mut self, source: &str) -> Result<Rooms, Problem> {
        let transaction = self.begin().await?;
        let row = transaction
            .query_typed_one(
                "SELECT count(*) FILTER (WHERE listed), count(*), coalesce(sum(meetings), 0)::bigint FROM room WHERE source = $1",
                &[(&source, Type::TEXT)],
            )
            .await?;
        let count = |column: usize| {
            let count: i64 = row.try_get(column)?;
            Ok::<_, tokio_postgres::Error>(u64::try_from(count).unwrap_or_default())
        };
        let rooms = Rooms {
            listed: count(0)?,
            known: count(1)?,
            meetings: count(2)?,
        };
        transaction.commit().await?;
        Ok(rooms)
    }
}

impl Fenced<'_> {
    /// Stores attempts to read rooms of a source, with their trouble (none if a room was collected), and commits. `at`: UTC milliseconds. Rooms that are
    /// not known are left out.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing was changed.
    pub async fn commit_attempts(
        self,
        source: &str,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), CommitError> {
        let addresses: Vec<_> = attempts.iter().map(|(address, _)| text(address)).collect();
        let troubles: Vec<_> = attempts
            .iter()
            .map(|(_, trouble)| trouble.map(Trouble::number))
            .collect();
        self.transaction()
            .execute_typed(
                ATTEMPTS,
                &[
                    (&source, Type::TEXT),
                    (&at, Type::INT8),
                    (&addresses, Type::TEXT_ARRAY),
                    (&troubles, Type::INT8_ARRAY),
                ],
            )
            .await?;
        self.commit().await
    }

    /// Stores the outcomes of rooms of a source (address, outcome, cause), and commits. `at`: UTC seconds. An unchanged outcome keeps its time. Rooms that
    /// are not known are left out.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing was changed.
    pub async fn commit_outcomes(
        self,
        source: &str,
        at: i64,
        outcomes: &[(&str, &str, Option<String>)],
    ) -> Result<(), CommitError> {
        let (mut addresses, mut words, mut causes) = (Vec::new(), Vec::new(), Vec::new());
        for (address, outcome, cause) in outcomes {
            addresses.push(text(address));
            words.push(*outcome);
            causes.push(cause.as_deref().map(clean::message));
        }
        self.transaction()
            .execute_typed(
                OUTCOMES,
                &[
                    (&source, Type::TEXT),
                    (&at, Type::INT8),
                    (&addresses, Type::TEXT_ARRAY),
                    (&words, Type::TEXT_ARRAY),
                    (&causes, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        self.commit().await
    }
}

fn record(row: &Row) -> Result<RoomRecord, tokio_postgres::Error> {
    Ok(RoomRecord {
        address: row.try_get(0)?,
        name: row.try_get(1)?,
        outcome: row.try_get(2)?,
        cause: row.try_get(3)?,
        since: row.try_get(4)?,
    })
}
