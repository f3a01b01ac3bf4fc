//! Changes with numbers: those that wait for a sink, and how far each sink has got.
//!
//! A source has a stream of changes, numbered without gaps in the order in which they become visible. So a sink that remembers the last number it saw
//! misses none. Sinks know the stream's id as that of a store.

use collector_model::change::{Change, ChangeKind, What};
use collector_model::meeting::{Meeting, Status, Subject};
use collector_postgresql::Problem;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use crate::connection::Connection;
use crate::lock;

/// How far a sink has got with the stream of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// It has the changes up to this number.
    pub delivered: i64,
    /// It may have those up to this one.
    pub offered: i64,
    /// The last one that it took; none before the first.
    pub confirmed: Option<i64>,
}

/// Whether a row of `outbox` is a change that a sink refused, or an earlier one of the meeting: it does not wait. The argument names the sink.
macro_rules! is_refused {
    ($sink:literal) => {
        concat!(
            "EXISTS (SELECT FROM set_aside WHERE (set_aside.sink, set_aside.source, set_aside.room, set_aside.id) = (",
            $sink,
            ", outbox.source, outbox.room, outbox.id) AND set_aside.number >= outbox.number)"
        )
    };
}
pub(crate) use is_refused;

/// The changes that wait for a sink one by one, without rooms that it is told as a whole, and without what it refused. Subjects that may not be seen
/// are withheld, whatever held when they were stored.
const WAITING: &str = concat!(
    "
    SELECT stream.id, outbox.number, at, source, room.number, address, room.name, kind::bigint, outbox.id, series, subject,
        withheld OR subject IS NOT NULL AND EXISTS (SELECT FROM source WHERE name = $2 AND is_hidden),
        start_at, end_at, all_day, status::bigint
    FROM outbox JOIN stream USING (source) JOIN room USING (source)
    WHERE source = $2 AND room.number = outbox.room
        AND outbox.number > (SELECT delivered FROM sink_position WHERE sink = $1 AND sink_position.source = $2)
        AND NOT EXISTS (SELECT FROM refill WHERE (refill.sink, refill.source, refill.room) = ($1, $2, outbox.room))
        AND NOT ",
    is_refused!("$1"),
    " ORDER BY outbox.number LIMIT $3"
);

impl Connection {
    /// Makes the streams of these sources known. Known ones stay as they are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_streams(&mut self, sources: &[&str]) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        lock::own_sinks(&transaction).await?;
        transaction
            .execute_typed(
                "WITH added AS (
                    INSERT INTO stream (source, id)
                    SELECT source, replace(gen_random_uuid()::text, '-', '')
                    FROM (SELECT DISTINCT unnest($1::text[]) AS source ORDER BY source) AS new
                    ON CONFLICT DO NOTHING RETURNING source
                 )
                 INSERT INTO sink_position (sink, source) SELECT name, source FROM sink, added",
                &[(&sources, Type::TEXT_ARRAY)],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The id of the stream of a source, and how far a sink has got with it; none if there is no such stream or sink.
    ///
    /// # Errors
    /// The database failed.
    pub async fn position(
        &mut self,
        sink: &str,
        source: &str,
    ) -> Result<Option<(String, Position)>, Problem> {
        let transaction = self.begin().await?;
        let row = transaction
            .query_typed_opt(
                "SELECT id, delivered, offered, confirmed FROM sink_position JOIN stream USING (source) WHERE sink = $1 AND source = $2",
                &[(&sink, Type::TEXT), (&source, Type::TEXT)],
            )
            .await?;
        let position = match row {
            Some(row) => {
                let position = Position {
                    delivered: row.try_get(1)?,
                    offered: row.try_get(2)?,
                    confirmed: row.try_get(3)?,
                };
                Some((row.try_get(0)?, position))
            }
            None => None,
        };
        transaction.commit().await?;
        Ok(position)
    }

    /// Deletes at most this many changes of a source that every sink has. Returns how many were deleted. Those of which a commit withdraws a subject are
    /// left to the next time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn prune(&mut self, source: &str, most: u32) -> Result<u64, Problem> {
        let transaction = self.begin().await?;
        let deleted = transaction
            .execute_typed(
                "DELETE FROM outbox WHERE source = $1 AND number IN (
                    SELECT number FROM outbox WHERE source = $1 AND number <= ALL (SELECT delivered FROM sink_position WHERE source = $1)
                    ORDER BY number LIMIT $2 FOR UPDATE SKIP LOCKED)",
                &[(&source, Type::TEXT), (&i64::from(most), Type::INT8)],
            )
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}

/// The oldest changes of a source that wait for a sink one by one, at most this many, in the order of their numbers.
pub(crate) async fn waiting(
    transaction: &Transaction<'_>,
    sink: &str,
    source: &str,
    most: u32,
) -> Result<Vec<Change>, tokio_postgres::Error> {
    let rows = transaction
        .query_typed(
            WAITING,
            &[
                (&sink, Type::TEXT),
                (&source, Type::TEXT),
                (&i64::from(most), Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(change).collect()
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
