//! What changed of all that figures are computed from: for each room and space the smallest span of time that holds the changes since the last time that somebody
//! computed with them. Commits and triggers write it (see the schema), in the transaction of the change itself.

use collector_commit::{NEVER, RecordSpans, Touched, TouchedPlace};
use collector_model::space::SpaceId;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use crate::fenced::{CommitError, Fenced};
use crate::revision;

/// Rows that a commit holds at this moment are left to the next time: who computes would wait for a slice, and the slice for them.
const TAKE: &str = "
    DELETE FROM touched USING (
        SELECT source, is_space, place FROM touched ORDER BY source, is_space, place LIMIT $1 FOR UPDATE SKIP LOCKED
    ) AS taken
    WHERE (touched.source, touched.is_space, touched.place) = (taken.source, taken.is_space, taken.place)
    RETURNING touched.source, touched.is_space, touched.place, start_at, end_at";
const TOUCH: &str = "
    INSERT INTO touched (source, is_space, place, start_at, end_at)
    SELECT source, false, address, changed.start_at, changed.end_at
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS changed (room, start_at, end_at) JOIN room ON number = changed.room
    ORDER BY source, address
    ON CONFLICT (source, is_space, place) DO UPDATE
        SET start_at = least(touched.start_at, excluded.start_at), end_at = greatest(touched.end_at, excluded.end_at)";

/// What is of a record that holds on lasts until the next of its kind and form.
const TOUCH_RECORDS: &str = "
    INSERT INTO touched (source, is_space, place, start_at, end_at)
    SELECT name, true, space, min(changed.start_at), max(CASE WHEN changed.kind IS NULL THEN changed.end_at ELSE coalesce((
        SELECT next.start_at FROM usage AS next WHERE next.device = changed.device AND NOT next.withdrawn AND next.kind = changed.kind
            AND next.form = changed.form AND next.start_at > changed.end_at ORDER BY next.start_at LIMIT 1), $6) END)
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS changed (device, kind, form, start_at, end_at)
        JOIN usage_device ON usage_device.number = changed.device JOIN usage_source ON usage_source.number = usage_device.source
    GROUP BY name, space ORDER BY name, space
    ON CONFLICT (source, is_space, place) DO UPDATE
        SET start_at = least(touched.start_at, excluded.start_at), end_at = greatest(touched.end_at, excluded.end_at)";

/// Notes what the records of a batch touched, all of which are stored.
pub(crate) async fn touch_records(
    transaction: &Transaction<'_>,
    spans: &RecordSpans,
) -> Result<(), tokio_postgres::Error> {
    let (mut device, mut kind, mut form) = (Vec::new(), Vec::new(), Vec::new());
    let (mut start, mut end) = (Vec::new(), Vec::new());
    for (number, holding, span) in spans.iter() {
        device.push(number);
        kind.push(holding.map(|(kind, _)| i64::from(kind)));
        form.push(holding.map(|(_, form)| i64::from(form)));
        start.push(span.0);
        end.push(span.1);
    }
    if !device.is_empty() {
        transaction
            .execute_typed(
                TOUCH_RECORDS,
                &[
                    (&device, Type::INT8_ARRAY),
                    (&kind, Type::INT8_ARRAY),
                    (&form, Type::INT8_ARRAY),
                    (&start, Type::INT8_ARRAY),
                    (&end, Type::INT8_ARRAY),
                    (&NEVER, Type::INT8),
                ],
            )
            .await?;
    }
    Ok(())
}

/// Spans of rooms in which something changed.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    room: Vec<i64>,
    start: Vec<i64>,
    end: Vec<i64>,
}

impl Spans {
    /// Adds a span of a room, by its number. Each room may be added once.
    pub(crate) fn add(&mut self, room: i64, (start, end): (i64, i64)) {
        self.room.push(room);
        self.start.push(start);
        self.end.push(end);
    }

    /// Notes them.
    pub(crate) async fn touch(&self, transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        if !self.room.is_empty() {
            transaction
                .execute_typed(
                    TOUCH,
                    &[
                        (&self.room, Type::INT8_ARRAY),
                        (&self.start, Type::INT8_ARRAY),
                        (&self.end, Type::INT8_ARRAY),
                    ],
                )
                .await?;
        }
        Ok(())
    }
}

impl Fenced<'_> {
    /// Takes changes away, at most those of so many places, in any order. The caller notes in the same transaction what is to be computed anew: if it is
    /// not committed, they are there as before. What is being changed at this moment comes another time.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn take_touched(&self, most: u32) -> Result<Vec<Touched>, CommitError> {
        revision::fold(self.transaction()).await?;
        let rows = self
            .transaction()
            .query_typed(TAKE, &[(&i64::from(most), Type::INT8)])
            .await?;
        Ok(rows.iter().map(touched).collect::<Result<_, _>>()?)
    }
}

fn touched(row: &Row) -> Result<Touched, tokio_postgres::Error> {
    let (source, place) = (row.try_get(0)?, row.try_get(2)?);
    Ok(Touched {
        place: match row.try_get(1)? {
            true => TouchedPlace::Space(SpaceId { source, key: place }),
            false => TouchedPlace::Room {
                source,
                address: place,
            },
        },
        start: row.try_get(3)?,
        end: row.try_get(4)?,
    })
}
