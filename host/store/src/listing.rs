//! Stores the rooms of a source that a pass found. What that changes, `collector_commit` decides; here are the statements.

use collector_commit::{KnownRoom, Listed, list};
use collector_model::room::Room;
use rusqlite::{Connection, params};

use super::{Store, StoreError};

impl Store {
    /// Stores the rooms of a source. A room that was not found stays with its meetings, but is no longer *listed*, unless one of its lists
    /// is among `unread`, or it is stored without lists and some list is: then nothing is known about it. A cursor ends with its key (a
    /// mailbox recreated under its old address has another key) and with the listing: the next reading is then a full one.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_rooms(&mut self, source: &str, rooms: &[Room], unread: &[String]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let steps = list(known_rooms(&transaction, source)?, rooms, unread);
        for number in steps.unlist {
            transaction
                .prepare_cached("UPDATE room SET listed = 0, cursor = NULL WHERE number = ?1")?
                .execute([number])?;
        }
        for Listed { room, lists } in steps.insert {
            transaction
                .prepare_cached(
                    "INSERT INTO room (source, address, name, building, capacity, lists, listed, key)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)",
                )?
                .execute(params![
                    source,
                    room.address.as_str(),
                    room.name,
                    room.building,
                    room.capacity,
                    serde_json::Value::from(lists).to_string(),
                    room.key,
                ])?;
        }
        for (number, Listed { room, lists }, ends_cursor) in steps.update {
            transaction
                .prepare_cached(
                    "UPDATE room SET name = ?2, building = ?3, capacity = ?4, lists = ?5, listed = 1, key = ?6,
                        cursor = CASE WHEN ?7 THEN NULL ELSE cursor END
                     WHERE number = ?1",
                )?
                .execute(params![
                    number,
                    room.name,
                    room.building,
                    room.capacity,
                    serde_json::Value::from(lists).to_string(),
                    room.key,
                    ends_cursor,
                ])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// All stored rooms of a source.
fn known_rooms(connection: &Connection, source: &str) -> Result<Vec<KnownRoom<i64>>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number, address, key, name, building, capacity, lists, listed FROM room WHERE source = ?1")?
        .query_map([source], |row| {
            let lists = row.get_ref(6)?.as_str()?;
            Ok(KnownRoom {
                row: row.get(0)?,
                address: row.get(1)?,
                key: row.get(2)?,
                name: row.get(3)?,
                building: row.get(4)?,
                capacity: row.get(5)?,
                lists: serde_json::from_str(lists).unwrap_or_default(),
                is_listed: row.get(7)?,
            })
        })?
        .collect()
}
