//! Stores what a pass read of a room: its meetings and its cursor. What that changes, `collector_commit` decides; here are the statements.

use collector_commit::{Commit, Gone, History, Known, Place, Reading, RoomChanges, RoomReading, Steps};
use collector_model::meeting::Meeting;
use collector_model::room::RoomAddress;
use collector_model::window::Window;
use rusqlite::{Connection, OptionalExtension, Row, Statement, Transaction, named_params, params};

use super::booking::{gone_until, readings};
use super::indexes::OVERLAP;
use super::meeting_rows::{key_of, next_slot};
use super::outbox::{is_awaited, tell};
use super::pasts::Pasts;
use super::places::drops;
use super::privacy::is_hidden;
use super::same;
use super::spans::spans_text;
use super::touched::touch_room;
use super::{Store, StoreError};

impl Store {
    /// Stores the meetings and the cursor of one room, in one transaction. If a source's subjects may not be seen, they are withheld. A
    /// cursor is not kept if cursors were dropped since the reading began: the next reading is then a full one.
    ///
    /// # Errors
    /// The store failed; the room is unchanged.
    pub fn commit(
        &mut self,
        source: &str,
        room: &RoomAddress,
        reading: Reading,
    ) -> Result<RoomChanges, StoreError> {
        self.commit_at(source, room, reading, chrono::Utc::now().timestamp())
    }

    /// The same, of which every change has this UTC second.
    ///
    /// # Errors
    /// See [`Store::commit`].
    pub fn commit_at(
        &mut self,
        source: &str,
        room: &RoomAddress,
        reading: Reading,
        now: i64,
    ) -> Result<RoomChanges, StoreError> {
        let transaction = self.connection.transaction()?;
        let changes = commit_within(&transaction, source, room, reading, now)?;
        transaction.commit()?;
        Ok(changes)
    }

    /// Stores the readings of several rooms in one transaction, each as [`Store::commit_at`] does. What changed, in their order.
    ///
    /// # Errors
    /// The store failed; all rooms are unchanged.
    pub fn commit_together(
        &mut self,
        source: &str,
        readings: &[RoomReading],
        now: i64,
    ) -> Result<Vec<RoomChanges>, StoreError> {
        let transaction = self.connection.transaction()?;
        let changes = readings
            .iter()
            .map(|RoomReading { room, reading }| {
                commit_within(&transaction, source, room, reading.clone(), now)
            })
            .collect::<Result<_, _>>()?;
        transaction.commit()?;
        Ok(changes)
    }
}

fn commit_within(
    transaction: &Transaction<'_>,
    source: &str,
    room: &RoomAddress,
    reading: Reading,
    now: i64,
) -> Result<RoomChanges, StoreError> {
    let (number, known) = known(transaction, source, room)?;
    let has_gone = known.gone_until.is_some();
    let commit = Commit::new(known, reading);
    let window = commit.window();
    let is_same = match commit.same_if() {
        Some(meetings) => same::are_stored(transaction, number, window, meetings)?,
        None => false,
    };
    let compared = if is_same {
        commit.same()
    } else {
        commit.compare(stored_meetings(transaction, number, window)?)
    };
    let pasts = Pasts::of(transaction, number, window, has_gone)?;
    let steps = compared.steps(now, |sought| pasts.of_meeting(sought))?;
    take(transaction, number, &steps, now)?;
    Ok(steps.changes)
}

/// The room's number, and what is known of it. One that was never listed gets a number too, so that nothing collected is dropped.
fn known(connection: &Connection, source: &str, room: &RoomAddress) -> Result<(i64, Known), rusqlite::Error> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found = connection
        .prepare_cached("SELECT number, known_from, reading FROM room WHERE source = ?1 AND address = ?2")?
        .query_row([source, room.as_str()], read)
        .optional()?;
    let (number, known_from, reading) = match found {
        Some(found) => found,
        None => connection
            .prepare_cached(
                "INSERT INTO room (source, address, name, lists, listed) VALUES (?1, ?2, ?2, '[]', 1)
                 RETURNING number, known_from, reading",
            )?
            .query_row([source, room.as_str()], read)?,
    };
    let known = Known {
        known_from,
        reading,
        read: readings(connection, number)?,
        gone_until: gone_until(connection, number)?,
        is_hidden: is_hidden(connection, source)?,
        is_awaited: is_awaited(connection, number)?,
        drops: drops(connection)?,
    };
    Ok((number, known))
}

/// The stored meetings of a room that overlap the window.
fn stored_meetings(
    connection: &Connection,
    room: i64,
    window: Window,
) -> Result<Vec<Meeting>, rusqlite::Error> {
    connection
        .prepare_cached(&format!(
            "SELECT id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting
             WHERE room = :room AND {OVERLAP}"
        ))?
        .query_map(
            named_params! { ":room": room, ":start": window.start(), ":end": window.end() },
            super::read::meeting,
        )?
        .collect()
}

/// Does the steps of a commit at a UTC second.
fn take(
    transaction: &Transaction<'_>,
    room: i64,
    steps: &Steps<i64>,
    now: i64,
) -> Result<(), rusqlite::Error> {
    tell(transaction, room, steps, now)?;
    put(transaction, room, steps)?;
    if let Some((start, end)) = steps.touched {
        touch_room(transaction, room, start, end)?;
    }
    for gone in &steps.gone {
        remove(transaction, room, gone)?;
    }
    if let Some(read) = &steps.read {
        if let Some((start, end)) = read.touched {
            touch_room(transaction, room, start, end)?;
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO reading (room, spans) VALUES (?1, ?2)")?
            .execute(params![room, spans_text(&read.all)?])?;
    }
    let after = &steps.room;
    transaction
        .prepare_cached(
            "UPDATE room SET cursor = ?2, known_from = ?3, meetings = meetings + ?4, reading = ?5
             WHERE number = ?1 AND (cursor IS NOT ?2 OR known_from IS NOT ?3 OR ?4 <> 0 OR reading IS NOT ?5)",
        )?
        .execute(params![
            room,
            after.cursor,
            after.known_from,
            after.more,
            after.reading
        ])?;
    Ok(())
}

/// Both have the parameters of [`put_meeting`]. Not `INSERT OR REPLACE`: SQLite would keep a copy of each page that it writes, to undo the row.
const INSERT: &str = "INSERT INTO meeting (room, id, series, subject, withheld, start_at, end_at, all_day, status, first_seen, removed_at, read_before,
        key, slot)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const UPDATE: &str = "UPDATE meeting SET series = ?3, subject = ?4, withheld = ?5, start_at = ?6, end_at = ?7, all_day = ?8, status = ?9, first_seen = ?10,
        removed_at = ?11, read_before = ?12
    WHERE slot = ?14 AND room = ?1 AND key = ?13 AND id = ?2";

/// Stores meetings.
fn put(transaction: &Transaction<'_>, room: i64, steps: &Steps<i64>) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare_cached(INSERT)?;
    let mut update = transaction.prepare_cached(UPDATE)?;
    let mut next = None;
    for put in &steps.puts {
        if let Place::At(slot) = put.place {
            put_meeting(&mut update, (room, slot), &put.meeting, &put.history)?;
            continue;
        }
        if put.place == Place::Back {
            transaction
                .prepare_cached("DELETE FROM gone WHERE room = ?1 AND id = ?2")?
                .execute(params![room, put.meeting.id])?;
        }
        let slot = match next {
            Some(slot) => slot,
            None => next_slot(transaction, room)?,
        };
        put_meeting(&mut insert, (room, slot), &put.meeting, &put.history)?;
        next = Some(slot + 1);
    }
    Ok(())
}

fn put_meeting(
    statement: &mut Statement<'_>,
    (room, slot): (i64, i64),
    meeting: &Meeting,
    history: &History,
) -> Result<(), rusqlite::Error> {
    let (subject, withheld) = meeting.subject.stored();
    statement.execute(params![
        room,
        meeting.id,
        meeting.series,
        subject,
        withheld,
        meeting.start,
        meeting.end,
        meeting.all_day,
        meeting.status.number(),
        history.first_seen,
        history.removed_at,
        spans_text(&history.read_before)?,
        key_of(&meeting.id),
        slot,
    ])?;
    Ok(())
}

/// Deletes a meeting, and keeps what is to be kept of it.
fn remove(transaction: &Transaction<'_>, room: i64, gone: &Gone<i64>) -> Result<(), rusqlite::Error> {
    if let Some(history) = &gone.history {
        let meeting = &gone.meeting;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO gone (room, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                room,
                meeting.id,
                meeting.series,
                meeting.start,
                meeting.end,
                meeting.all_day,
                meeting.status.number(),
                history.first_seen,
                history.removed_at,
                spans_text(&history.read_before)?,
            ])?;
    }
    transaction
        .prepare_cached("DELETE FROM meeting WHERE slot = ?1")?
        .execute([gone.row])?;
    Ok(())
}
