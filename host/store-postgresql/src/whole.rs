//! Rooms that sinks are told as a whole: which wait for that, and what is read of them.

use std::collections::HashMap;

use collector_commit::WholeRoom;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::stored::meeting;

/// The next rooms, until they have so many changes together. A room has two at least, so only so many are looked at.
const NEXT: &str = "
    WITH next AS (
        SELECT room FROM refill WHERE sink = $1 AND source = $2 ORDER BY room LIMIT $3 / 2 + 1
    ),
    counted AS (
        SELECT number, sum(meetings + 2) OVER (ORDER BY number) - meetings - 2 AS before FROM next JOIN room ON number = room
    )
    SELECT number FROM counted WHERE before < $3 ORDER BY number";
/// Commits lock their rooms too. So the rooms are read between two commits, and the numbers that this transaction takes lie between those of both.
const LOCK: &str = "SELECT FROM room WHERE number = ANY ($1) ORDER BY number FOR SHARE";
const ROOMS: &str =
    "SELECT number, source, address, name, known_from FROM room WHERE number = ANY ($1) ORDER BY number";
const MEETINGS: &str = "
    SELECT room, id, series, subject, withheld, start_at, end_at, all_day, status::bigint
    FROM meeting WHERE room = ANY ($1) ORDER BY room, start_at, id";
const REFUSED: &str = "SELECT room, id FROM set_aside WHERE sink = $1 AND room = ANY ($2)";
/// All rooms of a source that were ever read as a whole.
const ASK_FOR_ALL: &str = "
    INSERT INTO refill (sink, source, room, at)
    SELECT $1, source, number, extract(epoch FROM clock_timestamp())::bigint
    FROM room WHERE known_from IS NOT NULL AND ($2::text IS NULL OR source = $2) ORDER BY number
    ON CONFLICT (sink, source, room) DO UPDATE SET at = excluded.at, taken = NULL";
const START_OVER: &str = "
    UPDATE sink_position SET delivered = stream.number, offered = stream.number, confirmed = NULL
    FROM stream WHERE sink_position.source = stream.source AND sink = $1 AND ($2::text IS NULL OR stream.source = $2)";

/// Asks that a sink is told everything of a source, or (none) of all sources, as a whole: also what waits for it now.
pub(crate) async fn ask_for_all(
    transaction: &Transaction<'_>,
    sink: &str,
    source: Option<&str>,
) -> Result<(), tokio_postgres::Error> {
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&sink, Type::TEXT), (&source, Type::TEXT)];
    let forget = "DELETE FROM set_aside WHERE sink = $1 AND ($2::text IS NULL OR source = $2)";
    for statement in [forget, ASK_FOR_ALL, START_OVER] {
        transaction.execute_typed(statement, &parameters).await?;
    }
    Ok(())
}

/// The next rooms of a source that a sink is told as a whole, by their numbers.
pub(crate) async fn next_rooms(
    transaction: &Transaction<'_>,
    sink: &str,
    source: &str,
    enough: u32,
) -> Result<Vec<i64>, tokio_postgres::Error> {
    let rows = transaction
        .query_typed(
            NEXT,
            &[
                (&sink, Type::TEXT),
                (&source, Type::TEXT),
                (&i64::from(enough), Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Locks rooms, and reads them with their meetings, by their numbers.
pub(crate) async fn whole_rooms(
    transaction: &Transaction<'_>,
    sink: &str,
    numbers: &[i64],
) -> Result<Vec<WholeRoom>, tokio_postgres::Error> {
    let parameters = [(&numbers as _, Type::INT8_ARRAY)];
    let of_sink = [(&sink as _, Type::TEXT), (&numbers as _, Type::INT8_ARRAY)];
    // Sent together, in this order.
    let (_, rooms, meetings, refused) = futures::try_join!(
        transaction.query_typed(LOCK, &parameters),
        transaction.query_typed(ROOMS, &parameters),
        transaction.query_typed(MEETINGS, &parameters),
        transaction.query_typed(REFUSED, &of_sink)
    )?;
    let mut rooms: Vec<WholeRoom> = rooms.iter().map(room).collect::<Result<_, _>>()?;
    let mut by_number: HashMap<i64, &mut WholeRoom> =
        rooms.iter_mut().map(|room| (room.number, room)).collect();
    for row in meetings {
        if let Some(room) = by_number.get_mut(&row.try_get(0)?) {
            room.meetings.push(meeting(&row)?);
        }
    }
    for row in refused {
        if let Some(room) = by_number.get_mut(&row.try_get(0)?) {
            room.refused.insert(row.try_get(1)?);
        }
    }
    Ok(rooms)
}

fn room(row: &Row) -> Result<WholeRoom, tokio_postgres::Error> {
    Ok(WholeRoom {
        number: row.try_get(0)?,
        source: row.try_get(1)?,
        address: row.try_get(2)?,
        name: row.try_get(3)?,
        known_from: row.try_get(4)?,
        ..WholeRoom::default()
    })
}
