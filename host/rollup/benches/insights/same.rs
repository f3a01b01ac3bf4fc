//! Checks that the rows of a generated store are those that the store's own functions write, in some of its rooms.
//!
//! Only the history of bookings is left out: the store stamps it with the clock.

use std::path::Path;

use anyhow::{Context as _, ensure};
use collector_model::meeting::{Meeting, Subject};
use collector_model::room::RoomAddress;
use collector_model::window::Window;
use collector_store::{Change, Reading, Store};
use rusqlite::Connection;

use crate::days::Zones;
use crate::filled::{FILE, put_places};
use crate::life::Life;
use crate::portfolio::{CALENDARS, Place};
use crate::rows::{Kept, subject};
use crate::size::{AHEAD, BACK, NOW, Size};

/// How many rooms are compared, the first ones: enough that each device is among them.
const ROOMS: usize = 40;
/// What is compared, without the numbers that the store gives. `{store}` is the one store or the other.
const ROWS: [&str; 5] = [
    "SELECT address, name, building, capacity, lists, listed, key, meetings FROM {store}.room",
    "SELECT source, key, name, address, building, capacity, zone, kinds, listed FROM {store}.space",
    "SELECT address, id, series, subject, withheld, start_at, end_at, all_day, status
     FROM {store}.meeting JOIN {store}.room ON number = room",
    "SELECT name, space, usage_device.device, key, revision, withdrawn, kind, form, start_at, end_at, value, resolution
     FROM {store}.usage_device JOIN {store}.usage_source ON usage_source.number = usage_device.source
     JOIN {store}.usage ON usage.device = usage_device.number",
    "SELECT name, space, usage_device.device, key, revision, withdrawn, kinds, start_at, end_at, state, reason
     FROM {store}.usage_device JOIN {store}.usage_source ON usage_source.number = usage_device.source
     JOIN {store}.coverage ON coverage.device = usage_device.number",
];

/// Stores some rooms in both ways, and compares the rows.
pub(crate) fn check(size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let some = places.get(..ROOMS.min(places.len())).unwrap_or_default();
    let directory = size.directory().with_extension("same");
    let (by_the_store, by_tables) = (directory.join("store"), directory.join("tables"));
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    store(&by_the_store, size, some)?;
    crate::filled::fill(&by_tables, size, some)?;
    let connection = Connection::open(by_the_store.join(FILE))?;
    let other = by_tables.join(FILE);
    connection.execute("ATTACH ?1 AS other", [other.to_str().context("a path in UTF-8")?])?;
    for rows in ROWS {
        let (one, other) = (rows.replace("{store}", "main"), rows.replace("{store}", "other"));
        for (these, those) in [(&one, &other), (&other, &one)] {
            let text =
                format!("SELECT count(*) FROM (SELECT * FROM ({these}) EXCEPT SELECT * FROM ({those}))");
            let different: i64 = connection.query_row(&text, [], |row| row.get(0))?;
            ensure!(different == 0, "the store writes {different} other rows: {these}");
        }
        let count: i64 =
            connection.query_row(&format!("SELECT count(*) FROM ({one})"), [], |row| row.get(0))?;
        ensure!(count > 0, "there are none to compare: {one}");
    }
    drop(connection);
    Ok(std::fs::remove_dir_all(&directory)?)
}

/// Stores rooms as a pass does that finds all of it at once.
fn store(directory: &Path, size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let mut store = Store::open(directory)?;
    put_places(&mut store, size, places)?;
    let mut zones = Zones::default();
    for place in places {
        let life = Life::of(size, place, &mut zones)?;
        let reading = Reading {
            change: Change::Complete,
            meetings: meetings(&life),
            window: Window::new(size.begin() - BACK, NOW + 2 * AHEAD).context("a window")?,
            cursor: None,
            drops: store.drops()?,
        };
        store.commit(CALENDARS, &RoomAddress::new(&place.address), reading)?;
        let batch = store.usage_batch()?;
        for told in life.told.iter().filter(|told| told.at <= NOW) {
            if let Some(record) = told.record(size, place) {
                batch.put(&record)?;
            }
        }
        batch.commit()?;
    }
    Ok(())
}

/// The meetings of a room that are not gone.
fn meetings(life: &Life<'_>) -> Vec<Meeting> {
    let all = life.calendar.bookings.iter();
    all.filter_map(|booking| match booking.kept(NOW) {
        Kept::Meeting {
            start, end, status, ..
        } => Some(Meeting {
            id: life.ids.meeting(booking.number, booking.series),
            series: booking.series.map(|number| life.ids.series(number)),
            subject: Subject::Text(subject(booking)),
            start,
            end,
            all_day: booking.all_day,
            status,
        }),
        Kept::Nothing | Kept::Gone { .. } => None,
    })
    .collect()
}
