//! What a pass keeps about the rooms or spaces that it reads: the last attempt with its trouble, which decides the order in the next pass, and the
//! outcome.

use std::collections::HashMap;

use collector_model::pass::{Counts, Past, Places, RoomRecord, Trouble};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::clean;
use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};
use crate::places::statement;

/// Of several attempts to read a place, the last decides about its trouble.
const ATTEMPTS: &str = "
    INSERT INTO {attempt} ({place}, read_at, trouble)
    SELECT number, CASE WHEN bool_or(trouble IS NULL) THEN $2 END, (array_agg(trouble ORDER BY place DESC))[1]
    FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS tried ({name}, trouble, place) JOIN {place} USING ({name})
    WHERE source = $1 GROUP BY number ORDER BY number
    ON CONFLICT ({place}) DO UPDATE SET read_at = coalesce(excluded.read_at, {attempt}.read_at), trouble = excluded.trouble";
const OUTCOMES: &str = "
    INSERT INTO {attempt} ({place}, outcome, cause, outcome_at)
    SELECT DISTINCT ON (number) number, outcome, cause, $2
    FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS became ({name}, outcome, cause, place) JOIN {place} USING ({name})
    WHERE source = $1 ORDER BY number, place DESC
    ON CONFLICT ({place}) DO UPDATE SET outcome = excluded.outcome, cause = excluded.cause,
        outcome_at = CASE WHEN {attempt}.outcome = excluded.outcome THEN {attempt}.outcome_at ELSE excluded.outcome_at END
    WHERE ({attempt}.outcome, {attempt}.cause) IS DISTINCT FROM (excluded.outcome, excluded.cause)";

impl Connection {
    /// The histories of attempts to read rooms or spaces of a source, in the order of their names: addresses (lower case) or keys.
    ///
    /// # Errors
    /// The database failed.
    pub async fn pasts(
        &mut self,
        places: Places,
        source: &str,
        names: &[&str],
    ) -> Result<Vec<Past>, Problem> {
        let transaction = self.begin().await?;
        // All of them, rather than those of thousands of names.
        let query = statement(
            places,
            "SELECT {name}, read_at, trouble::bigint FROM {attempt} JOIN {place} ON number = {place}
             WHERE source = $1 AND (read_at IS NOT NULL OR trouble IS NOT NULL)",
        );
        let rows = transaction.query_typed(&query, &[(&source, Type::TEXT)]).await?;
        transaction.commit().await?;
        let mut known = HashMap::<&str, Past>::with_capacity(rows.len());
        for row in &rows {
            let past = Past {
                read_at: row.try_get(1)?,
                trouble: row.try_get::<_, Option<i64>>(2)?.map(Trouble::of_number),
            };
            known.insert(row.try_get(0)?, past);
        }
        let past = |name: &&str| known.get(&*text(name)).copied().unwrap_or_default();
        Ok(names.iter().map(past).collect())
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

    /// How many rooms or spaces of a source are stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn counts(&mut self, places: Places, source: &str) -> Result<Counts, Problem> {
        let transaction = self.begin().await?;
        let query = statement(
            places,
            "SELECT count(*) FILTER (WHERE listed), count(*) FROM {place} WHERE source = $1",
        );
        let row = transaction
            .query_typed_one(&query, &[(&source, Type::TEXT)])
            .await?;
        let count = |column: usize| {
            let count: i64 = row.try_get(column)?;
            Ok::<_, tokio_postgres::Error>(u64::try_from(count).unwrap_or_default())
        };
        let counts = Counts {
            listed: count(0)?,
            known: count(1)?,
        };
        transaction.commit().await?;
        Ok(counts)
    }

    /// How many meetings of a source are stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stored_meetings(&mut self, source: &str) -> Result<u64, Problem> {
        let meetings: i64 = self
            .value(
                "SELECT coalesce(sum(meetings), 0)::bigint FROM room WHERE source = $1",
                &[(&source, Type::TEXT)],
            )
            .await?;
        Ok(u64::try_from(meetings).unwrap_or_default())
    }
}

impl Fenced<'_> {
    /// Stores attempts to read rooms or spaces of a source, with their trouble (none if it was collected), and commits. `at`: UTC milliseconds. What is
    /// not known is left out.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing was changed.
    pub async fn commit_attempts(
        self,
        places: Places,
        source: &str,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), CommitError> {
        let names: Vec<_> = attempts.iter().map(|(name, _)| text(name)).collect();
        let troubles: Vec<_> = attempts
            .iter()
            .map(|(_, trouble)| trouble.map(Trouble::number))
            .collect();
        self.transaction()
            .execute_typed(
                &statement(places, ATTEMPTS),
                &[
                    (&source, Type::TEXT),
                    (&at, Type::INT8),
                    (&names, Type::TEXT_ARRAY),
                    (&troubles, Type::INT8_ARRAY),
                ],
            )
            .await?;
        self.commit().await
    }

    /// Stores the outcomes of rooms or spaces of a source (name, outcome, cause), and commits. `at`: UTC seconds. An unchanged outcome keeps its time. What
    /// is not known is left out.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing was changed.
    pub async fn commit_outcomes(
        self,
        places: Places,
        source: &str,
        at: i64,
        outcomes: &[(&str, &str, Option<String>)],
    ) -> Result<(), CommitError> {
        let (mut names, mut words, mut causes) = (Vec::new(), Vec::new(), Vec::new());
        for (name, outcome, cause) in outcomes {
            names.push(text(name));
            words.push(*outcome);
            causes.push(cause.as_deref().map(clean::message));
        }
        self.transaction()
            .execute_typed(
                &statement(places, OUTCOMES),
                &[
                    (&source, Type::TEXT),
                    (&at, Type::INT8),
                    (&names, Type::TEXT_ARRAY),
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
