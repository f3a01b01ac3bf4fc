//! The spaces of sources that read what devices report.

use std::collections::HashSet;

use collector_commit::usage::{Ahead, Committed, Put, RecordChanges, bits, kinds};
use collector_model::space::{Space, SpaceRecord};
use collector_model::usage::Record;
use rusqlite::{Row, params};

use super::usage::UsageBatch;
use super::{Reader, Store, StoreError};

impl Reader {
    /// The listed spaces of a source (none: of all), by source and name.
    ///
    /// # Errors
    /// The store failed.
    pub fn spaces(&self, source: Option<&str>) -> Result<Vec<SpaceRecord>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT source, key, name, address, building, capacity, zone, kinds, outcome, cause, outcome_at, listed FROM space
                 WHERE listed = 1 AND (?1 IS NULL OR source = ?1) ORDER BY source, name COLLATE names, key",
            )?
            .query_map([source], space)?
            .collect::<Result<_, _>>()?)
    }
}

/// Reads a space from its columns, in the order of [`SpaceRecord`].
pub(super) fn space(row: &Row<'_>) -> Result<SpaceRecord, rusqlite::Error> {
    Ok(SpaceRecord {
        source: row.get(0)?,
        key: row.get(1)?,
        name: row.get(2)?,
        address: row.get(3)?,
        building: row.get(4)?,
        capacity: row.get(5)?,
        zone: row.get(6)?,
        kinds: kinds(row.get(7)?),
        outcome: row.get(8)?,
        cause: row.get(9)?,
        since: row.get(10)?,
        listed: row.get(11)?,
    })
}

impl Store {
    /// Stores the spaces of a source. A space that was not found stays with its records, but is no longer *listed*, unless `is_partial`: then
    /// nothing is known about it. Its cursor stays: it tells the connector which records there are.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_spaces(&mut self, source: &str, spaces: &[Space], is_partial: bool) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        if !is_partial {
            let found: HashSet<&str> = spaces.iter().map(|space| space.key.as_str()).collect();
            let known: Vec<(i64, String)> = transaction
                .prepare_cached("SELECT number, key FROM space WHERE source = ?1 AND listed = 1")?
                .query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (number, key) in known {
                if !found.contains(key.as_str()) {
                    transaction
                        .prepare_cached("UPDATE space SET listed = 0 WHERE number = ?1")?
                        .execute([number])?;
                }
            }
        }
        for space in spaces {
            transaction
                .prepare_cached(
                    "INSERT INTO space (source, key, name, address, building, capacity, zone, kinds, listed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
                     ON CONFLICT (source, key) DO UPDATE SET name = excluded.name, address = excluded.address,
                        building = excluded.building, capacity = excluded.capacity, zone = excluded.zone,
                        kinds = excluded.kinds, listed = 1
                     WHERE name IS NOT excluded.name OR address IS NOT excluded.address
                        OR building IS NOT excluded.building OR capacity IS NOT excluded.capacity
                        OR zone IS NOT excluded.zone OR kinds IS NOT excluded.kinds OR listed IS NOT 1",
                )?
                .execute(params![
                    source,
                    space.key,
                    space.name,
                    space.address.as_ref().map(|address| address.as_str()),
                    space.building,
                    space.capacity,
                    space.time_zone,
                    bits(&space.kinds),
                ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores the records and the cursor of one space, in one transaction, at a UTC second. A cursor is not kept if cursors were dropped
    /// since the reading began.
    ///
    /// # Errors
    /// The store failed; the space is unchanged.
    pub fn commit_usage(
        &mut self,
        source: &str,
        key: &str,
        records: &[Record],
        cursor: Option<&str>,
        drops: i64,
        now: i64,
    ) -> Result<Committed, StoreError> {
        let batch = UsageBatch::of(self.connection.transaction()?);
        let mut changes = RecordChanges::default();
        let mut ahead = Ahead::default();
        let mut contradicted = None;
        for (line, record) in (1_u64..).zip(records) {
            let put = batch.put(record)?;
            changes.count(put);
            if put == Put::Contradicted {
                contradicted.get_or_insert_with(|| record.origin().key.clone());
            }
            ahead.look(line, record, now);
        }
        batch.note_ahead(&mut ahead, now)?;
        batch.put_cursor(source, key, cursor, drops)?;
        batch.commit()?;
        Ok(Committed {
            changes,
            ahead,
            contradicted,
        })
    }
}
