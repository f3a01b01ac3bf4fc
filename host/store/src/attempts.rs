//! The last attempt to read each room: when it was, and what trouble there was. It decides the order of rooms in the next pass.

use std::collections::HashMap;

use collector_model::room::{Room, RoomAddress};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Reader, Store, StoreError};

/// The trouble of an attempt to read a room that did not collect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It was refused, missing, throttled until the end of the pass, or failed.
    NotCollected,
    /// It harms the rooms in its slice: its answer takes too long, or its data stop the connector.
    Harmful,
}

/// The history of attempts to read a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// When it was last read, in UTC milliseconds, so that rooms read in the same second are ordered too. None: never.
    pub read_at: Option<i64>,
    /// The trouble of the last attempt; none if the room was collected or never tried.
    pub trouble: Option<Trouble>,
}

impl Reader {
    /// The histories of rooms of a source, in the order of `rooms`.
    ///
    /// # Errors
    /// The store failed.
    pub fn pasts(&self, source: &str, rooms: &[Room]) -> Result<Vec<Past>, StoreError> {
        let known: HashMap<String, Past> = self
            .connection
            .prepare_cached(
                "SELECT address, read_at, trouble FROM room
                 WHERE source = ?1 AND (read_at IS NOT NULL OR trouble IS NOT NULL)",
            )?
            .query_map([source], |row| {
                let past = Past {
                    read_at: row.get(1)?,
                    trouble: row.get::<_, Option<i64>>(2)?.map(trouble),
                };
                Ok((row.get(0)?, past))
            })?
            .collect::<Result<_, _>>()?;
        Ok(rooms
            .iter()
            .map(|room| known.get(room.address.as_str()).copied().unwrap_or_default())
            .collect())
    }

    /// The cursors of rooms of a source, in the order of `rooms`.
    ///
    /// # Errors
    /// The store failed.
    pub fn cursors(&self, source: &str, rooms: &[RoomAddress]) -> Result<Vec<Option<String>>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT cursor FROM room WHERE source = ?1 AND address = ?2")?;
        rooms
            .iter()
            .map(|room| {
                let cursor = statement
                    .query_row([source, room.as_str()], |row| row.get(0))
                    .optional()?;
                Ok(cursor.flatten())
            })
            .collect()
    }

    /// The number of times that cursors were dropped. A reading remembers it at its start: cursors dropped since then stay dropped.
    ///
    /// # Errors
    /// The store failed.
    pub fn drops(&self) -> Result<i64, StoreError> {
        Ok(drops(&self.connection)?)
    }
}

impl Store {
    /// Stores attempts to read rooms, with their trouble; none if a room was collected.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_attempts(
        &mut self,
        source: &str,
        at: i64,
        attempts: &[(RoomAddress, Option<Trouble>)],
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (room, trouble) in attempts {
            let room = room.as_str();
            match trouble {
                None => transaction
                    .prepare_cached(
                        "UPDATE room SET read_at = ?3, trouble = NULL WHERE source = ?1 AND address = ?2",
                    )?
                    .execute(params![source, room, at])?,
                Some(trouble) => transaction
                    .prepare_cached(
                        "UPDATE room SET trouble = ?3 WHERE source = ?1 AND address = ?2 AND trouble IS NOT ?3",
                    )?
                    .execute(params![source, room, number(*trouble)])?,
            };
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The number of times that cursors were dropped.
pub(super) fn drops(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT drops FROM store")?
        .query_row([], |row| row.get(0))
}

/// Drops the cursors of a source, including those of readings in progress.
pub(super) fn drop_cursors(connection: &Connection, source: &str) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE room SET cursor = NULL WHERE source = ?1")?
        .execute([source])?;
    connection
        .prepare_cached("UPDATE store SET drops = drops + 1")?
        .execute([])?;
    Ok(())
}

fn number(trouble: Trouble) -> i64 {
    match trouble {
        Trouble::NotCollected => 1,
        Trouble::Harmful => 2,
    }
}

fn trouble(number: i64) -> Trouble {
    match number {
        2 => Trouble::Harmful,
        _ => Trouble::NotCollected,
    }
}
