//! Looks up what is known of rooms before a reading of them is stored, and locks them.

use std::collections::HashMap;

use collector_commit::Known;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use crate::lock;
use crate::spans::spans_of;

/// Waits for whoever else stores something of these rooms. It is a statement of its own, because one that waited would see the locked rows as they are
/// then, but what it joins to them as it was before. Everybody locks rooms in the same order.
const LOCK: &str =
    "SELECT FROM room WHERE source = $1 AND address = ANY ($2) ORDER BY number FOR NO KEY UPDATE";
const LOOK: &str = "
    SELECT address, number, known_from, room.reading, reading.spans, coalesce(is_hidden, false), coalesce(drops, 0),
        EXISTS (SELECT FROM sink WHERE NOT EXISTS (
            SELECT FROM refill WHERE (refill.sink, refill.source, refill.room) = (sink.name, $1, room.number) AND taken IS NULL))
    FROM room LEFT JOIN reading ON reading.room = number LEFT JOIN source ON source.name = room.source
    WHERE room.source = $1 AND address = ANY ($2)";
const ADD: &str = "
    INSERT INTO room (source, address, name) SELECT $1, address, address FROM unnest($2::text[]) AS new (address) ORDER BY address
    ON CONFLICT DO NOTHING";

/// The numbers of rooms and what is known of them, by their addresses. One that was never listed gets a number too, so that nothing collected is dropped.
pub(crate) async fn known(
    transaction: &Transaction<'_>,
    source: &str,
    addresses: &[&str],
) -> Result<HashMap<String, (i64, Known)>, tokio_postgres::Error> {
    // Sent together, in this order: each is sent as soon as it is polled.
    let ((), found) = futures::try_join!(
        lock::share(transaction, source),
        lock_and_look(transaction, source, addresses)
    )?;
    let missing: Vec<&str> = addresses
        .iter()
        .copied()
        .filter(|address| !found.contains_key(*address))
        .collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let parameters = [(&source as _, Type::TEXT), (&missing as _, Type::TEXT_ARRAY)];
    let (_, added) = futures::try_join!(
        transaction.execute_typed(ADD, &parameters),
        lock_and_look(transaction, source, &missing)
    )?;
    Ok(found.into_iter().chain(added).collect())
}

async fn lock_and_look(
    transaction: &Transaction<'_>,
    source: &str,
    addresses: &[&str],
) -> Result<HashMap<String, (i64, Known)>, tokio_postgres::Error> {
    let parameters = [(&source as _, Type::TEXT), (&addresses as _, Type::TEXT_ARRAY)];
    let (_, rows) = futures::try_join!(
        transaction.query_typed(LOCK, &parameters),
        transaction.query_typed(LOOK, &parameters)
    )?;
    rows.iter().map(room).collect()
}

fn room(row: &Row) -> Result<(String, (i64, Known)), tokio_postgres::Error> {
    let reading: Option<&[u8]> = row.try_get(3)?;
    let known = Known {
        known_from: row.try_get(2)?,
        // One of another length is none of ours: the reading is then compared.
        reading: reading.and_then(|digest| digest.try_into().ok()),
        read: spans_of(row, 4)?,
        is_hidden: row.try_get(5)?,
        drops: row.try_get(6)?,
        is_awaited: row.try_get(7)?,
    };
    Ok((row.try_get(0)?, (row.try_get(1)?, known)))
}
