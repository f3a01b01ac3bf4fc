//! What changed of all that figures are computed from: for each room and space the smallest span of time that holds the changes since the last
//! time that somebody computed with them. Triggers write it (see the schema), in the transaction of the change itself.

use collector_commit::{NEVER, RecordSpans, Touched, TouchedPlace};
use collector_model::space::SpaceId;
use rusqlite::{Connection, params};

use super::{Reader, Store, StoreError};

/// The changes since some number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touches {
    /// The number of the last change: ask for those after it next time.
    pub last: i64,
    /// Whether changes after the asked number are no longer known: somebody else has computed with them.
    pub is_incomplete: bool,
    /// The changes.
    pub all: Vec<Touched>,
}

impl Reader {
    /// The number of the last change.
    ///
    /// # Errors
    /// The store failed.
    pub fn last_touched(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT touches FROM store")?
            .query_row([], |row| row.get(0))?)
    }

    /// The changes with higher numbers than this.
    ///
    /// # Errors
    /// The store failed.
    pub fn touched_after(&self, number: i64) -> Result<Touches, StoreError> {
        // One statement, so that all of it is of one moment.
        let mut statement = self.connection.prepare_cached(
            "SELECT touches, folded, source, is_space, place, start_at, end_at FROM store LEFT JOIN touched ON number > ?1",
        )?;
        let mut rows = statement.query([number])?;
        let (mut last, mut folded, mut all) = (0, 0, Vec::new());
        while let Some(row) = rows.next()? {
            (last, folded) = (row.get(0)?, row.get(1)?);
            let Some(source) = row.get(2)? else { continue };
            let (is_space, place) = (row.get(3)?, row.get(4)?);
            all.push(Touched {
                place: match is_space {
                    true => TouchedPlace::Space(SpaceId { source, key: place }),
                    false => TouchedPlace::Room {
                        source,
                        address: place,
                    },
                },
                start: row.get(5)?,
                end: row.get(6)?,
            });
        }
        Ok(Touches {
            last,
            is_incomplete: number < folded,
            all,
        })
    }
}

impl Store {
    /// Forgets the changes up to a number, with which somebody has computed.
    ///
    /// # Errors
    /// The store failed.
    pub fn forget_touched(&mut self, number: i64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM touched WHERE number <= ?1", [number])?;
        transaction.execute(
            "UPDATE store SET folded = ?1 WHERE folded < ?1 AND ?1 <= touches",
            [number],
        )?;
        transaction.commit()?;
        Ok(())
    }
}

/// Writes what the records of a batch touched into the journal.
pub(super) fn touch_records(connection: &Connection, spans: &RecordSpans) -> Result<(), rusqlite::Error> {
    for (device, holding, (start, end)) in spans.iter() {
        let end = match holding {
            None => end,
            Some((kind, form)) => connection
                .prepare_cached(
                    "SELECT coalesce((SELECT start_at FROM usage WHERE device = ?1 AND withdrawn = 0 AND kind = ?3 AND form = ?4
                        AND start_at > ?2 ORDER BY start_at LIMIT 1), ?5)",
                )?
                .query_row(params![device, end, kind, form, NEVER], |row| row.get(0))?,
        };
        connection
            .prepare_cached(
                "INSERT INTO touch SELECT name, 1, space, ?2, ?3
                 FROM usage_device JOIN usage_source ON usage_source.number = source WHERE usage_device.number = ?1",
            )?
            .execute([device, start, end])?;
    }
    Ok(())
}

/// Notes that what was read of a room changed somewhere in `[start, end)`.
pub(super) fn touch_room(
    connection: &Connection,
    room: i64,
    start: i64,
    end: i64,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT INTO touch SELECT source, 0, address, ?2, ?3 FROM room WHERE number = ?1")?
        .execute([room, start, end])?;
    Ok(())
}
