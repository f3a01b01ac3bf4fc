//! What figures need of the usage and coverage records of a room: those that say something about a span of time, and what records of any time
//! tell about its devices.

use std::collections::BTreeSet;

use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, Record, State};
use rusqlite::{ToSql, named_params, params};

use super::usage_rows::{COVERAGE, Table, USAGE, kinds, position};
use super::{Reader, StoreError};

/// What the records of a device tell, of any time, withdrawn ones left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The space that it is in.
    pub space: SpaceId,
    /// The device; none where the source does not tell devices apart.
    pub device: Option<String>,
    /// The kinds of its usage records and those that its coverage records name.
    pub kinds: BTreeSet<Kind>,
    /// The kinds that at least one of its coverage records calls observed.
    pub observed: BTreeSet<Kind>,
}

impl Reader {
    /// The records of these spaces that say something about `[start, end)`, in UTC seconds, withdrawn ones left out: intervals, buckets and
    /// coverage that overlap it, changes and samples in it, and of each device and kind the last ones before it.
    ///
    /// # Errors
    /// The store failed.
    pub fn evidence(&self, spaces: &[SpaceId], start: i64, end: i64) -> Result<Vec<Record>, StoreError> {
        let mut found = Vec::new();
        for (device, ..) in self.devices_of(spaces)? {
            let span = named_params! { ":device": device, ":start": start, ":end": end };
            self.take(&mut found, USAGE, &overlapping(), span)?;
            let before = named_params! { ":device": device, ":start": start };
            self.take(&mut found, USAGE, &last_before(), before)?;
            let covered = "record.device = :device AND NOT withdrawn AND start_at < :end AND end_at > :start";
            self.take(&mut found, COVERAGE, covered, span)?;
        }
        Ok(found)
    }

    /// The begins and ends of the buckets of these spaces that overlap `[start, end)`, in UTC seconds, withdrawn ones and those of people counts
    /// left out.
    ///
    /// # Errors
    /// The store failed.
    pub fn buckets(&self, spaces: &[SpaceId], start: i64, end: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut found = Vec::new();
        let bucket = position(Form::ALL, Form::Bucket);
        let people = position(Kind::ALL, Kind::PeopleCount);
        for (device, ..) in self.devices_of(spaces)? {
            let mut statement = self.connection.prepare_cached(
                "SELECT start_at, end_at FROM usage
                 WHERE device = ?1 AND NOT withdrawn AND start_at < ?3 AND end_at > ?2 AND form = ?4 AND kind <> ?5",
            )?;
            let spans = statement.query_map(params![device, start, end, bucket, people], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            for span in spans {
                found.push(span?);
            }
        }
        Ok(found)
    }

    /// What the records of these spaces tell about their devices.
    ///
    /// # Errors
    /// The store failed.
    pub fn witnesses(&self, spaces: &[SpaceId]) -> Result<Vec<Witness>, StoreError> {
        let mut found = Vec::new();
        for (number, space, device) in self.devices_of(spaces)? {
            let mut witness = Witness {
                space,
                device: (!device.is_empty()).then_some(device),
                kinds: BTreeSet::new(),
                observed: BTreeSet::new(),
            };
            for kind in Kind::ALL {
                let reports = self
                    .connection
                    .prepare_cached("SELECT 1 FROM usage WHERE device = ?1 AND kind = ?2 AND NOT withdrawn")?
                    .exists(params![number, position(Kind::ALL, *kind)])?;
                if reports {
                    witness.kinds.insert(*kind);
                }
            }
            let mut statement = self.connection.prepare_cached(
                "SELECT DISTINCT kinds, state = ?2 FROM coverage WHERE device = ?1 AND NOT withdrawn",
            )?;
            let observed = position(State::ALL, State::Observed);
            let rows = statement.query_map(params![number, observed], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, bool>(1)?))
            })?;
            for row in rows {
                let (bits, is_observed) = row?;
                let named = kinds(bits);
                if is_observed {
                    witness.observed.extend(&named);
                }
                witness.kinds.extend(named);
            }
            found.push(witness);
        }
        Ok(found)
    }

    /// The store's own numbers of the devices of these spaces, each with its space and name.
    fn devices_of(&self, spaces: &[SpaceId]) -> Result<Vec<(i64, SpaceId, String)>, StoreError> {
        let mut found = Vec::new();
        for space in spaces {
            let mut statement = self.connection.prepare_cached(
                "SELECT usage_device.number, device FROM usage_device JOIN usage_source ON usage_source.number = source
                 WHERE name = ?1 AND space = ?2 ORDER BY device",
            )?;
            let devices = statement.query_map([&space.source, &space.key], |row| {
                Ok((row.get(0)?, space.clone(), row.get(1)?))
            })?;
            for device in devices {
                found.push(device?);
            }
        }
        Ok(found)
    }

    fn take(
        &self,
        found: &mut Vec<Record>,
        table: Table,
        condition: &str,
        parameters: &[(&str, &dyn ToSql)],
    ) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{} WHERE {condition}", table.select()))?;
        for record in statement.query_map(parameters, table.read)? {
            found.push(record?);
        }
        Ok(())
    }
}

/// The condition of a usage record of `:device` that lies in `[:start, :end)`, or overlaps it if it is about a span.
fn overlapping() -> String {
    let form = |of| position(Form::ALL, of);
    let (interval, bucket) = (form(Form::Interval), form(Form::Bucket));
    format!(
        "record.device = :device AND NOT withdrawn AND start_at < :end AND (start_at >= :start
            OR form IN ({interval}, {bucket}) AND (end_at IS NULL OR end_at > :start))"
    )
}

/// The condition of a change or sample of `:device` that is one of the last of its kind before `:start`.
fn last_before() -> String {
    let form = |of| position(Form::ALL, of);
    let forms = format!("({}, {})", form(Form::Change), form(Form::Sample));
    format!(
        "record.device = :device AND NOT withdrawn AND start_at < :start AND form IN {forms}
            AND (kind, form, start_at) IN (
                SELECT kind, form, max(start_at) FROM usage
                WHERE usage.device = :device AND NOT withdrawn AND start_at < :start AND form IN {forms} GROUP BY kind, form)"
    )
}
