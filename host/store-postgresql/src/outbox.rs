//! Changes with numbers: those that wait for a sink, and how far each sink has got.
//!
//! A source has a stream of changes, numbered without gaps in the order in which they become visible. So a sink that remembers the last number it saw
//! misses none. Sinks know the stream's id as that of a store.

use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::{Meeting, Status, Subject};
use collector_postgresql::Problem;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::fenced::Fenced;

/// How far a sink has got with the stream of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// It has the changes up to this number.
    pub delivered: i64,
    /// It may have those up to this one.
    pub offered: i64,
}

impl Connection {
    /// Makes the streams of these sources known. Known ones stay as they are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_streams(&mut self, sources: &[&str]) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        transaction
            .execute_typed(
                "INSERT INTO stream (source, id)
                 SELECT source, replace(gen_random_uuid()::text, '-', '') FROM (SELECT DISTINCT unnest($1::text[]) AS source ORDER BY source) AS new
                 ON CONFLICT DO NOTHING",
                &[(&sources, Type::TEXT_ARRAY)],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The first changes of a source with higher numbers than this, at most this many, in their order. If its subjects may not be seen, they are withheld,
    /// whatever held when they were stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn changes_after(
        &mut self,
        source: &str,
        number: i64,
        most: u32,
    ) -> Result<Vec<Change>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                "SELECT stream.id, outbox.number, at, source, room.number, address, room.name, kind::bigint,
                        outbox.id, series, subject,
                        withheld OR subject IS NOT NULL AND EXISTS (SELECT FROM source WHERE name = $1 AND is_hidden),
                        start_at, end_at, all_day, status::bigint
                 FROM outbox JOIN stream USING (source) JOIN room USING (source)
                 WHERE source = $1 AND outbox.number > $2 AND room.number = outbox.room
                 ORDER BY outbox.number LIMIT $3",
                &[
                    (&source, Type::TEXT),
                    (&number, Type::INT8),
                    (&i64::from(most), Type::INT8),
                ],
            )
            .await?;
        let changes = rows.iter().map(change).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(changes)
    }

    /// How far a sink has got with a source.
    ///
    /// # Errors
    /// The database failed.
    pub async fn position(&mut self, sink: &str, source: &str) -> Result<Position, Problem> {
        let transaction = self.begin().await?;
        let row = transaction
            .query_typed_opt(
                "SELECT delivered, offered FROM sink_position WHERE sink = $1 AND source = $2",
                &[(&sink, Type::TEXT), (&source, Type::TEXT)],
            )
            .await?;
        let position = match row {
            Some(row) => Position {
                delivered: row.try_get(0)?,
                offered: row.try_get(1)?,
            },
            None => Position::default(),
        };
        transaction.commit().await?;
        Ok(position)
    }

    /// Deletes at most this many changes of a source that each of these sinks has; without sinks, any. Returns how many were deleted. Those of which a
    /// commit withdraws a subject are left to the next time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn prune(&mut self, source: &str, sinks: &[&str], most: u32) -> Result<u64, Problem> {
        let transaction = self.begin().await?;
        let deleted = transaction
            .execute_typed(
                "DELETE FROM outbox WHERE source = $1 AND number IN (
                    SELECT number FROM outbox WHERE source = $1 AND number <= ALL (
                        SELECT coalesce(delivered, 0) FROM unnest($2::text[]) AS wanted (sink)
                        LEFT JOIN sink_position ON sink_position.sink = wanted.sink AND sink_position.source = $1)
                    ORDER BY number LIMIT $3 FOR UPDATE SKIP LOCKED)",
                &[
                    (&source, Type::TEXT),
                    (&sinks, Type::TEXT_ARRAY),
                    (&i64::from(most), Type::INT8),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}

impl Fenced<'_> {
    /// Notes how far a sink has got with a source, under the lease of the sink. A position never goes back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_position(&self, sink: &str, source: &str, position: Position) -> Result<(), Problem> {
        self.transaction()
            .execute_typed(
                "INSERT INTO sink_position (sink, source, delivered, offered) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (sink, source) DO UPDATE SET delivered = greatest(sink_position.delivered, excluded.delivered),
                    offered = greatest(sink_position.offered, excluded.offered)",
                &[
                    (&sink, Type::TEXT),
                    (&source, Type::TEXT),
                    (&position.delivered, Type::INT8),
                    (&position.offered, Type::INT8),
                ],
            )
            .await?;
        Ok(())
    }
}

fn change(row: &Row) -> Result<Change, tokio_postgres::Error> {
    Ok(Change {
        store: row.try_get(0)?,
        number: row.try_get(1)?,
        at: row.try_get(2)?,
        source: row.try_get(3)?,
        room_number: row.try_get(4)?,
        room: row.try_get(5)?,
        room_name: row.try_get(6)?,
        what: What::Meeting(
            ChangeKind::of_number(row.try_get(7)?),
            Meeting {
                id: row.try_get(8)?,
                series: row.try_get(9)?,
                subject: Subject::of_stored(row.try_get(10)?, row.try_get(11)?),
                start: row.try_get(12)?,
                end: row.try_get(13)?,
                all_day: row.try_get(14)?,
                status: Status::of_number(row.try_get(15)?),
            },
        ),
    })
}
