//! What joining spaces to rooms needs of the store: every space that is listed or has records, and how the calls of a space agree with the bookings of
//! its rooms.

use collector_commit::usage::position;
use collector_model::joining::{Agreement, MOST_BOOKINGS, MOST_CALLS, compared_time};
use collector_model::room::RoomAddress;
use collector_model::space::{SpaceId, SpaceRecord};
use collector_model::usage::{Form, Kind, OPEN_END};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::connection::Connection;
use crate::spaces::{space, spaces};

const KNOWN: &str = concat!(
    spaces!(
        "source = ANY ($1) AND (listed OR EXISTS (
            SELECT FROM usage_device JOIN usage_source ON usage_source.number = usage_device.source
            WHERE usage_source.name = space.source AND usage_device.space = space.key))"
    ),
    " UNION ALL
     SELECT DISTINCT usage_source.name, usage_device.space, '', NULL, NULL, NULL::bigint, NULL, 0::bigint, NULL, NULL, NULL::bigint, false
     FROM usage_device JOIN usage_source ON usage_source.number = usage_device.source
     WHERE usage_source.name = ANY ($1) AND NOT EXISTS (
        SELECT FROM space AS known WHERE known.source = usage_source.name AND known.key = usage_device.space)
     ORDER BY 1, 3, 2"
);
/// The rooms of addresses, each with the time for which its bookings are known. An address without a room has no number.
const ROOMS: &str = "
    SELECT number, known_from, read_at / 1000
    FROM unnest($1::text[]) AS asked (address) LEFT JOIN room ON room.address = asked.address AND source = ANY ($2) AND listed
        LEFT JOIN attempt ON attempt.room = number";
/// The calls of a space that begin in `[$3, $4)`, with their ends.
const CALLS: &str = "
    SELECT start_at, coalesce(end_at, least(start_at + $6, greatest($5, start_at)))
    FROM usage_source JOIN usage_device ON usage_device.source = usage_source.number JOIN usage ON usage.device = usage_device.number
    WHERE usage_source.name = $1 AND usage_device.space = $2
        AND NOT withdrawn AND kind = $8 AND form = $9 AND value <> 0 AND start_at >= $3 AND start_at < $4
    ORDER BY start_at DESC LIMIT $7";
/// The confirmed meetings of rooms that overlap `[$2, $3)`.
const BOOKED: &str = "
    SELECT booked.* FROM unnest($1::bigint[]) AS asked (number) CROSS JOIN LATERAL (
        SELECT start_at, end_at FROM meeting
        WHERE room = asked.number AND end_at > $2 AND start_at < $3 AND end_at > start_at AND status = 0 ORDER BY end_at LIMIT $4) AS booked";

impl Connection {
    /// The spaces of these sources that are listed or have records, by source, name and key. Of one that was never listed, only key and source are known.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_spaces(&mut self, sources: &[&str]) -> Result<Vec<SpaceRecord>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(KNOWN, &[(&sources, Type::TEXT_ARRAY)])
            .await?;
        let spaces = rows.iter().map(space).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(spaces)
    }

    /// How the calls of a space in the last 30 days agree with the confirmed bookings of its rooms, which are of these sources. Only calls from times are
    /// looked at for which the bookings of all rooms are known; none if there is no such time. `now` is in UTC seconds.
    ///
    /// # Errors
    /// The database failed.
    pub async fn agreement(
        &mut self,
        space: &SpaceId,
        sources: &[&str],
        rooms: &[RoomAddress],
        now: i64,
    ) -> Result<Option<Agreement>, Problem> {
        let transaction = self.begin().await?;
        let addresses: Vec<_> = rooms.iter().map(|room| text(room.as_str())).collect();
        let rows = transaction
            .query_typed(
                ROOMS,
                &[(&addresses, Type::TEXT_ARRAY), (&sources, Type::TEXT_ARRAY)],
            )
            .await?;
        let (mut numbers, mut known) = (Vec::new(), Vec::new());
        for row in &rows {
            let Some(number) = row.try_get::<_, Option<i64>>(0)? else {
                return Ok(None);
            };
            let times: (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(2)?);
            numbers.push(number);
            known.push(times.0.zip(times.1));
        }
        let Some((from, to)) = compared_time(now, known) else {
            return Ok(None);
        };
        let calls = calls(&transaction, space, (from, to), now).await?;
        let until = calls.iter().map(|(_, end)| *end).max().unwrap_or(to);
        let bookings = if calls.is_empty() {
            Vec::new()
        } else {
            let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
                (&numbers, Type::INT8_ARRAY),
                (&from, Type::INT8),
                (&until, Type::INT8),
                (&MOST_BOOKINGS, Type::INT8),
            ];
            spans(&transaction.query_typed(BOOKED, &parameters).await?)?
        };
        transaction.commit().await?;
        Ok(Some(Agreement::of(&calls, &bookings)))
    }
}

async fn calls(
    transaction: &Transaction<'_>,
    space: &SpaceId,
    (from, to): (i64, i64),
    now: i64,
) -> Result<Vec<(i64, i64)>, tokio_postgres::Error> {
    let kind = i64::from(position(Kind::ALL, Kind::Call));
    let form = i64::from(position(Form::ALL, Form::Interval));
    let rows = transaction
        .query_typed(
            CALLS,
            &[
                (&text(&space.source), Type::TEXT),
                (&text(&space.key), Type::TEXT),
                (&from, Type::INT8),
                (&to, Type::INT8),
                (&now, Type::INT8),
                (&OPEN_END, Type::INT8),
                (&MOST_CALLS, Type::INT8),
                (&kind, Type::INT8),
                (&form, Type::INT8),
            ],
        )
        .await?;
    spans(&rows)
}

fn spans(rows: &[Row]) -> Result<Vec<(i64, i64)>, tokio_postgres::Error> {
    let span = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(span).collect()
}
