//! Puts records of one source, within a transaction that nobody else shares with that source.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use collector_commit::RecordSpans;
use collector_commit::usage::Put;
use collector_model::usage::{Origin, Record};
use tokio_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use super::rows::{Columns, Table, place, record};
use crate::fenced::CommitError;
use crate::key::key_of;
use crate::{clean, lock, touched};

/// Records that are looked up and stored together.
const TOGETHER: usize = 2_000;

const FIND_SOURCE: &str = "SELECT number FROM usage_source WHERE name = $1";
const ADD_SOURCE: &str = "INSERT INTO usage_source (name) VALUES ($1) RETURNING number";
const ADD_DEVICES: &str = "
    INSERT INTO usage_device (source, space, device)
    SELECT $1, space, device FROM unnest($2::text[], $3::text[]) AS new (space, device) ORDER BY space, device
    RETURNING space, device, number";
const FIND_DEVICES: &str = "
    SELECT space, device, number FROM usage_device JOIN unnest($2::text[], $3::text[]) AS sought (space, device) USING (space, device)
    WHERE source = $1";

/// A device by the names of its space and itself; an empty one: the source does not tell devices apart.
type Device = (String, String);

/// A transaction that puts records of a source, with what it knows already.
pub(super) struct Putting {
    name: String,
    /// None: nothing was ever stored of the source.
    source: Option<i64>,
    /// The numbers of the devices that were looked up: few, and each record names one.
    devices: HashMap<Device, i64>,
    touched: RecordSpans,
}

impl Putting {
    /// Begins, as the only one that stores records of the source until the transaction ends.
    pub(super) async fn begin(
        transaction: &Transaction<'_>,
        source: &str,
    ) -> Result<Self, tokio_postgres::Error> {
        let name = collector_postgresql::value::text(source).into_owned();
        let of_name: [(&(dyn ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
        // Sent together, in this order.
        let ((), (), found) = futures::try_join!(
            lock::share(transaction, &name),
            lock::own_records(transaction, &name),
            transaction.query_typed_opt(FIND_SOURCE, &of_name)
        )?;
        Ok(Self {
            source: found.map(|row| row.try_get(0)).transpose()?,
            name,
            devices: HashMap::new(),
            touched: RecordSpans::default(),
        })
    }

    /// Puts records, in this order.
    pub(super) async fn put(
        &mut self,
        transaction: &Transaction<'_>,
        records: &[Record],
    ) -> Result<Vec<Put>, CommitError> {
        let mut puts = Vec::with_capacity(records.len());
        for records in records.chunks(TOGETHER) {
            let records: Vec<Cow<'_, Record>> = records.iter().map(clean::record).collect();
            if let Some(other) = records.iter().find(|record| record.origin().source != self.name) {
                return Err(CommitError::OtherSource(other.origin().source.clone()));
            }
            puts.extend(self.put_together(transaction, &records).await?);
        }
        Ok(puts)
    }

    async fn put_together(
        &mut self,
        transaction: &Transaction<'_>,
        records: &[Cow<'_, Record>],
    ) -> Result<Vec<Put>, CommitError> {
        let stored = self.stored(transaction, records).await?;
        // What is stored under each key by now.
        let mut now: HashMap<(Table, &str), &Record> = stored
            .iter()
            .map(|record| ((Table::of(record), record.origin().key.as_str()), record))
            .collect();
        let mut puts = Vec::with_capacity(records.len());
        let mut written: HashMap<(Table, &str), &Record> = HashMap::new();
        let mut touched: Vec<&Record> = Vec::new();
        for record in records {
            let record: &Record = record;
            let key = (Table::of(record), record.origin().key.as_str());
            let before = now.get(&key).copied();
            let Ok(put) = Put::of(
                before.map(|before| before.origin().revision),
                record.origin().revision,
                || Ok::<_, std::convert::Infallible>(before == Some(record)),
            );
            if put.is_written() {
                touched.extend(before);
                touched.push(record);
                now.insert(key, record);
                written.insert(key, record);
            }
            puts.push(put);
        }
        self.number_devices(transaction, touched.iter().map(|record| record.origin()))
            .await?;
        for record in touched {
            let device = self.device(record.origin()).unwrap_or_default();
            self.touched.note(device, record);
        }
        let Some(source) = self.source else {
            return Ok(puts);
        };
        let (mut usage, mut coverage) = (Columns::default(), Columns::default());
        for ((table, _), record) in written {
            let device = self.device(record.origin()).unwrap_or_default();
            match table {
                Table::Usage => usage.add(device, record),
                Table::Coverage => coverage.add(device, record),
            }
        }
        futures::try_join!(
            usage.store(transaction, Table::Usage, source),
            coverage.store(transaction, Table::Coverage, source)
        )?;
        Ok(puts)
    }

    /// What is stored under the keys of records.
    async fn stored(
        &self,
        transaction: &Transaction<'_>,
        records: &[Cow<'_, Record>],
    ) -> Result<Vec<Record>, tokio_postgres::Error> {
        let mut found = Vec::new();
        let Some(source) = self.source else {
            return Ok(found);
        };
        for table in Table::ALL {
            let keys: Vec<Vec<u8>> = records
                .iter()
                .filter(|record| Table::of(record) == table)
                .map(|record| key_of(&record.origin().key))
                .collect();
            if keys.is_empty() {
                continue;
            }
            let query = format!(
                "SELECT $3::text, space, usage_device.device, {} FROM {} AS record JOIN usage_device ON usage_device.number = record.device
                 WHERE record.source = $1 AND digest = ANY ($2)",
                table.columns(),
                table.name()
            );
            let rows = transaction
                .query_typed(
                    &query,
                    &[
                        (&source, Type::INT8),
                        (&keys, Type::BYTEA_ARRAY),
                        (&self.name, Type::TEXT),
                    ],
                )
                .await?;
            for row in rows {
                found.push(record(&row, 0)?);
            }
        }
        Ok(found)
    }

    /// The number of a device; none if it was not looked up, or there is none.
    pub(super) fn device(&self, origin: &Origin) -> Option<i64> {
        let (space, device) = place(origin);
        let key = (space.to_owned(), device.to_owned());
        self.devices.get(&key).copied()
    }

    /// The number of the source, which has one from now on.
    pub(super) async fn source(
        &mut self,
        transaction: &Transaction<'_>,
    ) -> Result<i64, tokio_postgres::Error> {
        if let Some(number) = self.source {
            return Ok(number);
        }
        let row = transaction
            .query_typed_one(ADD_SOURCE, &[(&self.name, Type::TEXT)])
            .await?;
        let number = row.try_get(0)?;
        self.source = Some(number);
        Ok(number)
    }

    /// Looks up devices, and gives those a number that have none.
    pub(super) async fn number_devices<'a>(
        &mut self,
        transaction: &Transaction<'_>,
        origins: impl Iterator<Item = &'a Origin>,
    ) -> Result<(), tokio_postgres::Error> {
        // Each once.
        let sought: BTreeSet<Device> = origins
            .map(place)
            .map(|(space, device)| (space.to_owned(), device.to_owned()))
            .filter(|device| !self.devices.contains_key(device))
            .collect();
        if sought.is_empty() {
            return Ok(());
        }
        let source = self.source(transaction).await?;
        let sought: Vec<Device> = sought.into_iter().collect();
        self.take(transaction, FIND_DEVICES, source, &sought).await?;
        let new: Vec<Device> = sought
            .into_iter()
            .filter(|device| !self.devices.contains_key(device))
            .collect();
        if !new.is_empty() {
            self.take(transaction, ADD_DEVICES, source, &new).await?;
        }
        Ok(())
    }

    async fn take(
        &mut self,
        transaction: &Transaction<'_>,
        statement: &str,
        source: i64,
        devices: &[Device],
    ) -> Result<(), tokio_postgres::Error> {
        let (spaces, names): (Vec<&str>, Vec<&str>) = devices
            .iter()
            .map(|(space, device)| (space.as_str(), device.as_str()))
            .unzip();
        let rows = transaction
            .query_typed(
                statement,
                &[
                    (&source, Type::INT8),
                    (&spaces, Type::TEXT_ARRAY),
                    (&names, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        for row in rows {
            let device = (row.try_get(0)?, row.try_get(1)?);
            self.devices.insert(device, row.try_get(2)?);
        }
        Ok(())
    }

    /// Notes what was touched. Nothing is put afterwards.
    pub(super) async fn end(self, transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        touched::touch_records(transaction, &self.touched).await
    }
}
