//! How usage records arrive: when the last one of a source did, which devices have a clock that is ahead, and what is known of a device
//! whose posts have no time of their own.

use std::collections::BTreeMap;

use collector_commit::usage::{Ahead, Told, bits, position};
use collector_model::usage::{CoverageRecord, Kind, Origin, Record, State};
use rusqlite::{OptionalExtension as _, params, params_from_iter};

use super::evidence::covered_kinds;
use super::usage::UsageBatch;
use super::usage_rows::COVERAGE;
use super::{Reader, StoreError};

impl UsageBatch<'_> {
    /// Notes that records of a source came, at this UTC second.
    ///
    /// # Errors
    /// The store failed.
    pub fn arrived(&self, source: &str, at: i64) -> Result<(), StoreError> {
        let source = self.source(source)?;
        self.transaction
            .prepare_cached("UPDATE usage_source SET arrived_at = ?2 WHERE number = ?1")?
            .execute([source, at])?;
        Ok(())
    }

    /// Notes which devices are ahead, at a UTC second. Every record was looked at.
    ///
    /// # Errors
    /// The store failed.
    pub fn note_ahead(&self, ahead: &mut Ahead, now: i64) -> Result<(), StoreError> {
        for origin in ahead.take_seen() {
            if self.is_first_ahead(&origin, now)? {
                ahead.add(origin);
            }
        }
        Ok(())
    }

    /// Notes that the clock of a device is ahead, at this UTC second. Returns whether this is the first time.
    ///
    /// # Errors
    /// The store failed.
    fn is_first_ahead(&self, origin: &Origin, at: i64) -> Result<bool, StoreError> {
        let device = self.device(self.source(&origin.source)?, origin)?;
        let changed = self
            .transaction
            .prepare_cached("UPDATE usage_device SET ahead_at = ?2 WHERE number = ?1 AND ahead_at IS NULL")?
            .execute([device, at])?;
        Ok(changed > 0)
    }

    /// What a device of a space told so far.
    ///
    /// # Errors
    /// The store failed.
    pub fn told(&self, origin: &Origin) -> Result<Told, StoreError> {
        let device = self.device(self.source(&origin.source)?, origin)?;
        Ok(self
            .transaction
            .prepare_cached("SELECT posted_at, known FROM usage_device WHERE number = ?1")?
            .query_row([device], |row| Ok(Told::of_stored(row.get(0)?, row.get(1)?)))?)
    }

    /// Keeps what a device of a space told.
    ///
    /// # Errors
    /// The store failed.
    pub fn keep_told(&self, origin: &Origin, told: Told) -> Result<(), StoreError> {
        let device = self.device(self.source(&origin.source)?, origin)?;
        self.transaction
            .prepare_cached("UPDATE usage_device SET posted_at = ?2, known = ?3 WHERE number = ?1")?
            .execute(params![device, told.at, told.bits()])?;
        Ok(())
    }

    /// The last record of a device of a space that tells, for this kind alone, that it is blind, and that ends after a UTC second.
    ///
    /// # Errors
    /// The store failed.
    pub fn blindness(
        &self,
        origin: &Origin,
        kind: Kind,
        at: i64,
    ) -> Result<Option<CoverageRecord>, StoreError> {
        self.coverage_where(
            origin,
            "state = ?2 AND kinds = ?3 AND end_at > ?4",
            &[
                i64::from(position(State::ALL, State::Blind)),
                i64::from(bits(&[kind])),
                at,
            ],
        )
    }

    /// The coverage record of a device of a space that begins last and tells that something was observed.
    ///
    /// # Errors
    /// The store failed.
    pub fn last_observed(&self, origin: &Origin) -> Result<Option<CoverageRecord>, StoreError> {
        let device = self.device(self.source(&origin.source)?, origin)?;
        let observed = i64::from(position(State::ALL, State::Observed));
        let mut last: Option<CoverageRecord> = None;
        // Of each combination of kinds the index has the last one.
        for kinds in covered_kinds(&self.transaction, device, State::Observed)? {
            let of_kinds =
                self.coverage_where(origin, "state = ?2 AND kinds = ?3", &[observed, kinds.into()])?;
            last = last.into_iter().chain(of_kinds).max_by_key(|record| record.start);
        }
        Ok(last)
    }

    /// The last coverage record of a device of a space that meets a condition.
    fn coverage_where(
        &self,
        origin: &Origin,
        condition: &str,
        parameters: &[i64],
    ) -> Result<Option<CoverageRecord>, StoreError> {
        let device = self.device(self.source(&origin.source)?, origin)?;
        let found = self
            .transaction
            .prepare_cached(&format!(
                "{} WHERE record.device = ?1 AND withdrawn = 0 AND {condition} ORDER BY start_at DESC LIMIT 1",
                COVERAGE.select()
            ))?
            .query_row(
                params_from_iter([device].iter().chain(parameters)),
                COVERAGE.read,
            )
            .optional()?;
        Ok(match found {
            Some(Record::Coverage(record)) => Some(record),
            _ => None,
        })
    }
}

impl Reader {
    /// When the last usage or coverage record of each source came, in UTC seconds.
    ///
    /// # Errors
    /// The store failed.
    pub fn arrivals(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT name, arrived_at FROM usage_source WHERE arrived_at IS NOT NULL")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }
}
