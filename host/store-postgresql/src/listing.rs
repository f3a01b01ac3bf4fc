//! Stores the rooms of a source that a pass found. What that changes, `collector_commit` decides; here are the statements.

use collector_commit::{KnownRoom, Listed, list};
use collector_model::room::Room;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::clean;
use crate::fenced::{CommitError, Fenced};
use crate::lock;

/// The arrays of [`Columns`] as rows. The lists of a room are JSON on their way: `unnest` would take an array of arrays apart.
const FOUND: &str = "unnest($2::bigint[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
    WITH ORDINALITY AS found (number, ends_cursor, address, name, building, capacity, lists, key, place)";

impl Fenced<'_> {
    /// Stores the rooms of a source, and commits. A room that was not found stays with its meetings, but is no longer *listed*, unless one of its lists is
    /// among `unread`, or it is stored without lists and some list is: then nothing is known about it. A cursor ends with its key and with the
    /// listing: the next reading is then a full one.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit_rooms(
        self,
        source: &str,
        rooms: &[Room],
        unread: &[String],
    ) -> Result<(), CommitError> {
        lock::own(self.transaction(), source).await?;
        let rooms = clean::rooms(rooms);
        let steps = list(known_rooms(self.transaction(), source).await?, &rooms, unread);
        if !steps.unlist.is_empty() {
            self.transaction()
                .execute_typed(
                    "UPDATE room SET listed = false, cursor = NULL WHERE number = ANY ($1)",
                    &[(&steps.unlist, Type::INT8_ARRAY)],
                )
                .await?;
        }
        let mut columns = Columns::default();
        for listed in &steps.insert {
            columns.add(0, listed, false);
        }
        if !columns.address.is_empty() {
            let insert = format!(
                "INSERT INTO room (source, address, name, building, capacity, lists, key)
                 SELECT $1, address, name, building, capacity, ARRAY (SELECT jsonb_array_elements_text(lists::jsonb)), key FROM {FOUND} ORDER BY place"
            );
            self.transaction()
                .execute_typed(&insert, &columns.parameters(&source))
                .await?;
        }
        let mut columns = Columns::default();
        for (row, listed, ends_cursor) in &steps.update {
            columns.add(*row, listed, *ends_cursor);
        }
        if !columns.address.is_empty() {
            let update = format!(
                "UPDATE room SET name = found.name, building = found.building, capacity = found.capacity,
                    lists = ARRAY (SELECT jsonb_array_elements_text(found.lists::jsonb)), listed = true, key = found.key,
                    cursor = CASE WHEN found.ends_cursor THEN NULL ELSE room.cursor END
                 FROM {FOUND} WHERE room.source = $1 AND room.number = found.number"
            );
            self.transaction()
                .execute_typed(&update, &columns.parameters(&source))
                .await?;
        }
        self.commit().await
    }
}

/// Rooms that were found.
#[derive(Default)]
struct Columns<'a> {
    number: Vec<i64>,
    ends_cursor: Vec<bool>,
    address: Vec<&'a str>,
    name: Vec<&'a str>,
    building: Vec<Option<&'a str>>,
    capacity: Vec<Option<i64>>,
    lists: Vec<String>,
    key: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// Adds a room, with the number that it has if it is stored already.
    fn add(&mut self, number: i64, Listed { room, lists }: &Listed<'a>, ends_cursor: bool) {
        self.number.push(number);
        self.ends_cursor.push(ends_cursor);
        self.address.push(room.address.as_str());
        self.name.push(&room.name);
        self.building.push(room.building.as_deref());
        self.capacity.push(room.capacity.map(i64::from));
        self.lists
            .push(serde_json::Value::from(lists.as_slice()).to_string());
        self.key.push(&room.key);
    }

    /// The parameters of a statement, beginning with the source.
    fn parameters<'b>(&'b self, source: &'b &str) -> [(&'b (dyn ToSql + Sync), Type); 9] {
        [
            (source, Type::TEXT),
            (&self.number, Type::INT8_ARRAY),
            (&self.ends_cursor, Type::BOOL_ARRAY),
            (&self.address, Type::TEXT_ARRAY),
            (&self.name, Type::TEXT_ARRAY),
            (&self.building, Type::TEXT_ARRAY),
            (&self.capacity, Type::INT8_ARRAY),
            (&self.lists, Type::TEXT_ARRAY),
            (&self.key, Type::TEXT_ARRAY),
        ]
    }
}

/// All stored rooms of a source.
async fn known_rooms(
    transaction: &Transaction<'_>,
    source: &str,
) -> Result<Vec<KnownRoom<i64>>, tokio_postgres::Error> {
    let rows = transaction
        .query_typed(
            "SELECT number, address, key, name, building, capacity, lists, listed FROM room WHERE source = $1",
            &[(&source, Type::TEXT)],
        )
        .await?;
    let room = |row: &Row| {
        Ok(KnownRoom {
            row: row.try_get(0)?,
            address: row.try_get(1)?,
            key: row.try_get(2)?,
            name: row.try_get(3)?,
            building: row.try_get(4)?,
            capacity: row
                .try_get::<_, Option<i64>>(5)?
                .and_then(|capacity| u32::try_from(capacity).ok()),
            lists: row.try_get(6)?,
            is_listed: row.try_get(7)?,
        })
    };
    rows.iter().map(room).collect()
}
