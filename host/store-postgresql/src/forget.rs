//! Deletes meetings of rooms in small transactions, each under a lease: others go on in between, and who lost the lease stops.

use collector_commit::Spans;
use collector_postgresql::Problem;
use tokio_postgres::types::{ToSql, Type};

use crate::connection::Connection;
use crate::fenced::CommitError;
use crate::lease::Lease;
use crate::lock;
use crate::spans::{spans_of, spans_text};
use crate::touched;

/// Rows that a transaction deletes at most.
const ROWS: i64 = 2_000;
/// Rooms that a transaction looks at.
const ROOMS: i64 = 100;

/// Commits lock rooms too, in the same order.
pub(crate) const LOCK: &str = "SELECT FROM room WHERE number = ANY ($1) ORDER BY number FOR NO KEY UPDATE";
/// Deletes meetings of rooms that ended before an instant. A snapshot makes no statement about them.
const MEETINGS: &str = "
    WITH old AS (SELECT room, key FROM meeting WHERE room = ANY ($1) AND end_at < $2 LIMIT $3),
    deleted AS (DELETE FROM meeting USING old WHERE (meeting.room, meeting.key) = (old.room, old.key) RETURNING meeting.room),
    counted AS (SELECT room, count(*) AS rows FROM deleted GROUP BY room),
    changed AS (
        UPDATE room SET meetings = meetings - counted.rows, known_from = CASE WHEN known_from < $2 THEN $2 ELSE known_from END
        FROM counted WHERE number = counted.room
    )
    SELECT count(*) FROM deleted";
const GONE: &str = "
    WITH old AS (SELECT room, key FROM gone WHERE room = ANY ($1) AND end_at < $2 LIMIT $3),
    deleted AS (DELETE FROM gone USING old WHERE (gone.room, gone.key) = (old.room, old.key) RETURNING 1)
    SELECT count(*) FROM deleted";
/// Deletes all changes of rooms that wait.
const CHANGES: &str = "
    WITH waiting AS (SELECT source, number FROM outbox WHERE room = ANY ($1) LIMIT $3),
    deleted AS (DELETE FROM outbox USING waiting WHERE (outbox.source, outbox.number) = (waiting.source, waiting.number) RETURNING 1)
    SELECT count(*) FROM deleted";

/// What to delete of rooms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// Meetings.
    Meetings,
    /// Meetings that are gone.
    Gone,
    /// Changes that wait, whatever their times.
    Changes,
}

impl Of {
    fn statement(self) -> &'static str {
        match self {
            Self::Meetings => MEETINGS,
            Self::Gone => GONE,
            Self::Changes => CHANGES,
        }
    }
}

impl Connection {
    /// Deletes what ended before an instant (UTC seconds) of rooms of a source, by their numbers. Returns how many rows there were.
    pub(crate) async fn delete(
        &mut self,
        lease: &Lease,
        source: &str,
        rooms: &[i64],
        of: Of,
        instant: i64,
    ) -> Result<i64, CommitError> {
        let statement = of.statement();
        let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
            (&rooms, Type::INT8_ARRAY),
            (&instant, Type::INT8),
            (&ROWS, Type::INT8),
        ];
        let mut deleted = 0;
        loop {
            let fenced = self.fenced(lease).await?;
            let transaction = fenced.transaction();
            // Sent together, in this order.
            let ((), _, row) = futures::try_join!(
                lock::share(transaction, source),
                transaction.query_typed(LOCK, &parameters[..1]),
                transaction.query_typed_one(statement, &parameters)
            )?;
            let rows: i64 = row.try_get(0)?;
            fenced.commit().await?;
            deleted += rows;
            if rows < ROWS {
                return Ok(deleted);
            }
        }
    }

    /// Forgets that the time before an instant was read of rooms of a source, since nothing tells any more what was booked then.
    pub(crate) async fn forget_readings(
        &mut self,
        lease: &Lease,
        source: &str,
        rooms: &[i64],
        instant: i64,
    ) -> Result<(), CommitError> {
        let fenced = self.fenced(lease).await?;
        let transaction = fenced.transaction();
        let of_rooms: [(&(dyn ToSql + Sync), Type); 1] = [(&rooms, Type::INT8_ARRAY)];
        let ((), _, rows) = futures::try_join!(
            lock::share(transaction, source),
            transaction.query_typed(LOCK, &of_rooms),
            transaction.query_typed("SELECT room, spans FROM reading WHERE room = ANY ($1)", &of_rooms)
        )?;
        let (mut numbers, mut kept) = (Vec::<i64>::new(), Vec::new());
        let mut touched = touched::Spans::default();
        for row in rows {
            let read: Spans = spans_of(&row, 1)?;
            let after = read.from(instant);
            if after != read {
                let room = row.try_get(0)?;
                numbers.push(room);
                touched.add(room, (i64::MIN, instant));
                kept.push(spans_text(&after));
            }
        }
        transaction
            .execute_typed(
                "UPDATE reading SET spans = kept.spans::bigint[] FROM unnest($1::bigint[], $2::text[]) AS kept (room, spans)
                 WHERE reading.room = kept.room",
                &[(&numbers, Type::INT8_ARRAY), (&kept, Type::TEXT_ARRAY)],
            )
            .await?;
        touched.touch(transaction).await?;
        fenced.commit().await
    }

    /// The next rooms of a source after one of them, by number, of which a condition holds.
    pub(crate) async fn rooms_after(
        &mut self,
        source: &str,
        last: i64,
        condition: &str,
        instant: i64,
    ) -> Result<Vec<i64>, Problem> {
        let query = format!(
            "SELECT number FROM room WHERE source = $1 AND number > $2 AND ({condition}) ORDER BY number LIMIT $4"
        );
        let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
            (&source, Type::TEXT),
            (&last, Type::INT8),
            (&instant, Type::INT8),
            (&ROOMS, Type::INT8),
        ];
        self.column(&query, &parameters).await
    }
}
