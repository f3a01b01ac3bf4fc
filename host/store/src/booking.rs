//! The bookings of a room with their history, which a calendar forgets, and which time of the room was ever read as a whole. It is written in the
//! transaction of each commit, since it cannot be computed again.

use collector_commit::{Booking, History, Spans};
use collector_model::meeting::Status;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::indexes::{LONG, OVERLAP};
use super::spans::{spans_of, spans_text};
use super::touched::touch_room;
use super::{Reader, StoreError};

/// Forgets what ended before an instant (UTC seconds): removed meetings, and that the time before was read, since nothing tells any more what was
/// booked then.
pub(super) fn forget_before(connection: &Connection, room: i64, instant: i64) -> Result<(), rusqlite::Error> {
    let has_some = connection
        .prepare_cached("SELECT 1 FROM gone WHERE room = ?1 AND end_at < ?2")?
        .exists([room, instant])?;
    if has_some {
        connection
            .prepare_cached("DELETE FROM gone WHERE room = ?1 AND end_at < ?2")?
            .execute([room, instant])?;
    }
    let read = readings(connection, room)?;
    let kept = read.from(instant);
    if kept != read {
        connection
            .prepare_cached("UPDATE reading SET spans = coalesce(?2, '[]') WHERE room = ?1")?
            .execute(params![room, spans_text(&kept)?])?;
        touch_room(connection, room, i64::MIN, instant)?;
    }
    Ok(())
}

impl Reader {
    /// The bookings of a room of a source that overlap a span of UTC seconds, removed ones too, by start and id.
    ///
    /// # Errors
    /// The store failed.
    pub fn bookings(
        &self,
        source: &str,
        room: &str,
        start: i64,
        end: i64,
    ) -> Result<Vec<Booking>, StoreError> {
        let Some(number) = self.room_number(source, room)? else {
            return Ok(Vec::new());
        };
        // Which of them overlap is decided in the index. Removed ones are few, also those that ended later.
        let (meetings, gone) = (overlapping_meetings("slot"), overlapping_gone("id"));
        let columns = "id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before";
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {columns} FROM meeting WHERE slot IN ({meetings})
                 UNION ALL
                 SELECT {columns} FROM gone WHERE room = :room AND id IN ({gone})
                 ORDER BY start_at, id"
            ))?
            .query_map(
                named_params! { ":room": number, ":start": start, ":end": end },
                |row| {
                    Ok(Booking {
                        id: row.get(0)?,
                        series: row.get(1)?,
                        start: row.get(2)?,
                        end: row.get(3)?,
                        all_day: row.get(4)?,
                        status: Status::of_number(row.get(5)?),
                        history: history(row, 6)?,
                    })
                },
            )?
            .collect::<Result<_, _>>()?)
    }

    /// When the bookings of a room of a source start and end that overlap a span of UTC seconds, removed ones too, in any order. They themselves
    /// are not read.
    ///
    /// # Errors
    /// The store failed.
    pub fn booking_times(
        &self,
        source: &str,
        room: &str,
        start: i64,
        end: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let Some(number) = self.room_number(source, room)? else {
            return Ok(Vec::new());
        };
        let times = "start_at, end_at";
        let (meetings, gone) = (overlapping_meetings(times), overlapping_gone(times));
        Ok(self
            .connection
            .prepare_cached(&format!("{meetings} UNION ALL {gone}"))?
            .query_map(
                named_params! { ":room": number, ":start": start, ":end": end },
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .collect::<Result<_, _>>()?)
    }

    /// When the bookings of a room of a source start (UTC seconds) that end at an instant or later; only those that were removed, if asked for.
    ///
    /// # Errors
    /// The store failed.
    pub fn booking_starts(
        &self,
        source: &str,
        room: &str,
        instant: i64,
        only_removed: bool,
    ) -> Result<Vec<i64>, StoreError> {
        let Some(number) = self.room_number(source, room)? else {
            return Ok(Vec::new());
        };
        let removed = if only_removed {
            "AND removed_at IS NOT NULL"
        } else {
            ""
        };
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT start_at FROM meeting WHERE room = ?1 AND end_at >= ?2 {removed}
                 UNION ALL SELECT start_at FROM gone WHERE room = ?1 AND end_at >= ?2"
            ))?
            .query_map([number, instant], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The time of a room of a source that complete readings covered.
    ///
    /// # Errors
    /// The store failed.
    pub fn readings(&self, source: &str, room: &str) -> Result<Spans, StoreError> {
        Ok(match self.room_number(source, room)? {
            Some(number) => readings(&self.connection, number)?,
            None => Spans::default(),
        })
    }

    /// The store's own number of a room of a source.
    fn room_number(&self, source: &str, room: &str) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT number FROM room WHERE source = ?1 AND address = ?2")?
            .query_row([source, room], |row| row.get(0))
            .optional()?)
    }
}

/// Selects columns that the indexes have of the meetings of `:room` that overlap `[:start, :end)`.
fn overlapping_meetings(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM meeting INDEXED BY meeting_end
         WHERE room = :room AND {OVERLAP} AND end_at - start_at <= {LONG} AND end_at < :end + {LONG}
         UNION ALL
         SELECT {columns} FROM meeting INDEXED BY meeting_long
         WHERE room = :room AND {OVERLAP} AND end_at - start_at > {LONG}"
    )
}

/// The same of meetings that are gone.
fn overlapping_gone(columns: &str) -> String {
    format!("SELECT {columns} FROM gone INDEXED BY gone_end WHERE room = :room AND {OVERLAP}")
}

/// The time of a room that complete readings covered.
pub(super) fn readings(connection: &Connection, room: i64) -> Result<Spans, rusqlite::Error> {
    let stored = connection
        .prepare_cached("SELECT spans FROM reading WHERE room = ?1")?
        .query_row([room], |row| spans_of(row, 0))
        .optional()?;
    Ok(stored.unwrap_or_default())
}

/// When the last of the meetings of a room that are gone ends, UTC seconds.
pub(super) fn gone_until(connection: &Connection, room: i64) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT max(end_at) FROM gone WHERE room = ?1")?
        .query_row([room], |row| row.get(0))
}

/// Reads a history from its columns, from this one on.
pub(super) fn history(row: &Row<'_>, column: usize) -> Result<History, rusqlite::Error> {
    Ok(History {
        first_seen: row.get(column)?,
        removed_at: row.get(column + 1)?,
        read_before: spans_of(row, column + 2)?,
    })
}
