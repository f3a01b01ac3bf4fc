//! Deletes usage and coverage records: those that are past their time, and those of a source, in small transactions under a lease.
//!
//! A record is past its time when nothing of it is needed after that. What holds on stays: a change until the next one, an interval without an end, a
//! sample for twice its resolution or until the next one, which stays as long as it. Without the last change of a device that goes on being observed,
//! "in use" would become "vacant"; without the last coverage of a device, its records would suddenly speak for themselves.

use std::sync::LazyLock;

use collector_commit::usage::position;
use collector_model::usage::{Form, Kind, RESOLUTION, State, UNOBSERVED_CHANGE};
use collector_postgresql::Problem;
use tokio_postgres::types::{ToSql, Type};

use super::rows::Table;
use crate::connection::Connection;
use crate::fenced::CommitError;
use crate::lease::Lease;
use crate::lock;

/// Rows that a transaction deletes at most.
const ROWS: i64 = 5_000;
/// Devices that a transaction looks at.
const DEVICES: i64 = 20;

/// Of the devices `$1`, what says nothing from the instant `$2` on, as source and digest.
pub(super) static EXPIRED_USAGE: LazyLock<String> = LazyLock::new(|| {
    let form = |of| position(Form::ALL, of);
    let (change, sample) = (form(Form::Change), form(Form::Sample));
    let observed = position(State::ALL, State::Observed);
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| position(Kind::ALL, *kind).to_string())
        .collect();
    let kinds = kinds.join(", ");
    let forms: Vec<String> = Form::ALL
        .iter()
        .map(|form| position(Form::ALL, *form).to_string())
        .collect();
    let forms = forms.join(", ");
    // The first sample of each kind that still holds, and the last change that does.
    format!(
        "WITH holding AS MATERIALIZED (
            SELECT device, kind, min(start_at) AS first FROM usage
            WHERE device = ANY ($1) AND NOT withdrawn AND kind IN ({kinds}) AND form = {sample} AND start_at < $2
                AND start_at + 2 * coalesce(resolution, {RESOLUTION}) >= $2
            GROUP BY device, kind
         ), lasting AS MATERIALIZED (
            SELECT sought.device, kind, latest.start_at FROM unnest($1) AS sought (device) CROSS JOIN unnest(ARRAY[{kinds}]) AS of (kind)
                CROSS JOIN LATERAL (
                    SELECT start_at FROM usage WHERE usage.device = sought.device AND NOT withdrawn AND usage.kind = of.kind AND form = {change}
                        AND start_at < $2 ORDER BY start_at DESC LIMIT 1) AS latest
            WHERE latest.start_at + {UNOBSERVED_CHANGE} > $2 OR EXISTS (
                SELECT FROM coverage WHERE coverage.device = sought.device AND NOT withdrawn AND state = {observed}
                    AND coverage.end_at > $2 AND kinds & (1 << kind) <> 0)
         )
         SELECT source, digest FROM usage
         WHERE device = ANY ($1) AND withdrawn IN (false, true) AND kind IN ({kinds}) AND form IN ({forms}) AND start_at < $2 AND CASE
            WHEN withdrawn THEN coalesce(end_at, start_at) < $2
            WHEN form = {sample} THEN NOT EXISTS (
                SELECT FROM holding WHERE (holding.device, holding.kind) = (usage.device, usage.kind) AND holding.first <= usage.start_at)
            WHEN form = {change} THEN NOT EXISTS (
                SELECT FROM lasting WHERE (lasting.device, lasting.kind, lasting.start_at) = (usage.device, usage.kind, usage.start_at))
            ELSE end_at < $2 END"
    )
});
/// The same of coverage. The last observed one of each kind always says something: what the device reports afterwards counts only where it was observed.
pub(super) static EXPIRED_COVERAGE: LazyLock<String> = LazyLock::new(|| {
    let observed = position(State::ALL, State::Observed);
    let last = Kind::ALL.len().saturating_sub(1);
    format!(
        "WITH kept AS MATERIALIZED (
            SELECT DISTINCT ON (device, bit) digest, device FROM coverage JOIN generate_series(0, {last}) AS kind (bit) ON kinds & (1 << bit) <> 0
            WHERE device = ANY ($1) AND NOT withdrawn AND state = {observed} ORDER BY device, bit, end_at DESC, key
         )
         SELECT source, digest FROM coverage
         WHERE device = ANY ($1) AND start_at < $2 AND end_at < $2
            AND NOT EXISTS (SELECT FROM kept WHERE (kept.device, kept.digest) = (coverage.device, coverage.digest))"
    )
});
/// Whatever the instant.
const ALL_USAGE: &str = "SELECT source, digest FROM usage WHERE device = ANY ($1) AND $2 IS NOT NULL";
const ALL_COVERAGE: &str = "SELECT source, digest FROM coverage WHERE device = ANY ($1) AND $2 IS NOT NULL";

impl Connection {
    /// The number of records that began before an instant (UTC seconds), and of all records.
    pub(crate) async fn usage_began_before(&mut self, instant: i64) -> Result<(u64, u64), Problem> {
        let (mut before, mut all) = (0, 0);
        for source in self.usage_sources().await? {
            let mut last = i64::MIN;
            loop {
                let devices = self.devices_after(&source, last).await?;
                let Some(most) = devices.last() else { break };
                last = *most;
                for table in Table::ALL {
                    let transaction = self.begin().await?;
                    let query = format!(
                        "SELECT count(*) FILTER (WHERE start_at < $2), count(*) FROM {} WHERE device = ANY ($1)",
                        table.name()
                    );
                    let row = transaction
                        .query_typed_one(&query, &[(&devices, Type::INT8_ARRAY), (&instant, Type::INT8)])
                        .await?;
                    before += row.try_get::<_, i64>(0)?;
                    all += row.try_get::<_, i64>(1)?;
                    transaction.commit().await?;
                }
            }
        }
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        Ok((count(before), count(all)))
    }

    /// Deletes the records that say nothing about any time from an instant (UTC seconds) on. Returns how many there were.
    pub(crate) async fn forget_usage_before(
        &mut self,
        lease: &Lease,
        instant: i64,
    ) -> Result<u64, CommitError> {
        let mut forgotten = 0;
        // Usage first: what is kept of it depends on coverage.
        let expired = [
            (Table::Usage, &**EXPIRED_USAGE),
            (Table::Coverage, &**EXPIRED_COVERAGE),
        ];
        for source in self.usage_sources().await? {
            forgotten += self.forget_records(lease, &source, expired, instant).await?;
        }
        Ok(forgotten)
    }

    /// Deletes all records of a source, and returns how many there were.
    pub(crate) async fn forget_usage(&mut self, lease: &Lease, source: &str) -> Result<u64, CommitError> {
        let all = [(Table::Usage, ALL_USAGE), (Table::Coverage, ALL_COVERAGE)];
        self.forget_records(lease, source, all, i64::MAX).await
    }

    /// Deletes the records of all devices of a source that queries find.
    async fn forget_records(
        &mut self,
        lease: &Lease,
        source: &str,
        sought: [(Table, &str); 2],
        instant: i64,
    ) -> Result<u64, CommitError> {
        let mut forgotten = 0;
        let mut last = i64::MIN;
        loop {
            let devices = self.devices_after(source, last).await?;
            let Some(most) = devices.last() else {
                return Ok(forgotten);
            };
            last = *most;
            for (table, sought) in sought {
                let name = table.name();
                let statement = format!(
                    "WITH sought AS MATERIALIZED ({sought} LIMIT $3)
                     DELETE FROM {name} USING sought WHERE ({name}.source, {name}.digest) = (sought.source, sought.digest)"
                );
                let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
                    (&devices, Type::INT8_ARRAY),
                    (&instant, Type::INT8),
                    (&ROWS, Type::INT8),
                ];
                loop {
                    let fenced = self.fenced(lease).await?;
                    let transaction = fenced.transaction();
                    // Sent together, in this order.
                    let ((), (), rows) = futures::try_join!(
                        lock::share(transaction, source),
                        lock::own_records(transaction, source),
                        transaction.execute_typed(&statement, &parameters)
                    )?;
                    fenced.commit().await?;
                    forgotten += rows;
                    if i64::try_from(rows).is_ok_and(|rows| rows < ROWS) {
                        break;
                    }
                }
            }
        }
    }

    /// The next devices of a source after one of them, by number.
    async fn devices_after(&mut self, source: &str, last: i64) -> Result<Vec<i64>, Problem> {
        self.column(
            "SELECT usage_device.number FROM usage_device JOIN usage_source ON usage_source.number = source
             WHERE name = $1 AND usage_device.number > $2 ORDER BY usage_device.number LIMIT $3",
            &[(&source, Type::TEXT), (&last, Type::INT8), (&DEVICES, Type::INT8)],
        )
        .await
    }
}
