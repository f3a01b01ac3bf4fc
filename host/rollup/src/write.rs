//! Stores what was computed of a room: its dates, its series, and that months have to be added up anew.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::compute::{Computed, ComputedDay, Task};
use crate::content::{Packed, StoredBooking, StoredDay, date_of, month_of};
use crate::marks::begin_anew;
use crate::months::{forget_from, widen};
use crate::news::Noting;
use crate::series::{Changes, series_number};

/// Stores what was computed of a room as of a moment (UTC seconds). If somebody else stored something of the room since the task was made, nothing
/// changes.
pub(crate) fn write(file: &Transaction<'_>, computed: Computed, as_of: i64) -> Result<(), rusqlite::Error> {
    let task = &computed.task;
    let is_in_time = file
        .prepare_cached(
            "UPDATE room SET first = ?3, next = ?4, as_of = ?5, ahead = coalesce(?6, ahead), witnesses = coalesce(?7, witnesses), turn = turn + 1
             WHERE number = ?1 AND turn = ?2",
        )?
        .execute(params![
            task.number,
            task.turn,
            computed.first,
            computed.next,
            as_of,
            computed.ahead.map(Packed),
            computed.witnesses
        ])?
        > 0;
    if !is_in_time {
        return Ok(());
    }
    let room = task.number;
    let mut noting = Noting::begin(file)?;
    let mut changes = Changes::default();
    // The dates that were looked at, and those of which something else is stored now.
    let (mut dates, mut other) = (BTreeSet::new(), BTreeSet::new());
    if task.first.is_some() {
        for span in &computed.forgotten {
            forget(file, room, *span, &mut changes, &mut other, &mut noting)?;
        }
    }
    for day in computed.days {
        let date = day.date;
        dates.insert(date);
        if write_day(file, room, day, &mut changes, &mut noting)? {
            other.insert(date);
        }
    }
    if let Some(noting) = noting {
        dates.extend(&other);
        noting.write(file, room, &dates, &task.marks)?;
    }
    changes.write(file)?;
    file.prepare_cached("DELETE FROM mark WHERE room = ?1 AND number <= ?2")?
        .execute([room, task.last_mark])?;
    if let (Some(first), Some(last)) = (other.first(), other.last()) {
        widen(file, room, *first, *last)?;
    }
    // How much of today has passed counts even where nothing is known of it.
    let todays = task.next.into_iter().chain([computed.next]).map(|next| next - 1);
    let mut firsts: BTreeMap<i64, i64> = BTreeMap::new();
    for date in other.into_iter().chain(todays) {
        let first = firsts.entry(month_of(date_of(date))).or_insert(date);
        *first = date.min(*first);
    }
    for date in firsts.into_values() {
        forget_from(file, room, date)?;
    }
    Ok(())
}

/// Begins anew with a room, unless somebody else stored something of it since the task was made.
pub(crate) fn outdated(file: &Connection, task: &Task) -> Result<(), rusqlite::Error> {
    let is_in_time = file
        .prepare_cached("SELECT 1 FROM room WHERE number = ?1 AND turn = ?2")?
        .exists([task.number, task.turn])?;
    match is_in_time {
        true => begin_anew(file, task.number),
        false => Ok(()),
    }
}

/// Forgets what was computed of some dates of a room, and notes them.
fn forget(
    file: &Connection,
    room: i64,
    (first, last): (i64, i64),
    changes: &mut Changes,
    dates: &mut BTreeSet<i64>,
    noting: &mut Option<Noting>,
) -> Result<(), rusqlite::Error> {
    let mut deleted = file.prepare_cached(
        "DELETE FROM day WHERE room = ?1 AND date BETWEEN ?2 AND ?3 RETURNING date, content, settles",
    )?;
    let mut rows = deleted.query([room, first, last])?;
    while let Some(row) = rows.next()? {
        let date = row.get(0)?;
        let Packed(day): Packed<StoredDay> = row.get(1)?;
        changes.gone(date, &day.series);
        dates.insert(date);
        if let Some(noting) = noting {
            noting.was(date, row.get(2)?, day.bookings);
        }
    }
    Ok(())
}

/// Stores a date of a room, in the place of what was computed of it before. False if that is the same.
fn write_day(
    file: &Connection,
    room: i64,
    day: ComputedDay,
    changes: &mut Changes,
    noting: &mut Option<Noting>,
) -> Result<bool, rusqlite::Error> {
    let mut series = Vec::with_capacity(day.series.len());
    for (id, occurred) in day.series {
        let number = series_number(file, room, &id)?;
        changes.now(day.date, number, occurred);
        series.push(number);
    }
    let bookings = day
        .bookings
        .into_iter()
        .map(|(hour, series, counts)| StoredBooking { hour, series, counts });
    let content = StoredDay::new(day.date, &day.values, series, bookings.collect());
    let before: Option<(Packed<StoredDay>, Option<i64>)> = file
        .prepare_cached("SELECT content, settles FROM day WHERE room = ?1 AND date = ?2")?
        .query_row([room, day.date], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let is_same = before
        .as_ref()
        .is_some_and(|(Packed(before), settles)| (before, *settles) == (&content, day.settles));
    if let Some((Packed(before), settles)) = before {
        changes.gone(day.date, &before.series);
        if let Some(noting) = noting {
            noting.was(day.date, settles, before.bookings);
        }
    }
    if let Some(noting) = noting {
        noting.is(day.date, day.settles, &content.bookings);
    }
    if !is_same {
        file.prepare_cached(
            "INSERT INTO day (room, date, settles, content) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (room, date) DO UPDATE SET settles = excluded.settles, content = excluded.content",
        )?
        .execute(params![room, day.date, day.settles, Packed(content)])?;
    }
    Ok(!is_same)
}
