//! The history of bookings, which a calendar forgets: when each was first seen, when it was removed, and which time of a room was ever read as a
//! whole. It is written in the transaction of each commit, since it cannot be computed again. No subject is in it.
//!
//! *Removed* is a meeting that was confirmed and is gone from a complete reading, or whose status became cancelled. One that is there again was
//! not removed.

use collector_model::meeting::{Meeting, Status};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::indexes::{LONG, OVERLAP};
use super::meeting_rows::key_of;
use super::touched::touch_room;
use super::{Reader, StoreError};

/// Spans of UTC seconds, each with its end exclusive: sorted, and none touches another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<(i64, i64)>);

/// A meeting as bookings are judged: it may be removed. It has no subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Unique within the room.
    pub id: String,
    /// The series that it belongs to.
    pub series: Option<String>,
    /// UTC seconds.
    pub start: i64,
    /// UTC seconds, exclusive.
    pub end: i64,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// As it was last seen.
    pub status: Status,
    /// What the calendar forgets.
    pub history: History,
}

/// What a calendar forgets about a meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When it was first seen, UTC seconds; none if it was stored before this was kept.
    pub first_seen: Option<i64>,
    /// When it was removed, UTC seconds; none if it was not.
    pub removed_at: Option<i64>,
    /// The time from `first_seen` on that complete readings had covered before: they did not have it.
    pub read_before: Spans,
}

impl Spans {
    /// The spans.
    pub fn as_slice(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// Adds a span, and returns whether that changed anything. One without length is none.
    pub fn add(&mut self, start: i64, end: i64) -> bool {
        let covers = |&(from, to): &(i64, i64)| from <= start && end <= to;
        if start >= end || self.0.iter().any(covers) {
            return false;
        }
        let (touching, mut apart): (Vec<_>, Vec<_>) = self
            .0
            .iter()
            .copied()
            .partition(|&(from, to)| from <= end && start <= to);
        let from = touching.iter().map(|&(from, _)| from).fold(start, i64::min);
        let to = touching.iter().map(|&(_, to)| to).fold(end, i64::max);
        apart.push((from, to));
        apart.sort_unstable();
        self.0 = apart;
        true
    }

    /// The smallest span that holds what is not among them of `[start, end)`.
    fn unread(&self, start: i64, end: i64) -> (i64, i64) {
        let holding = |at: i64| self.0.iter().find(move |&&(from, to)| from <= at && at < to);
        let from = holding(start).map_or(start, |&(_, to)| to);
        let to = holding(end - 1).map_or(end, |&(from, _)| from);
        (from, to)
    }

    /// The part of them from an instant on.
    pub fn from(&self, instant: i64) -> Self {
        let parts = self.0.iter().map(|&(from, to)| (from.max(instant), to));
        Self(parts.filter(|(from, to)| from < to).collect())
    }
}

/// Stored as JSON, `[[0,3600]]`, and none at all as null.
impl ToSql for Spans {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if self.0.is_empty() {
            return Ok(ToSqlOutput::Owned(rusqlite::types::Value::Null));
        }
        let text = serde_json::to_string(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}

impl FromSql for Spans {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(Self::default()),
            value => serde_json::from_str(value.as_str()?)
                .map(Self)
                .map_err(|error| FromSqlError::Other(error.into())),
        }
    }
}

/// What of a stored meeting matters when it changes.
pub(super) struct Before {
    /// Its row.
    pub(super) slot: i64,
    pub(super) status: Status,
    /// UTC seconds.
    pub(super) start: i64,
    /// UTC seconds, exclusive.
    pub(super) end: i64,
    history: History,
}

/// The history of one room, within the transaction of a commit.
pub(super) struct Histories<'a> {
    connection: &'a Connection,
    room: i64,
    /// Whether anything of the room is gone.
    has_gone: bool,
    /// The time that complete readings covered before this one.
    read: Spans,
    now: i64,
}

impl<'a> Histories<'a> {
    /// Begins with what is known of a room. `now` is the moment of the changes, UTC seconds.
    pub(super) fn of(connection: &'a Connection, room: i64, now: i64) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            read: readings(connection, room)?,
            has_gone: connection
                .prepare_cached("SELECT 1 FROM gone WHERE room = ?1")?
                .exists([room])?,
            connection,
            room,
            now,
        })
    }

    /// What is stored of a meeting; none if it is not stored.
    pub(super) fn stored(&self, id: &str) -> Result<Option<Before>, rusqlite::Error> {
        self.connection
            .prepare_cached(
                "SELECT status, start_at, end_at, first_seen, removed_at, read_before, slot FROM meeting
                 WHERE room = ?1 AND key = ?2 AND id = ?3",
            )?
            .query_row(params![self.room, key_of(id), id], |row| {
                Ok(Before {
                    status: Status::of_number(row.get(0)?),
                    start: row.get(1)?,
                    end: row.get(2)?,
                    history: history(row, 3)?,
                    slot: row.get(6)?,
                })
            })
            .optional()
    }

    /// The history of a meeting that is stored again or for the first time.
    pub(super) fn begin(&self, meeting: &Meeting) -> Result<History, rusqlite::Error> {
        match self.come_back(&meeting.id)? {
            Some((before, history)) => Ok(self.changed(before, history, meeting.status)),
            None => Ok(History {
                first_seen: Some(self.now),
                removed_at: None,
                read_before: self.read.from(self.now),
            }),
        }
    }

    /// Takes a meeting that was gone out of those that are: its status as last seen, and its history. None if it was never there.
    fn come_back(&self, id: &str) -> Result<Option<(Status, History)>, rusqlite::Error> {
        if !self.has_gone {
            return Ok(None);
        }
        self.connection
            .prepare_cached(
                "DELETE FROM gone WHERE room = ?1 AND id = ?2 RETURNING status, first_seen, removed_at, read_before",
            )?
            .query_row(params![self.room, id], |row| {
                Ok((Status::of_number(row.get(0)?), history(row, 1)?))
            })
            .optional()
    }

    /// The history of a stored meeting that now has this status.
    pub(super) fn after(&self, before: Before, now: Status) -> History {
        self.changed(before.status, before.history, now)
    }

    fn changed(&self, before: Status, history: History, now: Status) -> History {
        let removed_at = match (before, now) {
            (_, Status::Confirmed | Status::Tentative) => None,
            (Status::Confirmed, Status::Cancelled) => history.removed_at.or(Some(self.now)),
            (Status::Tentative | Status::Cancelled, Status::Cancelled) => history.removed_at,
        };
        History {
            removed_at,
            ..history
        }
    }

    /// Removes a stored meeting that is gone from a complete reading. One that was confirmed stays in the history.
    pub(super) fn gone(&self, id: &str) -> Result<(), rusqlite::Error> {
        let key = key_of(id);
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO gone (room, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before)
                 SELECT room, id, series, start_at, end_at, all_day, status, first_seen, coalesce(removed_at, ?4), read_before
                 FROM meeting WHERE room = ?1 AND key = ?2 AND id = ?3 AND (status = ?5 OR removed_at IS NOT NULL)",
            )?
            .execute(params![self.room, key, id, self.now, Status::Confirmed.number()])?;
        self.connection
            .prepare_cached("DELETE FROM meeting WHERE room = ?1 AND key = ?2 AND id = ?3")?
            .execute(params![self.room, key, id])?;
        Ok(())
    }

    /// Notes that a window was read as a whole, at the end of the transaction.
    pub(super) fn read(mut self, start: i64, end: i64) -> Result<(), rusqlite::Error> {
        let (from, to) = self.read.unread(start, end);
        if self.read.add(start, end) {
            touch_room(self.connection, self.room, from, to)?;
            self.connection
                .prepare_cached("INSERT OR REPLACE INTO reading (room, spans) VALUES (?1, ?2)")?
                .execute(params![self.room, self.read])?;
        }
        Ok(())
    }
}

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
            .execute(params![room, kept])?;
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

fn readings(connection: &Connection, room: i64) -> Result<Spans, rusqlite::Error> {
    let stored = connection
        .prepare_cached("SELECT spans FROM reading WHERE room = ?1")?
        .query_row([room], |row| row.get(0))
        .optional()?;
    Ok(stored.unwrap_or_default())
}

/// Reads a history from its columns, from this one on.
fn history(row: &Row<'_>, column: usize) -> Result<History, rusqlite::Error> {
    Ok(History {
        first_seen: row.get(column)?,
        removed_at: row.get(column + 1)?,
        read_before: row.get(column + 2)?,
    })
}
