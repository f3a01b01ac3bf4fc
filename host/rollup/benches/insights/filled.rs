//! The store of a large company: made by the store itself, and filled by SQL through the tables that it has.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use collector_model::room::{Room, RoomAddress};
use collector_model::space::Space;
use collector_model::usage::Kind;
use collector_store::{PassRecord, RoomCounts, Store};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::days::Zones;
use crate::life::Life;
use crate::passes::last_until;
use crate::portfolio::{CALENDARS, Device, Place};
use crate::rows::{Kept, put_booking, put_record, spans};
use crate::same;
use crate::size::{BACK, NOW, Size};

/// The store's file.
pub(crate) const FILE: &str = "collector.sqlite3";
/// Rooms of a transaction.
const AT_ONCE: usize = 100;
/// Memory for pages while the file is filled, in KiB: keys of records are in no order, so pages are changed again and again.
const CACHE: i64 = 3 << 20;

/// Makes the store of a size, unless it was made before, and returns whether it did. It is made beside its place and moved there, so that half a
/// store is never used.
pub(crate) fn make(size: &Size, places: &[Place]) -> anyhow::Result<bool> {
    let directory = size.directory();
    if directory.join(FILE).exists() {
        return Ok(false);
    }
    let making = directory.with_extension("part");
    if making.exists() {
        std::fs::remove_dir_all(&making)?;
    }
    std::fs::create_dir_all(directory.parent().context("a directory has a parent")?)?;
    println!(
        "making a store of {} rooms and {} days in {}",
        size.rooms,
        size.days,
        directory.display()
    );
    same::check(size, places)?;
    fill(&making, size, places)?;
    std::fs::rename(&making, &directory)?;
    Ok(true)
}

/// How many rows there are of what grows.
pub(crate) fn counts(directory: &Path) -> anyhow::Result<Vec<(&'static str, i64)>> {
    let connection = Connection::open(directory.join(FILE))?;
    [
        ("meetings", "SELECT coalesce(sum(meetings), 0) FROM room"),
        ("removed meetings", "SELECT count(*) FROM gone"),
        ("usage records", "SELECT count(*) FROM usage"),
        ("coverage records", "SELECT count(*) FROM coverage"),
    ]
    .into_iter()
    .map(|(what, text)| Ok((what, connection.query_row(text, [], |row| row.get(0))?)))
    .collect()
}

/// Puts rooms and spaces as listings find them, and the last pass.
pub(crate) fn put_places(store: &mut Store, size: &Size, places: &[Place]) -> anyhow::Result<()> {
    store.put_rooms(CALENDARS, &places.iter().map(room).collect::<Vec<_>>(), &[])?;
    for source in ["webex", "sensors", "teams"] {
        let own = places.iter().filter_map(space).filter(|(of, _)| *of == source);
        store.put_spaces(source, &own.map(|(_, space)| space).collect::<Vec<_>>(), false)?;
    }
    Ok(store.put_pass(&pass(size))?)
}

fn room(place: &Place) -> Room {
    Room {
        address: RoomAddress::new(&place.address),
        key: place.address.clone(),
        name: place.name.clone(),
        building: place.building.clone(),
        capacity: place.capacity,
        lists: vec!["all-rooms@contoso.example".to_owned()],
    }
}

fn space(place: &Place) -> Option<(&str, Space)> {
    let id = place.space.as_ref()?;
    let space = Space {
        key: id.key.clone(),
        name: place.name.clone(),
        address: Some(RoomAddress::new(&place.address)),
        building: place.building.clone(),
        capacity: place.capacity,
        time_zone: Some(place.zone.to_owned()),
        kinds: match place.device {
            Device::None => Vec::new(),
            Device::Calls => vec![Kind::Call, Kind::Presentation],
            Device::Intervals => vec![Kind::Presence, Kind::PeopleCount],
            Device::Changes => vec![Kind::Presence],
            Device::Counts | Device::Samples => vec![Kind::PeopleCount],
            Device::Buckets => vec![Kind::Call, Kind::Presentation, Kind::Presence],
        },
        notes: String::new(),
    };
    Some((&id.source, space))
}

fn pass(size: &Size) -> PassRecord {
    let last = last_until(NOW);
    PassRecord {
        source: CALENDARS.to_owned(),
        begun_at: last,
        ended_at: last + 60,
        verdict: "everything".to_owned(),
        problem: None,
        success_at: None,
        connector: "o365".to_owned(),
        version: "1.0.0".to_owned(),
        digest: "0".repeat(64),
        rooms: RoomCounts {
            collected: u64::try_from(size.rooms).unwrap_or_default(),
            ..RoomCounts::default()
        },
    }
}

/// Makes a store in a directory with these rooms and everything that is known about them at [`NOW`].
pub(crate) fn fill(directory: &Path, size: &Size, places: &[Place]) -> anyhow::Result<()> {
    let begun = Instant::now();
    put_places(&mut Store::open(directory)?, size, places)?;
    let mut connection = Connection::open(directory.join(FILE))?;
    // A store that was not finished is thrown away, so nothing has to survive a power cut.
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    let mut zones = Zones::default();
    for (done, some) in places.chunks(AT_ONCE).enumerate() {
        let transaction = connection.transaction()?;
        for place in some {
            put(&transaction, &Life::of(size, place, &mut zones)?)?;
        }
        transaction.commit()?;
        if (done + 1) % 5 == 0 {
            println!(
                "  {} of {} rooms after {:.0} s",
                (done + 1) * AT_ONCE,
                places.len(),
                begun.elapsed().as_secs_f64()
            );
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    drop(connection);
    // The journal is as if somebody had computed with all of it: the size of its spans says nothing about a new store.
    let mut store = Store::open(directory)?;
    let last = store.touched_after(0)?.last;
    Ok(store.forget_touched(last)?)
}

/// Puts everything that is known about a room at [`NOW`].
fn put(connection: &Connection, life: &Life<'_>) -> anyhow::Result<()> {
    let number = room_number(connection, life.place)?;
    let mut meetings = 0;
    for booking in &life.calendar.bookings {
        let kept = booking.kept(NOW);
        meetings += i64::from(matches!(kept, Kept::Meeting { .. }));
        put_booking(connection, number, &life.ids, booking, kept)?;
    }
    let passes = &life.calendar.passes;
    put_readings(connection, number, &passes.read(NOW))?;
    let last = last_until(NOW);
    connection
        .prepare_cached(
            "UPDATE room SET meetings = ?2, known_from = ?3, read_at = ?4 * 1000, outcome = 'collected', outcome_at = ?5 WHERE number = ?1",
        )?
        .execute(params![number, meetings, passes.begin() - BACK, last, passes.begin()])?;
    for told in life.told.iter().filter(|told| told.at <= NOW) {
        if let Some(record) = told.record(life.size, life.place) {
            let origin = record.origin();
            let device = device_number(
                connection,
                &origin.source,
                &origin.space,
                origin.device.as_deref(),
            )?;
            put_record(connection, device, &record)?;
        }
    }
    Ok(())
}

/// The number of a room.
pub(crate) fn room_number(connection: &Connection, place: &Place) -> anyhow::Result<i64> {
    Ok(connection
        .prepare_cached("SELECT number FROM room WHERE source = ?1 AND address = ?2")?
        .query_row(params![CALENDARS, place.address], |row| row.get(0))?)
}

/// Notes what was read of a room.
pub(crate) fn put_readings(connection: &Connection, room: i64, read: &[(i64, i64)]) -> anyhow::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO reading (room, spans) VALUES (?1, ?2)")?
        .execute(params![room, spans(read)?])?;
    Ok(())
}

/// The numbers of a source and of a device of it, which are made if they are new.
fn device_number(
    connection: &Connection,
    source: &str,
    space: &str,
    device: Option<&str>,
) -> anyhow::Result<(i64, i64)> {
    let place = params![source, space, device.unwrap_or_default()];
    let known = connection
        .prepare_cached(
            "SELECT source, usage_device.number FROM usage_device JOIN usage_source ON usage_source.number = source
             WHERE name = ?1 AND space = ?2 AND device = ?3",
        )?
        .query_row(place, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    connection.execute(
        "INSERT OR IGNORE INTO usage_source (name, arrived_at) VALUES (?1, ?2)",
        params![source, NOW],
    )?;
    Ok(connection.query_row(
        "INSERT INTO usage_device (source, space, device) SELECT number, ?2, ?3 FROM usage_source WHERE name = ?1 RETURNING source, number",
        place,
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}
