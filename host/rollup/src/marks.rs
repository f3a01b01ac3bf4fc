//! Marks the dates of rooms that have to be computed anew, from what changed in the store and in the configuration.

use std::collections::{BTreeMap, HashMap};

use collector_insights::clock::local;
use collector_insights::day::VACANT_ALREADY;
use collector_insights::hours::OpenHours;
use collector_insights::room::Room;
use collector_insights::spans::Span;
use collector_store::{Reader, StoreError, TouchedPlace};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::content::number_of;
use crate::file::{Failure, Rollups, RollupsError};
use crate::known::{UNKNOWN, connected};
use crate::months::{forget_empty, forget_months, widen};
use crate::news::note_all;
use crate::scope::{Alike, Scope};
use crate::threads::{beside, threads};

const DAY: i64 = 86_400;

/// The program with its zone database: another one may see other days in the same records.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

impl Rollups {
    /// Takes over what changed: marks dates, and begins anew with rooms of which nothing computed is right any more. `now` is UTC seconds.
    /// Returns the number of the last change that is taken over.
    pub(crate) fn take_over(&mut self, store: &Reader, scope: &Scope, now: i64) -> Result<i64, RollupsError> {
        let settings = scope.settings();
        let scoped = scope.digest(&settings);
        let seen = self.read(|file| {
            file.query_row("SELECT store, program, scope, seen FROM state", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
        })?;
        let last = store.last_touched()?;
        self.scope = Some(scoped);
        // Mostly nothing changed, and then nobody needs to wait for others who write.
        if seen == Some((store.id()?, PROGRAM.to_owned(), scoped, last)) {
            return Ok(last);
        }
        self.within(|file| take_over(file, store, scope, (&settings, scoped), now))
    }
}

fn take_over(
    file: &Transaction<'_>,
    store: &Reader,
    scope: &Scope,
    (settings, scoped): (&[i64], i64),
    now: i64,
) -> Result<i64, Failure> {
    let id = store.id()?;
    let seen: Option<i64> = file
        .query_row(
            "SELECT seen FROM state WHERE store = ?1 AND program = ?2",
            [&id, PROGRAM],
            |row| row.get(0),
        )
        .optional()?;
    let touches = store.touched_after(seen.unwrap_or_default())?;
    if seen.is_some_and(|seen| seen > touches.last) {
        return Err(Failure::Ahead);
    }
    if seen.is_none() || touches.is_incomplete {
        for table in [
            "month", "built", "zombie", "series", "day", "mark", "room", "alike", "state",
        ] {
            file.execute(&format!("DELETE FROM {table}"), [])?;
        }
    }
    let rooms = synchronize(file, scope, settings)?;
    let of_spaces = scope.rooms_of_spaces();
    let by_address = scope.positions();
    let mut spans: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for touched in &touches.all {
        let Some(span) = Span::new(touched.start, touched.end) else {
            continue;
        };
        match &touched.place {
            TouchedPlace::Room { source, address } => {
                if let Some(room) = by_address.get(&(source.as_str(), address.as_str())) {
                    spans.entry(*room).or_default().push(span);
                }
            }
            TouchedPlace::Space(space) => {
                for room in of_spaces.get(space).into_iter().flatten() {
                    spans.entry(*room).or_default().push(span);
                }
            }
        }
    }
    let mut changed = Vec::new();
    for (position, spans) in spans {
        let Some((room, stored)) = scope.rooms.get(position).zip(rooms.get(&position)) else {
            continue;
        };
        let first: Option<i64> = file
            .prepare_cached("SELECT first FROM room WHERE number = ?1")?
            .query_row([stored], |row| row.get(0))?;
        // Nothing is computed yet: all of it will be.
        if first.is_some() {
            changed.push((room, *stored, spans));
        }
    }
    mark_all(file, store, scope, changed, now)?;
    file.execute("DELETE FROM state", [])?;
    file.execute(
        "INSERT INTO state (store, program, scope, seen) VALUES (?1, ?2, ?3, ?4)",
        params![id, PROGRAM, scoped, touches.last],
    )?;
    Ok(touches.last)
}

/// A room as the file has it.
struct Kept {
    number: i64,
    alike: i64,
    seats: Option<u32>,
    settings: i64,
}

/// Makes the rooms of the file those of the scope, and returns their numbers in the file by their positions in the scope.
fn synchronize(
    file: &Connection,
    scope: &Scope,
    settings: &[i64],
) -> Result<HashMap<usize, i64>, rusqlite::Error> {
    let mut known: HashMap<(String, String), Kept> = file
        .prepare("SELECT source, address, number, alike, seats, settings FROM room")?
        .query_map([], |row| {
            let kept = Kept {
                number: row.get(2)?,
                alike: row.get(3)?,
                seats: row.get(4)?,
                settings: row.get(5)?,
            };
            Ok(((row.get(0)?, row.get(1)?), kept))
        })?
        .collect::<Result<_, _>>()?;
    let mut numbers = HashMap::new();
    for ((position, room), settings) in scope.rooms.iter().enumerate().zip(settings) {
        let alike = alike_number(file, &Alike::of(room))?;
        let number = match known.remove(&(room.source.clone(), room.address.clone())) {
            Some(kept) => {
                if (kept.alike, kept.seats) != (alike, room.seats()) {
                    move_to(file, &kept, alike, room.seats())?;
                }
                if kept.settings != *settings {
                    file.execute(
                        "UPDATE room SET settings = ?2 WHERE number = ?1",
                        params![kept.number, settings],
                    )?;
                    begin_anew(file, kept.number)?;
                }
                kept.number
            }
            None => {
                forget_months(file, alike)?;
                file.prepare_cached(
                    "INSERT INTO room (source, address, alike, seats, settings, witnesses, turn)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) RETURNING number",
                )?
                .query_row(
                    params![room.source, room.address, alike, room.seats(), settings, UNKNOWN],
                    |row| row.get(0),
                )?
            }
        };
        numbers.insert(position, number);
    }
    for kept in known.into_values() {
        forget_months(file, kept.alike)?;
        file.execute("DELETE FROM room WHERE number = ?1", [kept.number])?;
    }
    forget_empty(file)?;
    Ok(numbers)
}

fn alike_number(file: &Connection, alike: &Alike) -> Result<i64, rusqlite::Error> {
    let known = file
        .prepare_cached("SELECT number FROM alike WHERE building = ?1 AND band = ?2 AND part = ?3")?
        .query_row(params![alike.building, alike.band, alike.part], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => file
            .prepare_cached("INSERT INTO alike (building, band, part) VALUES (?1, ?2, ?3) RETURNING number")?
            .query_row(params![alike.building, alike.band, alike.part], |row| row.get(0)),
    }
}

/// Moves a room to others, or gives it other seats.
fn move_to(file: &Connection, kept: &Kept, alike: i64, seats: Option<u32>) -> Result<(), rusqlite::Error> {
    forget_months(file, kept.alike)?;
    forget_months(file, alike)?;
    file.execute(
        "UPDATE room SET alike = ?2, seats = ?3, turn = turn + 1 WHERE number = ?1",
        params![kept.number, alike, seats],
    )?;
    let dates: (Option<i64>, Option<i64>) = file.query_row(
        "SELECT (SELECT min(date) FROM day WHERE room = ?1), (SELECT max(date) FROM day WHERE room = ?1)",
        [kept.number],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let (Some(first), Some(last)) = dates {
        widen(file, kept.number, first, last)?;
    }
    Ok(())
}

/// Forgets what was computed of a room.
pub(crate) fn begin_anew(file: &Connection, room: i64) -> Result<(), rusqlite::Error> {
    let alike = file.query_row("SELECT alike FROM room WHERE number = ?1", [room], |row| {
        row.get(0)
    })?;
    forget_months(file, alike)?;
    note_all(file, room)?;
    for table in ["series", "day", "mark"] {
        file.execute(&format!("DELETE FROM {table} WHERE room = ?1"), [room])?;
    }
    file.execute(
        "UPDATE room SET first = NULL, next = NULL, as_of = NULL, ahead = NULL, turn = turn + 1 WHERE number = ?1",
        [room],
    )?;
    Ok(())
}

/// Marks the dates that depend on what changed in spans of rooms, which are given with their numbers in the file. The store is read on several
/// threads if the rooms are many.
fn mark_all(
    file: &Connection,
    store: &Reader,
    scope: &Scope,
    changed: Vec<(&Room, i64, Vec<Span>)>,
    now: i64,
) -> Result<(), Failure> {
    let mut readers = Vec::new();
    for _ in 0..2 * threads(changed.len()) {
        readers.extend(store.again()?);
    }
    let marks = |store: &Reader, (room, stored, spans): (&Room, i64, Vec<Span>)| {
        let mut marks = Vec::new();
        for span in joined(spans, now) {
            marks.extend(dates(store, scope, room, span, now)?.map(|(from, to)| [stored, from, to]));
        }
        Ok::<_, StoreError>(marks)
    };
    let put = |marks: Result<Vec<[i64; 3]>, StoreError>| {
        for mark in marks? {
            file.prepare_cached("INSERT INTO mark (room, first, last) VALUES (?1, ?2, ?3)")?
                .execute(mark)?;
        }
        Ok::<_, Failure>(())
    };
    if readers.is_empty() {
        return changed.into_iter().try_for_each(|one| put(marks(store, one)));
    }
    let tasks = changed.into_iter().map(|one| (1, one));
    let reading = |reader: Reader| move |one| reader.at_one_moment(|store| marks(store, one));
    beside(readers, tasks, &|| true, reading, put)?;
    Ok(())
}

/// The first and the last of the dates that depend on what changed in a span.
fn dates(
    store: &Reader,
    scope: &Scope,
    room: &Room,
    span: Span,
    now: i64,
) -> Result<Option<(i64, i64)>, StoreError> {
    let Some(whole) = depending(store, scope, room, span, now)? else {
        return Ok(None);
    };
    let hours = scope.buildings.hours(room.building.as_deref());
    // What was vacant before midnight is vacant already after it.
    let end = whole.end().saturating_add(VACANT_ALREADY);
    Ok(date_number(hours, whole.start()).zip(date_number(hours, end)))
}

/// The time that depends on what changed in a span.
fn depending(
    store: &Reader,
    scope: &Scope,
    room: &Room,
    span: Span,
    now: i64,
) -> Result<Option<Span>, StoreError> {
    // Of what has not begun only removed bookings are judged, each by itself.
    if span.start() > now {
        return Ok(Some(span));
    }
    let times = store.booking_times(&room.source, &room.address, span.start(), span.end())?;
    // The verdict of a booking is with the date of its start.
    let whole = times
        .iter()
        .filter_map(|(start, end)| Span::new(*start, *end))
        .fold(span, Span::hull);
    let last = times.iter().map(|(_, end)| *end).max().unwrap_or(i64::MIN);
    let until = whole.end().min(now.max(last).saturating_add(1));
    match Span::new(whole.start(), until) {
        Some(whole) => connected(store, scope.spaces_of(room), whole).map(Some),
        None => Ok(None),
    }
}

/// Spans of which none touches another. What changed in one day is looked at together; what has not begun needs no looking.
fn joined(mut spans: Vec<Span>, now: i64) -> Vec<Span> {
    spans.sort_unstable();
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        let gap = if span.start() > now { 0 } else { DAY };
        match all.last_mut() {
            Some(last) if span.start() <= last.end().saturating_add(gap) => *last = last.hull(span),
            _ => all.push(span),
        }
    }
    all
}

/// The stored number of the local date of an instant; of one before or after all calendars, that of their first or last date.
pub(crate) fn date_number(hours: &OpenHours, at: i64) -> Option<i64> {
    let within = at.clamp(
        jiff::Timestamp::MIN.as_second() + 200_000,
        jiff::Timestamp::MAX.as_second() - 200_000,
    );
    local(hours.zone(), within).map(|local| number_of(local.date))
}
