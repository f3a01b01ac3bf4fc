//! What is stored of the single meetings of a room that a commit changes.

use collector_commit::{Past, Sought};
use collector_model::meeting::Status;
use collector_model::window::Window;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::booking::history;
use super::meeting_rows::key_of;

/// Looks up meetings of one room, within the transaction of a commit. Their rows are found again by their slots.
pub(super) struct Pasts<'a> {
    connection: &'a Connection,
    room: i64,
    /// Whether a meeting is stored that does not overlap the window: it may have moved into it.
    has_others: bool,
    /// Whether anything of the room is gone.
    has_gone: bool,
}

impl<'a> Pasts<'a> {
    /// Of the meetings of a room, for a reading of this window. `has_gone`: whether anything of the room is gone.
    pub(super) fn of(
        connection: &'a Connection,
        room: i64,
        window: Window,
        has_gone: bool,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            has_others: connection
                .prepare_cached(
                    "SELECT 1 FROM meeting INDEXED BY meeting_end WHERE room = ?1 AND end_at <= ?2 AND start_at < ?2
                     UNION ALL
                     SELECT 1 FROM meeting INDEXED BY meeting_end WHERE room = ?1 AND end_at >= ?3 AND start_at >= ?3",
                )?
                .exists(params![room, window.start(), window.end()])?,
            has_gone,
            connection,
            room,
        })
    }

    /// What is stored of a meeting; none if it was never there.
    pub(super) fn of_meeting(&self, sought: Sought<'_>) -> Result<Option<Past<i64>>, rusqlite::Error> {
        let mut past = None;
        if sought.is_in_window || self.has_others {
            past = self.stored(sought.id)?;
        }
        if past.is_none() && self.has_gone {
            past = self.gone(sought.id)?;
        }
        Ok(past)
    }

    fn stored(&self, id: &str) -> Result<Option<Past<i64>>, rusqlite::Error> {
        self.connection
            .prepare_cached(
                "SELECT status, start_at, end_at, first_seen, removed_at, read_before, slot FROM meeting
                 WHERE room = ?1 AND key = ?2 AND id = ?3",
            )?
            .query_row(params![self.room, key_of(id), id], |row| {
                Ok(Past::Stored {
                    row: row.get(6)?,
                    status: Status::of_number(row.get(0)?),
                    start: row.get(1)?,
                    end: row.get(2)?,
                    history: history(row, 3)?,
                })
            })
            .optional()
    }

    fn gone(&self, id: &str) -> Result<Option<Past<i64>>, rusqlite::Error> {
        self.connection
            .prepare_cached(
                "SELECT status, first_seen, removed_at, read_before FROM gone WHERE room = ?1 AND id = ?2",
            )?
            .query_row(params![self.room, id], |row| {
                Ok(Past::Gone {
                    status: Status::of_number(row.get(0)?),
                    history: history(row, 1)?,
                })
            })
            .optional()
    }
}
