//! Usage and coverage records in their order: by source, space and device, usage before coverage, then by start and key.

use std::sync::LazyLock;

use collector_commit::usage::{UsagePage, UsagePlace};
use collector_model::usage::Record;
use collector_model::window::Window;
use collector_postgresql::Problem;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::rows::{Table, record};
use crate::connection::Connection;

/// Records that are read at once when all are read. Each time, the server sorts what is left of a device: so they are many.
const TOGETHER: usize = 10_000;
/// Devices that a statement looks at.
const DEVICES: usize = 20;

/// Devices with the place where their records begin.
const FROM: &str = "
    SELECT usage_device.number, name, space, device FROM usage_device JOIN usage_source ON usage_source.number = source
    WHERE (cardinality($1::text[]) = 0 OR name = ANY ($1)) AND (name, space, device) >= ($2, $3, $4) ORDER BY name, space, device";

/// The records of devices that overlap a window. Of the first device, those after a start and a key of usage or coverage; null: all.
static RECORDS: LazyLock<String> = LazyLock::new(|| {
    let part = |table: Table, rest: &str| {
        format!(
            "SELECT {} FROM {} AS record WHERE record.device = asked.number AND record.start_at < $3 AND {}
                AND (asked.place > 1 OR $5::bigint IS NULL OR {rest}) ORDER BY record.start_at, record.key LIMIT $4",
            table.columns(),
            table.name(),
            table.goes_on_after("$2")
        )
    };
    format!(
        "SELECT name, space, usage_device.device, found.*
         FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (number, place)
            JOIN usage_device ON usage_device.number = asked.number JOIN usage_source ON usage_source.number = usage_device.source
            CROSS JOIN LATERAL (({}) UNION ALL ({})) AS found
         ORDER BY place, is_coverage, start_at, key LIMIT $4",
        part(
            Table::Usage,
            "NOT $7 AND (record.start_at, record.key) > ($5, $6)"
        ),
        part(
            Table::Coverage,
            "NOT $7 OR (record.start_at, record.key) > ($5, $6)"
        )
    )
});

impl Connection {
    /// A page of at most `limit` records that overlap a window, of one source or of all: the newest revision of each, withdrawn ones too. It ends early
    /// when `go_on` says so, which is asked now and then.
    ///
    /// # Errors
    /// The database failed.
    pub async fn usage_page(
        &mut self,
        source: Option<&str>,
        window: Window,
        from: Option<&UsagePlace>,
        limit: usize,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<UsagePage, Problem> {
        let sources: Vec<&str> = source.into_iter().collect();
        self.page(&sources, window, from, limit, go_on).await
    }

    /// Hands `each` the newest revision of every record that overlaps a window, withdrawn ones too: of the named sources (none: of all), in order. They are
    /// read in parts, and so not all of one moment.
    ///
    /// # Errors
    /// The database failed, or `each` did.
    pub async fn usage<E: From<Problem>>(
        &mut self,
        sources: &[&str],
        window: Window,
        mut each: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut from = None;
        loop {
            let page = self
                .page(sources, window, from.as_ref(), TOGETHER, &|| true)
                .await?;
            for record in page.records {
                each(record)?;
            }
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// The sources that have, or had, usage or coverage records, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn usage_sources(&mut self) -> Result<Vec<String>, Problem> {
        self.column("SELECT name FROM usage_source ORDER BY name", &[])
            .await
    }

    async fn page(
        &mut self,
        sources: &[&str],
        window: Window,
        from: Option<&UsagePlace>,
        limit: usize,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<UsagePage, Problem> {
        let transaction = self.begin().await?;
        let mut records = Vec::new();
        let devices = devices_from(&transaction, sources, from).await?;
        for (number, chunk) in devices.chunks(DEVICES).enumerate() {
            let first = chunk.first().map(|(_, place)| place.clone());
            if number > 0 && !go_on() {
                return Ok(UsagePage { records, next: first });
            }
            // One more tells whether there is a next page.
            let wanted = limit.saturating_add(1).saturating_sub(records.len());
            let after = first.and_then(|place| place.after);
            let numbers: Vec<i64> = chunk.iter().map(|(number, _)| *number).collect();
            records.extend(read(&transaction, &numbers, window, after, wanted).await?);
            if records.len() > limit {
                records.truncate(limit);
                let next = records.last().map(UsagePlace::at);
                return Ok(UsagePage { records, next });
            }
        }
        transaction.commit().await?;
        Ok(UsagePage { records, next: None })
    }
}

/// The devices from a place on, each with its number and the place where its records begin.
async fn devices_from(
    transaction: &Transaction<'_>,
    sources: &[&str],
    from: Option<&UsagePlace>,
) -> Result<Vec<(i64, UsagePlace)>, tokio_postgres::Error> {
    let (source, space, device) =
        from.map_or(("", "", ""), |from| (&*from.source, &*from.space, &*from.device));
    let rows = transaction
        .query_typed(
            FROM,
            &[
                (&sources, Type::TEXT_ARRAY),
                (&source, Type::TEXT),
                (&space, Type::TEXT),
                (&device, Type::TEXT),
            ],
        )
        .await?;
    let mut devices = Vec::with_capacity(rows.len());
    for row in rows {
        let place = UsagePlace {
            source: row.try_get(1)?,
            space: row.try_get(2)?,
            device: row.try_get(3)?,
            after: None,
        };
        let place = match from {
            Some(from) if from.is_of_device(&place) => from.clone(),
            _ => place,
        };
        devices.push((row.try_get(0)?, place));
    }
    Ok(devices)
}

/// At most so many records of devices, in order. `after`: of the first device, only what comes after this.
async fn read(
    transaction: &Transaction<'_>,
    devices: &[i64],
    window: Window,
    after: Option<(bool, i64, String)>,
    wanted: usize,
) -> Result<Vec<Record>, tokio_postgres::Error> {
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let (is_coverage, start, key) = match after {
        Some((is_coverage, start, key)) => (is_coverage, Some(start), key),
        None => (false, None, String::new()),
    };
    let rows = transaction
        .query_typed(
            &RECORDS,
            &[
                (&devices, Type::INT8_ARRAY),
                (&window.start(), Type::INT8),
                (&window.end(), Type::INT8),
                (&wanted, Type::INT8),
                (&start, Type::INT8),
                (&key, Type::TEXT),
                (&is_coverage, Type::BOOL),
            ],
        )
        .await?;
    rows.iter().map(|row| record(row, 0)).collect()
}
