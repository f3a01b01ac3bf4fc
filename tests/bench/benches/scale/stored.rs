//! The store of a large customer, filled by SQL in the schema that the program created.

use std::path::Path;

use anyhow::Context as _;
use rusqlite::{Connection, params};

/// The span of the meetings, up to yesterday.
const DAYS: i64 = 730;
const DAY: i64 = 24 * 60 * 60;
/// Number of changes in the outbox that wait for each sink.
pub(crate) const CHANGES: i64 = 30_000;

/// The sinks' backlogs: 0 for changes in the outbox, n for a refill of every n-th room.
const SHARES_OF_ROOMS: [i64; 3] = [0, 2, 1];

/// Fills the store of a data directory, which already has its rooms, with old meetings, and gives each sink a backlog.
pub(crate) fn fill(data: &Path, meetings: i64, sinks: [&str; 3]) -> anyhow::Result<()> {
    let mut connection = Connection::open(data.join("collector.sqlite3"))?;
    let transaction = connection.transaction()?;
    let rooms: Vec<i64> = transaction
        .prepare("SELECT number FROM room ORDER BY number")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let each = meetings / i64::try_from(rooms.len().max(1))?;
    for room in &rooms {
        // Ids as long as Graph's, in random order. Nobody looks for them, so any keys will do.
        transaction
            .prepare_cached(
                "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?2)
                 INSERT INTO meeting (slot, room, key, id, series, subject, withheld, start_at, end_at, all_day, status)
                 SELECT (?1 << 32) + n, ?1, random(), '040000008200E00074C5B7101A82E008' || hex(randomblob(36)), NULL, 'Project review ' || n, 0,
                     unixepoch() - ?3 - n * ?4 / ?2, unixepoch() - ?3 - n * ?4 / ?2 + 1800, 0, 0 FROM count",
            )?
            .execute(params![room, each, 2 * DAY, DAYS * DAY])?;
    }
    let counted = has_column(&transaction, "room", "meetings")?;
    if counted {
        transaction.execute_batch(
            "UPDATE room SET meetings = (SELECT count(*) FROM meeting WHERE room = number),
                known_from = (SELECT min(end_at) - 1 FROM meeting WHERE room = number)",
        )?;
    }
    transaction.execute(
        "INSERT INTO outbox (kind, at, room, id, series, subject, withheld, start_at, end_at, all_day, status)
         SELECT 0, unixepoch(), room, id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting
         WHERE room % 10 = 0 LIMIT ?1",
        [CHANGES],
    )?;
    let first: i64 = transaction.query_row("SELECT coalesce(min(number), 1) FROM outbox", [], |row| {
        row.get(0)
    })?;
    for (sink, share) in sinks.into_iter().zip(SHARES_OF_ROOMS) {
        transaction.execute(
            "INSERT INTO sink (name, delivered, offered) VALUES (?1, ?2, ?2)
             ON CONFLICT (name) DO UPDATE SET delivered = ?2, offered = ?2",
            params![sink, first - 1],
        )?;
        if counted {
            backlog(&transaction, sink, share)?;
        }
    }
    transaction.commit()?;
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .context("the store's log")
}

/// Schedules every `share`-th room of a sink for a refill. For the other rooms its changes wait in the outbox.
fn backlog(connection: &Connection, sink: &str, share: i64) -> anyhow::Result<()> {
    connection.execute("DELETE FROM refill WHERE sink = ?1", [sink])?;
    connection.execute(
        "INSERT INTO refill (sink, room) SELECT ?1, number FROM room WHERE ?2 > 0 AND number % max(?2, 1) = 0",
        params![sink, share],
    )?;
    connection.execute(
        "UPDATE sink SET refill_at = (SELECT unixepoch() FROM refill WHERE refill.sink = name LIMIT 1),
            waiting = (SELECT count(*) FROM outbox WHERE number > delivered
                AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name AND refill.room = outbox.room))
         WHERE name = ?1",
        [sink],
    )?;
    Ok(())
}

/// Number of stored meetings.
pub(crate) fn count(data: &Path) -> anyhow::Result<i64> {
    let connection = Connection::open(data.join("collector.sqlite3"))?;
    Ok(connection.query_row("SELECT count(*) FROM meeting", [], |row| row.get(0))?)
}

fn has_column(connection: &Connection, table: &str, column: &str) -> anyhow::Result<bool> {
    Ok(connection
        .prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2")?
        .exists([table, column])?)
}
