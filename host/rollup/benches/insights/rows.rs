//! Bookings and records as rows of the store. Its own functions stamp what a pass finds with the clock, so they cannot store the history of two
//! years; [`crate::same`] checks that the rest of what they store is the same.

use collector_model::meeting::Status;
use collector_model::usage::{Form, Kind, Record, State, Value};
use collector_store::{key_of, next_slot};
use rusqlite::{Connection, params};

use crate::calendar::Booking;
use crate::words::Ids;

/// What the store has of a booking at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is not known yet, or not any more: it was not confirmed and is gone.
    Nothing,
    /// A meeting.
    Meeting {
        start: i64,
        end: i64,
        status: Status,
        removed_at: Option<i64>,
    },
    /// A meeting that was confirmed and is gone.
    Gone { removed_at: i64 },
}

impl Booking {
    /// What passes had found of it at an instant, in UTC seconds.
    pub(crate) fn kept(&self, at: i64) -> Kept {
        if at < self.first_seen {
            return Kept::Nothing;
        }
        let removed = self.removed.filter(|removed| removed.at <= at);
        let later = match self.moved {
            Some((moved_at, later)) if at < moved_at => later,
            _ => 0,
        };
        match removed {
            Some(removed) if !removed.stays => Kept::Gone {
                removed_at: removed.at,
            },
            _ => Kept::Meeting {
                start: self.start + later,
                end: self.end + later,
                status: if removed.is_some() {
                    Status::Cancelled
                } else {
                    self.status
                },
                removed_at: removed.map(|removed| removed.at),
            },
        }
    }
}

/// Puts what is kept of a booking of a room, by the room's number in the store.
pub(crate) fn put_booking(
    connection: &Connection,
    room: i64,
    ids: &Ids<'_>,
    booking: &Booking,
    kept: Kept,
) -> anyhow::Result<()> {
    let id = ids.meeting(booking.number, booking.series);
    let series = booking.series.map(|number| ids.series(number));
    let read_before = spans(&booking.read_before)?;
    match kept {
        Kept::Nothing => {}
        Kept::Meeting {
            start,
            end,
            status,
            removed_at,
        } => {
            connection
                .prepare_cached(
                    "INSERT INTO meeting (room, id, series, subject, withheld, start_at, end_at, all_day, status, first_seen, removed_at,
                        read_before, key, slot)
                     VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?
                .execute(params![
                    room,
                    id,
                    series,
                    subject(booking),
                    start,
                    end,
                    booking.all_day,
                    status.number(),
                    booking.first_seen,
                    removed_at,
                    read_before,
                    key_of(&id),
                    next_slot(connection, room)?,
                ])?;
            // As a commit notes what it adds.
            connection
                .prepare_cached(
                    "INSERT INTO touch SELECT source, 0, address, ?2, ?3 + 1 FROM room WHERE number = ?1",
                )?
                .execute([room, start, end])?;
        }
        Kept::Gone { removed_at } => {
            connection
                .prepare_cached(
                    "INSERT INTO gone (room, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    room,
                    id,
                    series,
                    booking.start,
                    booking.end,
                    booking.all_day,
                    booking.status.number(),
                    booking.first_seen,
                    removed_at,
                    read_before,
                ])?;
        }
    }
    Ok(())
}

/// The subject of a booking. Those of a series have the same.
pub(crate) fn subject(booking: &Booking) -> String {
    format!("Project review {}", booking.series.unwrap_or(booking.number))
}

/// Takes away what is kept of a booking.
pub(crate) fn remove_booking(
    connection: &Connection,
    room: i64,
    ids: &Ids<'_>,
    booking: &Booking,
) -> anyhow::Result<()> {
    let id = ids.meeting(booking.number, booking.series);
    connection
        .prepare_cached("DELETE FROM meeting WHERE room = ?1 AND key = ?2 AND id = ?3")?
        .execute(params![room, key_of(&id), id])?;
    connection
        .prepare_cached("DELETE FROM gone WHERE room = ?1 AND id = ?2")?
        .execute(params![room, id])?;
    Ok(())
}

/// Puts a record of a device, by the store's numbers of its source and device.
pub(crate) fn put_record(
    connection: &Connection,
    (source, device): (i64, i64),
    record: &Record,
) -> anyhow::Result<()> {
    let origin = record.origin();
    match record {
        Record::Usage(usage) => connection
            .prepare_cached(
                "INSERT INTO usage (source, device, key, revision, withdrawn, kind, form, start_at, end_at, value, resolution)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                source,
                device,
                origin.key,
                origin.revision,
                origin.withdrawn,
                position(Kind::ALL, usage.kind),
                position(Form::ALL, usage.form),
                usage.start,
                usage.end,
                match usage.value {
                    Value::Is(value) => u32::from(value),
                    Value::Number(number) => number,
                },
                usage.resolution,
            ])?,
        Record::Coverage(coverage) => connection
            .prepare_cached(
                "INSERT INTO coverage (source, device, key, revision, withdrawn, kinds, start_at, end_at, state, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                source,
                device,
                origin.key,
                origin.revision,
                origin.withdrawn,
                coverage
                    .kinds
                    .iter()
                    .fold(0_u32, |bits, kind| bits | 1 << position(Kind::ALL, *kind).unwrap_or_default()),
                coverage.start,
                coverage.end,
                position(State::ALL, coverage.state),
                coverage.reason,
            ])?,
    };
    Ok(())
}

/// Spans as they are stored; none at all as null.
pub(crate) fn spans(spans: &[(i64, i64)]) -> anyhow::Result<Option<String>> {
    Ok(match spans.is_empty() {
        true => None,
        false => Some(serde_json::to_string(spans)?),
    })
}

/// The stored form of a value of the model: its position in the list of all.
fn position<T: PartialEq>(all: &[T], value: T) -> Option<u32> {
    let position = all.iter().position(|known| *known == value)?;
    u32::try_from(position).ok()
}
