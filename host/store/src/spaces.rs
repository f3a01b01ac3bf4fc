//! The spaces of sources that read what devices report.

use std::collections::HashSet;

use collector_model::space::Space;
use collector_model::usage::{Kind, Record};
use rusqlite::{Row, params};

use super::arrivals::Ahead;
use super::usage::{Put, UsageBatch};
use super::usage_rows::{bits, kinds};
use super::{Reader, Store, StoreError};

/// A stored space, and the outcome of the last pass that knew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRecord {
    /// Its source.
    pub source: String,
    /// The source's key.
    pub key: String,
    /// Its display name: foreign text.
    pub name: String,
    /// The address of its calendar, in lower case.
    pub address: Option<String>,
    /// The building that it is in: foreign text.
    pub building: Option<String>,
    /// How many people it seats.
    pub capacity: Option<u32>,
    /// Its time zone, as IANA names it: foreign text.
    pub zone: Option<String>,
    /// What is reported about it, sorted.
    pub kinds: Vec<Kind>,
    /// `collected`, `denied`, `missing`, `throttled` or `failed`; none before the first pass.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// When it got this outcome, UTC seconds.
    pub since: Option<i64>,
    /// Whether its source still lists it. Of one that was never listed, only key and source are known.
    pub listed: bool,
}

/// What became of records that were put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordChanges {
    /// Records that were not there.
    pub new: u64,
    /// Records that replaced a lower revision.
    pub replaced: u64,
    /// Records that were there.
    pub same: u64,
    /// Records that differ from a stored one of the same revision, which stays.
    pub contradicted: u64,
}

impl RecordChanges {
    /// How many records there were.
    pub fn all(&self) -> u64 {
        self.new + self.replaced + self.same + self.contradicted
    }

    /// Counts what became of a record.
    pub fn count(&mut self, put: Put) {
        *match put {
            Put::New => &mut self.new,
            Put::Replaced => &mut self.replaced,
            Put::Unchanged => &mut self.same,
            Put::Contradicted => &mut self.contradicted,
        } += 1;
    }
}

impl std::ops::AddAssign for RecordChanges {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.replaced += other.replaced;
        self.same += other.same;
        self.contradicted += other.contradicted;
    }
}

/// What became of the records of a space.
#[derive(Debug, Clone)]
pub struct Committed {
    /// How many there were.
    pub changes: RecordChanges,
    /// Those that tell of what is yet to come.
    pub ahead: Ahead,
    /// The key of the first that differs from a stored one of the same revision.
    pub contradicted: Option<String>,
}

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
        ahead.note(&batch, now)?;
        batch.put_cursor(source, key, cursor, drops)?;
        batch.commit()?;
        Ok(Committed {
            changes,
            ahead,
            contradicted,
        })
    }
}
