//! Removes usage and coverage records: those that are past their time, and those of a source.
//!
//! A record is past its time when nothing of it is needed after that. What holds on stays: a change until the next one, an interval without
//! an end, a sample for twice its resolution or until the next one, which stays as long as it. Without the last change of a device that goes on being observed, "in use" would become
//! "vacant"; without the last coverage of a device, its records would suddenly speak for themselves.

use collector_commit::usage::position;
use collector_model::usage::{Form, Kind, RESOLUTION, State, UNOBSERVED_CHANGE};
use rusqlite::named_params;

use super::indexes::{self, every_four};
use super::usage::source_number;
use super::usage_rows::{COVERAGE, Table, USAGE};
use super::{Reader, Store, StoreError};

impl Reader {
    /// The number of records that began before an instant (UTC seconds), and of all records.
    pub(super) fn usage_began_before(&self, instant: i64) -> Result<(u64, u64), StoreError> {
        let (mut before, mut all) = (0, 0);
        for Table { name, .. } in [USAGE, COVERAGE] {
            let (began, count): (u64, u64) = self.connection.query_row(
                &format!(
                    "SELECT coalesce(sum((SELECT count(*) FROM {name} WHERE device = number AND start_at < ?1)), 0),
                        (SELECT count(*) FROM {name})
                     FROM usage_device"
                ),
                [instant],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            before += began;
            all += count;
        }
        Ok((before, all))
    }
}

impl Store {
    /// Removes the records that say nothing about any time from an instant (UTC seconds) on, and returns their space to the file system.
    /// Returns how many there were.
    ///
    /// # Errors
    /// The store failed; what was removed before stays removed.
    pub(super) fn forget_usage_before(&mut self, instant: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        // Usage first: what is kept of it depends on coverage.
        let tables = [(USAGE, expired_usage()), (COVERAGE, expired_coverage())];
        for (device, _) in self.usage_devices()? {
            for (Table { name, .. }, expired) in &tables {
                let expired = format!("SELECT source, key FROM {name} WHERE {expired}");
                let has_some = self
                    .connection
                    .prepare_cached(&expired)?
                    .exists(named_params! { ":device": device, ":instant": instant })?;
                if has_some {
                    forgotten += self.in_small_transactions(
                        &format!("DELETE FROM {name} WHERE (source, key) IN ({expired} LIMIT :rows)"),
                        named_params! { ":device": device, ":instant": instant },
                    )?;
                }
            }
        }
        self.vacuum()?;
        Ok(forgotten)
    }

    /// Removes all records of a source, and returns how many there were.
    ///
    /// # Errors
    /// The store failed; what was removed before stays removed.
    pub(super) fn forget_usage(&mut self, source: &str) -> Result<u64, StoreError> {
        let Some(number) = source_number(&self.connection, source)? else {
            return Ok(0);
        };
        let mut forgotten = 0;
        for table in [USAGE.name, COVERAGE.name] {
            forgotten += self.in_small_transactions(
                &format!(
                    "DELETE FROM {table} WHERE (source, key) IN
                     (SELECT source, key FROM {table} WHERE source = :source LIMIT :rows)"
                ),
                named_params! { ":source": number },
            )?;
        }
        let transaction = self.connection.transaction()?;
        // Records may have come in between the small transactions. They go too: what is purged stays purged.
        for table in [USAGE.name, COVERAGE.name] {
            let rows = transaction.execute(&format!("DELETE FROM {table} WHERE source = ?1"), [number])?;
            forgotten += rows as u64;
        }
        transaction.execute("DELETE FROM usage_device WHERE source = ?1", [number])?;
        transaction.execute("DELETE FROM usage_source WHERE number = ?1", [number])?;
        transaction.commit()?;
        Ok(forgotten)
    }
}

/// The condition of a usage record of `:device` that says nothing from `:instant` on.
fn expired_usage() -> String {
    let form = |of| position(Form::ALL, of);
    let (change, sample) = (form(Form::Change), form(Form::Sample));
    let observed = position(State::ALL, State::Observed);
    let kinds = indexes::kinds(Kind::ALL);
    // The condition on the start is for the index: what ended before began before.
    format!(
        "device = :device AND {} AND start_at < :instant AND CASE
            WHEN withdrawn THEN coalesce(end_at, start_at) < :instant
            WHEN form = {sample} THEN NOT EXISTS (
                SELECT 1 FROM (
                    SELECT kind AS of, min(start_at) AS first FROM usage AS holding
                    WHERE device = :device AND withdrawn = 0 AND kind IN {kinds} AND form = {sample} AND start_at < :instant
                        AND start_at + 2 * coalesce(resolution, {RESOLUTION}) >= :instant
                    GROUP BY kind)
                WHERE of = usage.kind AND first <= usage.start_at)
            WHEN form = {change} THEN (kind, start_at) NOT IN (
                SELECT kind, max(start_at) FROM usage AS last
                WHERE device = :device AND withdrawn = 0 AND kind IN {kinds} AND form = {change} AND start_at < :instant
                GROUP BY kind
                HAVING max(start_at) + {UNOBSERVED_CHANGE} > :instant OR EXISTS (
                    SELECT 1 FROM coverage WHERE device = :device AND withdrawn = 0 AND state = {observed}
                        AND end_at > :instant AND kinds & (1 << last.kind)))
            ELSE end_at < :instant END",
        every_four()
    )
}

/// The condition of a coverage record of `:device` that says nothing from `:instant` on. The last observed one of each kind always does: what
/// the device reports afterwards counts only where it was observed.
fn expired_coverage() -> String {
    let observed = position(State::ALL, State::Observed);
    let bits: Vec<String> = (0..Kind::ALL.len()).map(|bit| format!("({bit})")).collect();
    let bits = bits.join(", ");
    format!(
        "device = :device AND start_at < :instant AND end_at < :instant AND key NOT IN (
            SELECT key FROM (
                SELECT key, max(end_at) FROM coverage JOIN (SELECT column1 AS bit FROM (VALUES {bits})) ON kinds & (1 << bit)
                WHERE device = :device AND withdrawn = 0 AND state = {observed}
                GROUP BY bit))"
    )
}
