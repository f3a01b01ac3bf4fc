//! A day that passes over a store, and how it is taken back, so that the next run begins with the same store.

use std::path::PathBuf;

use anyhow::Context as _;
use collector_model::usage::Record;
use collector_store::Store;
use rusqlite::{Connection, params};

use crate::days::Zones;
use crate::filled::{FILE, put_readings, room_number};
use crate::life::Life;
use crate::passes::last_until;
use crate::portfolio::Place;
use crate::rows::{Kept, put_booking, remove_booking};
use crate::size::{AHEAD, DAY, NOW, Size};

/// What a day brings.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// New, changed and removed bookings.
    pub(crate) bookings: usize,
    pub(crate) records: usize,
}

/// Beside a store over which a day has passed: the counters of its journal before.
const MARK: &str = "passing";

/// Lets a day pass: what passes and devices bring until a day after [`NOW`]. The passes of a day leave what its last would leave alone, so each
/// room is changed once, in one transaction.
pub(crate) fn pass_a_day(size: &Size, places: &[Place]) -> anyhow::Result<Added> {
    let directory = size.directory();
    let mut connection = open(size)?;
    let counters: (i64, i64) = connection.query_row("SELECT touches, folded FROM store", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    std::fs::write(mark(size), serde_json::to_string(&counters)?)?;
    let mut store = Store::open(&directory)?;
    let drops = store.drops()?;
    let mut zones = Zones::default();
    let mut added = Added::default();
    for place in places {
        let life = Life::of(size, place, &mut zones)?;
        let transaction = connection.transaction()?;
        added.bookings += move_to(&transaction, &life, NOW, NOW + DAY)?;
        // As the store notes it: the time that was not read before.
        let (from, to) = (last_until(NOW) + AHEAD, last_until(NOW + DAY) + AHEAD);
        transaction
            .prepare_cached(
                "INSERT INTO touch SELECT source, 0, address, ?2, ?3 FROM room WHERE number = ?1",
            )?
            .execute([room_number(&transaction, place)?, from, to])?;
        transaction.commit()?;
        let records = new_records(&life);
        added.records += records.len();
        if let Some(space) = place.space.as_ref().filter(|_| !records.is_empty()) {
            store.commit_usage(&space.source, &space.key, &records, None, drops, NOW + DAY)?;
        }
    }
    Ok(added)
}

/// Takes back a day that passed, if one did.
pub(crate) fn take_back(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let mark = mark(size);
    if !mark.exists() {
        return Ok(());
    }
    let counters: (i64, i64) = serde_json::from_str(&std::fs::read_to_string(&mark)?)?;
    let mut connection = open(size)?;
    let mut zones = Zones::default();
    let transaction = connection.transaction()?;
    for place in places {
        let life = Life::of(size, place, &mut zones)?;
        move_to(&transaction, &life, NOW + DAY, NOW)?;
        for record in new_records(&life) {
            let (table, origin) = match &record {
                Record::Usage(usage) => ("usage", &usage.origin),
                Record::Coverage(coverage) => ("coverage", &coverage.origin),
            };
            transaction
                .prepare_cached(&format!(
                    "DELETE FROM {table} WHERE source = (SELECT number FROM usage_source WHERE name = ?1) AND key = ?2"
                ))?
                .execute([&origin.source, &origin.key])?;
        }
    }
    transaction.execute("DELETE FROM touched", [])?;
    transaction.execute(
        "UPDATE store SET touches = ?1, folded = ?2",
        params![counters.0, counters.1],
    )?;
    transaction.commit()?;
    std::fs::remove_file(mark).context("the store is as it was, and the mark beside it cannot be removed")
}

fn mark(size: &Size) -> PathBuf {
    size.directory().join(MARK)
}

/// A connection that changes the store as the store's own would: its triggers see each row that is replaced.
fn open(size: &Size) -> anyhow::Result<Connection> {
    // One that an earlier version made is brought to this one.
    drop(Store::open(&size.directory())?);
    let connection = Connection::open(size.directory().join(FILE))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "recursive_triggers", true)?;
    Ok(connection)
}

/// Changes what is kept of a room from what was known at one instant to what is known at another, in either direction. Returns how many bookings
/// are not the same.
fn move_to(connection: &Connection, life: &Life<'_>, from: i64, to: i64) -> anyhow::Result<usize> {
    let room = room_number(connection, life.place)?;
    let mut changed = 0;
    let mut meetings = 0;
    for booking in &life.calendar.bookings {
        let (before, after) = (booking.kept(from), booking.kept(to));
        meetings += i64::from(matches!(after, Kept::Meeting { .. }));
        if before == after {
            continue;
        }
        changed += 1;
        remove_booking(connection, room, &life.ids, booking)?;
        put_booking(connection, room, &life.ids, booking, after)?;
    }
    put_readings(connection, room, &life.calendar.passes.read(to))?;
    connection
        .prepare_cached("UPDATE room SET meetings = ?2, read_at = ?3 * 1000 WHERE number = ?1")?
        .execute(params![room, meetings, last_until(to)])?;
    Ok(changed)
}

/// What the devices of a room tell on the day.
fn new_records(life: &Life<'_>) -> Vec<Record> {
    let told = life.told.iter().filter(|told| NOW < told.at);
    told.filter_map(|told| told.record(life.size, life.place))
        .collect()
}
