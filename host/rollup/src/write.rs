//! Stores what was computed of a room: its dates, its series, and that months have to be added up anew.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction, params};

use crate::compute::{Computed, ComputedDay};
use crate::content::{Packed, StoredBooking, StoredDay, date_of, month_of};
use crate::months::{forget_month, widen};
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
    let mut dates: BTreeSet<i64> = BTreeSet::new();
    if task.first.is_some() {
        for (from, to) in &computed.forgotten {
            forget(file, room, (*from, *to), &mut changes, &mut dates, &mut noting)?;
        }
        for day in &computed.days {
            let date = (day.date, day.date);
            forget(file, room, date, &mut changes, &mut dates, &mut noting)?;
        }
    }
    for day in computed.days {
        dates.insert(day.date);
        write_day(file, room, day, &mut changes, &mut noting)?;
    }
    if let Some(noting) = noting {
        noting.write(file, room, &dates, &task.marks)?;
    }
    changes.write(file)?;
    file.prepare_cached("DELETE FROM mark WHERE room = ?1 AND number <= ?2")?
        .execute([room, task.last_mark])?;
    if let (Some(first), Some(last)) = (dates.first(), dates.last()) {
        widen(file, room, *first, *last)?;
    }
    // How much of today has passed counts even where nothing is known of it.
    let todays = task.next.into_iter().chain([computed.next]).map(|next| next - 1);
    let months: BTreeSet<i64> = dates
        .into_iter()
        .chain(todays)
        .map(|date| month_of(date_of(date)))
        .collect();
    for month in months {
        forget_month(file, room, month)?;
    }
    Ok(())
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

fn write_day(
    file: &Connection,
    room: i64,
    day: ComputedDay,
    changes: &mut Changes,
    noting: &mut Option<Noting>,
) -> Result<(), rusqlite::Error> {
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
    if let Some(noting) = noting {
        noting.is(day.date, day.settles, &content.bookings);
    }
    file.prepare_cached("INSERT INTO day (room, date, settles, content) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![room, day.date, day.settles, Packed(content)])?;
    Ok(())
}
