//! Records that are pushed or imported, and what devices told in posts that have no time of their own.
//!
//! No lease is asked for: whoever receives records stores them. It makes no difference in which order several members do that, since each record says
//! which revision it is, and a member that was stopped in between has told nobody that it has them.

use std::collections::{BTreeMap, HashSet};

use collector_commit::usage::{Ahead, Put, Told, bits, position};
use collector_model::usage::{CoverageRecord, Kind, Origin, Record, State};
use collector_postgresql::Problem;
use tokio_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use super::evidence::COVERED;
use super::putting::Putting;
use super::rows::{Stored, Table, record};
use crate::clean;
use crate::connection::Connection;
use crate::fenced::CommitError;

/// Records of a source that are stored together, or not at all if it is dropped. Between two calls may lie no more than the few seconds for which the
/// server waits in a transaction.
pub struct UsageBatch<'a> {
    transaction: Transaction<'a>,
    putting: Putting,
}

impl Connection {
    /// Begins a batch of records of a source. Nobody else stores records of this source until it ends.
    ///
    /// # Errors
    /// The database failed.
    pub async fn usage_batch(&mut self, source: &str) -> Result<UsageBatch<'_>, Problem> {
        let transaction = self.begin().await?;
        let putting = Putting::begin(&transaction, source).await?;
        Ok(UsageBatch { transaction, putting })
    }

    /// When the last usage or coverage record of each source came that was pushed or imported, in UTC seconds.
    ///
    /// # Errors
    /// The database failed.
    pub async fn arrivals(&mut self) -> Result<BTreeMap<String, i64>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                "SELECT name, arrived_at FROM usage_source WHERE arrived_at IS NOT NULL",
                &[],
            )
            .await?;
        let arrivals = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        Ok(arrivals)
    }
}

impl UsageBatch<'_> {
    /// Puts records, in this order, and returns what became of each. A thousand at once take hardly longer than one.
    ///
    /// # Errors
    /// A record is of another source, or the database failed: nothing of the batch is stored.
    pub async fn put(&mut self, records: &[Record]) -> Result<Vec<Put>, CommitError> {
        self.putting.put(&self.transaction, records).await
    }

    /// Notes that records came, at this UTC second.
    ///
    /// # Errors
    /// The database failed.
    pub async fn arrived(&mut self, at: i64) -> Result<(), CommitError> {
        let source = self.putting.source(&self.transaction).await?;
        self.transaction
            .execute_typed(
                "UPDATE usage_source SET arrived_at = $2 WHERE number = $1",
                &[(&source, Type::INT8), (&at, Type::INT8)],
            )
            .await?;
        Ok(())
    }

    /// Notes which devices are ahead, at a UTC second. Every record was looked at.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_ahead(&mut self, ahead: &mut Ahead, now: i64) -> Result<(), CommitError> {
        note_ahead(&mut self.putting, &self.transaction, [ahead], now).await
    }

    /// What a device of a space told so far.
    ///
    /// # Errors
    /// The database failed.
    pub async fn told(&mut self, origin: &Origin) -> Result<Told, CommitError> {
        let device = self.device(origin).await?;
        let row = self
            .transaction
            .query_typed_one(
                "SELECT posted_at, known FROM usage_device WHERE number = $1",
                &[(&device, Type::INT8)],
            )
            .await?;
        let Stored(known) = row.try_get(1)?;
        Ok(Told::of_stored(row.try_get(0)?, known))
    }

    /// Keeps what a device of a space told.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep_told(&mut self, origin: &Origin, told: Told) -> Result<(), CommitError> {
        let device = self.device(origin).await?;
        self.transaction
            .execute_typed(
                "UPDATE usage_device SET posted_at = $2, known = $3 WHERE number = $1",
                &[
                    (&device, Type::INT8),
                    (&told.at, Type::INT8),
                    (&i64::from(told.bits()), Type::INT8),
                ],
            )
            .await?;
        Ok(())
    }

    /// The last record of a device of a space that tells, for this kind alone, that it is blind, and that ends after a UTC second.
    ///
    /// # Errors
    /// The database failed.
    pub async fn blindness(
        &mut self,
        origin: &Origin,
        kind: Kind,
        at: i64,
    ) -> Result<Option<CoverageRecord>, CommitError> {
        let blind = i64::from(position(State::ALL, State::Blind));
        let kinds = i64::from(bits(&[kind]));
        self.last_coverage(
            origin,
            "state = $2 AND kinds = $3 AND end_at > $4",
            &[(&blind, Type::INT8), (&kinds, Type::INT8), (&at, Type::INT8)],
        )
        .await
    }

    /// The coverage record of a device of a space that begins last and tells that something was observed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_observed(&mut self, origin: &Origin) -> Result<Option<CoverageRecord>, CommitError> {
        let observed = i64::from(position(State::ALL, State::Observed));
        // Of each combination of kinds the index has the last one.
        self.last_coverage(
            origin,
            &format!(
                "digest = ANY (ARRAY (SELECT last.digest FROM ({COVERED}) AS covered, LATERAL (
                    SELECT digest FROM coverage WHERE device = $1 AND NOT withdrawn AND state = $2 AND kinds = covered.kinds
                    ORDER BY start_at DESC LIMIT 1) AS last)) AND state = $2"
            ),
            &[(&observed, Type::INT8)],
        )
        .await
    }

    /// The coverage record of a device of a space that begins last among those that meet a condition.
    async fn last_coverage(
        &mut self,
        origin: &Origin,
        condition: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Option<CoverageRecord>, CommitError> {
        let device = self.device(origin).await?;
        let query = format!(
            "SELECT usage_source.name, space, usage_device.device, {} FROM coverage AS record
             JOIN usage_device ON usage_device.number = record.device JOIN usage_source ON usage_source.number = usage_device.source
             WHERE record.device = $1 AND NOT withdrawn AND {condition} ORDER BY start_at DESC LIMIT 1",
            Table::Coverage.columns()
        );
        let parameters = [&[(&device as &(dyn ToSql + Sync), Type::INT8)], parameters].concat();
        let row = self.transaction.query_typed_opt(&query, &parameters).await?;
        Ok(match row.map(|row| record(&row, 0)).transpose()? {
            Some(Record::Coverage(coverage)) => Some(coverage),
            _ => None,
        })
    }

    /// The number of a device, which has one from now on.
    async fn device(&mut self, origin: &Origin) -> Result<i64, CommitError> {
        let origin = clean::origin(origin);
        self.putting
            .number_devices(&self.transaction, [&*origin].into_iter())
            .await?;
        Ok(self.putting.device(&origin).unwrap_or_default())
    }

    /// Stores the batch.
    ///
    /// # Errors
    /// The database failed, and nothing of the batch is stored. If the connection ended during the commit, all of it may be stored: it can be put again.
    pub async fn commit(self) -> Result<(), CommitError> {
        self.putting.end(&self.transaction).await?;
        Ok(self.transaction.commit().await?)
    }
}

/// Notes which devices are ahead, at a UTC second: each device with the first that has seen it.
pub(super) async fn note_ahead(
    putting: &mut Putting,
    transaction: &Transaction<'_>,
    all: impl IntoIterator<Item = &mut Ahead>,
    now: i64,
) -> Result<(), CommitError> {
    let mut seen: Vec<(&mut Ahead, Vec<Origin>)> = all
        .into_iter()
        .map(|ahead| {
            let devices = ahead.take_seen();
            (ahead, devices)
        })
        .collect();
    let origins: Vec<Origin> = seen
        .iter()
        .flat_map(|(_, devices)| devices)
        .map(|origin| clean::origin(origin).into_owned())
        .collect();
    if origins.is_empty() {
        return Ok(());
    }
    putting.number_devices(transaction, origins.iter()).await?;
    let devices: Vec<i64> = origins
        .iter()
        .filter_map(|origin| putting.device(origin))
        .collect();
    let rows = transaction
        .query_typed(
            "UPDATE usage_device SET ahead_at = $2 WHERE number = ANY ($1) AND ahead_at IS NULL RETURNING number",
            &[(&devices, Type::INT8_ARRAY), (&now, Type::INT8)],
        )
        .await?;
    let mut first: HashSet<i64> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, tokio_postgres::Error>>()?;
    for (ahead, devices) in &mut seen {
        for origin in devices.drain(..) {
            let device = putting.device(&clean::origin(&origin));
            if device.is_some_and(|device| first.remove(&device)) {
                ahead.add(origin);
            }
        }
    }
    Ok(())
}
