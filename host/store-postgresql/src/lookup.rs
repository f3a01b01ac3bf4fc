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
            SELECT FROM refill WHERE (refill.sink, refill.source, refill.room) = (sink.name, $1, room.number) AND taken IS NULL)),
        (SELECT max(end_at) FROM gone WHERE gone.room = room.number)
    FROM room LEFT JOIN reading ON reading.room = number LEFT JOIN source ON source.name = room.source
    WHERE room.source = $1 AND address = ANY ($2)";
/// It comes before all locks of rooms. Who had locked some, and then waited for a room that another adds, might be waited for.
const ADD: &str = "
    INSERT INTO room (source, address, name) SELECT $1, address, address FROM unnest($2::text[]) AS new (address)
    WHERE NOT EXISTS (SELECT FROM room WHERE room.source = $1 AND room.address = new.address) ORDER BY address
    ON CONFLICT DO NOTHING";

/// The numbers of rooms and what is known of them, by their addresses. One that was never listed gets a number too, so that nothing collected is dropped.
pub(crate) async fn known(
    transaction: &Transaction<'_>,
    source: &str,
    addresses: &[&str],
) -> Result<HashMap<String, (i64, Known)>, tokio_postgres::Error> {
    let parameters = [(&source as _, Type::TEXT), (&addresses as _, Type::TEXT_ARRAY)];
    // Sent together, in this order: each is sent as soon as it is polled.
    let ((), _, _, rows) = futures::try_join!(
        lock::share(transaction, source),
        transaction.execute_typed(ADD, &parameters),
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
        gone_until: row.try_get(8)?,
    };
    Ok((row.try_get(0)?, (row.try_get(1)?, known)))
}
