//! What figures need of the usage and coverage records of a room: those that say something about a span of time, and what records of any time
//! tell about its devices.

use std::collections::BTreeSet;

use collector_commit::usage::{Witness, kinds, position};
use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, Record, State};
use rusqlite::{Connection, ToSql, named_params, params};

use super::indexes::{self, forms, long_coverage, long_usage, short};
use super::usage_rows::{COVERAGE, Table, USAGE};
use super::{Reader, StoreError};

/// A device of a space.
struct Device {
    /// The store's own number.
    number: i64,
    space: SpaceId,
    /// Empty where the source does not tell devices apart.
    name: String,
}

impl Reader {
    /// The records of these spaces that say something about `[start, end)`, in UTC seconds, withdrawn ones left out: intervals, buckets and
    /// coverage that overlap it, changes and samples in it, and of each device and kind the last ones before it.
    ///
    /// # Errors
    /// The store failed.
    pub fn evidence(&self, spaces: &[SpaceId], start: i64, end: i64) -> Result<Vec<Record>, StoreError> {
        let mut found = Vec::new();
        let of_spans = format!(
            "kind IN {} AND form IN {} AND {}",
            indexes::kinds(Kind::ALL),
            forms(&[Form::Interval, Form::Bucket]),
            short()
        );
        let of_coverage = format!("state = :state AND kinds = :kinds AND {}", short());
        let span = named_params! { ":start": start, ":end": end };
        for device in self.devices_of(spaces)? {
            let mut take = |table, from, condition: &str, parameters: &[(&str, &dyn ToSql)]| {
                let parameters = [span, parameters].concat();
                self.take(&mut found, &device, table, from, condition, &parameters)
            };
            for kind in Kind::ALL {
                for form in [Form::Change, Form::Sample] {
                    let (kind, form) = (position(Kind::ALL, *kind), position(Form::ALL, form));
                    let four = named_params! { ":kind": kind, ":form": form };
                    take(USAGE, "usage", HOLDING, four)?;
                }
            }
            take(USAGE, "usage", &of_spans, &[])?;
            take(USAGE, "usage INDEXED BY usage_long", &long_usage(), &[])?;
            for state in State::ALL {
                for kinds in covered_kinds(&self.connection, device.number, *state)? {
                    let state = position(State::ALL, *state);
                    let covered = named_params! { ":state": state, ":kinds": kinds };
                    take(COVERAGE, "coverage", &of_coverage, covered)?;
                }
            }
            take(
                COVERAGE,
                "coverage INDEXED BY coverage_long",
                &long_coverage(),
                &[],
            )?;
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
        let in_seconds: Vec<Kind> = Kind::ALL
            .iter()
            .filter(|kind| **kind != Kind::PeopleCount)
            .copied()
            .collect();
        let wanted = format!(
            "kind IN {} AND form IN {}",
            indexes::kinds(&in_seconds),
            forms(&[Form::Bucket])
        );
        let text = format!(
            "SELECT start_at, end_at FROM usage WHERE device = :device AND withdrawn = 0 AND {wanted} AND {}
             UNION ALL
             SELECT start_at, end_at FROM usage INDEXED BY usage_long WHERE device = :device AND {wanted} AND {}",
            short(),
            long_usage()
        );
        for device in self.devices_of(spaces)? {
            let mut statement = self.connection.prepare_cached(&text)?;
            let spans = statement.query_map(
                named_params! { ":device": device.number, ":start": start, ":end": end },
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
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
        for Device { number, space, name } in self.devices_of(spaces)? {
            let mut witness = Witness {
                space,
                device: (!name.is_empty()).then_some(name),
                kinds: BTreeSet::new(),
                observed: BTreeSet::new(),
            };
            for kind in Kind::ALL {
                let reports = self
                    .connection
                    .prepare_cached("SELECT 1 FROM usage WHERE device = ?1 AND withdrawn = 0 AND kind = ?2")?
                    .exists(params![number, position(Kind::ALL, *kind)])?;
                if reports {
                    witness.kinds.insert(*kind);
                }
            }
            for state in State::ALL {
                for bits in covered_kinds(&self.connection, number, *state)? {
                    let named = kinds(bits);
                    if *state == State::Observed {
                        witness.observed.extend(&named);
                    }
                    witness.kinds.extend(named);
                }
            }
            found.push(witness);
        }
        Ok(found)
    }

    fn devices_of(&self, spaces: &[SpaceId]) -> Result<Vec<Device>, StoreError> {
        let mut found = Vec::new();
        for space in spaces {
            let mut statement = self.connection.prepare_cached(
                "SELECT usage_device.number, device FROM usage_device JOIN usage_source ON usage_source.number = source
                 WHERE name = ?1 AND space = ?2 ORDER BY device",
            )?;
            let devices = statement.query_map([&space.source, &space.key], |row| {
                Ok(Device {
                    number: row.get(0)?,
                    space: space.clone(),
                    name: row.get(1)?,
                })
            })?;
            for device in devices {
                found.push(device?);
            }
        }
        Ok(found)
    }

    /// Reads the records of a device that meet a condition, withdrawn ones left out.
    fn take(
        &self,
        found: &mut Vec<Record>,
        device: &Device,
        table: Table,
        from: &str,
        condition: &str,
        parameters: &[(&str, &dyn ToSql)],
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT :source, :space, :name, {} FROM {from} WHERE device = :device AND withdrawn = 0 AND {condition}",
            table.columns
        ))?;
        let of_device = named_params! {
            ":source": device.space.source, ":space": device.space.key, ":name": device.name, ":device": device.number,
        };
        for record in statement.query_map([of_device, parameters].concat().as_slice(), table.read)? {
            found.push(record?);
        }
        Ok(())
    }
}

/// The condition of a change or sample of a four that lies in `[:start, :end)`, or is one of the last before it: several may be of one instant.
const HOLDING: &str = "kind = :kind AND form = :form AND start_at < :end AND start_at >= coalesce((
        SELECT max(start_at) FROM usage
        WHERE device = :device AND withdrawn = 0 AND kind = :kind AND form = :form AND start_at < :start), :start)";

/// The stored combinations of kinds that the coverage of a device calls so, each once: from one to the next, not from record to record.
pub(super) fn covered_kinds(
    connection: &Connection,
    device: i64,
    state: State,
) -> Result<Vec<u32>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT min(kinds) FROM coverage WHERE device = ?1 AND withdrawn = 0 AND state = ?2 AND kinds > coalesce(?3, -1)",
    )?;
    let mut found = Vec::new();
    let mut last = None;
    while let Some(next) = statement.query_row(params![device, position(State::ALL, state), last], |row| {
        row.get(0)
    })? {
        found.push(next);
        last = Some(next);
    }
    Ok(found)
}
