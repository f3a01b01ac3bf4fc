//! Usage and coverage records in pages, in the order of [`Reader::usage`].

use collector_commit::usage::{UsagePage, UsagePlace};
use collector_model::usage::Record;
use collector_model::window::Window;
use rusqlite::named_params;

use super::usage_rows::{COVERAGE, Table, USAGE};
use super::{Reader, StoreError};

impl Reader {
    /// A page of at most `limit` records that overlap a window, of one source or of all. It ends early when `go_on` says so, which is asked before
    /// each device but the first.
    ///
    /// # Errors
    /// The store failed.
    pub fn usage_page(
        &self,
        source: Option<&str>,
        window: Window,
        from: Option<&UsagePlace>,
        limit: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<UsagePage, StoreError> {
        let mut records = Vec::new();
        let mut is_first = true;
        for (number, place) in self.devices_from(source, from)? {
            if !is_first && !go_on() {
                return Ok(UsagePage {
                    records,
                    next: Some(place),
                });
            }
            is_first = false;
            for (is_coverage, table) in [(false, USAGE), (true, COVERAGE)] {
                let after = match &place.after {
                    Some((was_coverage, ..)) if *was_coverage && !is_coverage => continue,
                    Some((was_coverage, start, key)) if *was_coverage == is_coverage => {
                        Some((*start, key.as_str()))
                    }
                    _ => None,
                };
                // One more tells whether there is a next page.
                let wanted = (limit + 1).saturating_sub(records.len());
                self.add(&mut records, table, number, window, after, wanted)?;
            }
            if records.len() > limit {
                records.truncate(limit);
                let next = records.last().map(UsagePlace::at);
                return Ok(UsagePage { records, next });
            }
        }
        Ok(UsagePage { records, next: None })
    }

    /// The devices from a place on, each with its number and the place where its records begin.
    fn devices_from(
        &self,
        source: Option<&str>,
        from: Option<&UsagePlace>,
    ) -> Result<Vec<(i64, UsagePlace)>, StoreError> {
        let (begin, space, device) =
            from.map_or(("", "", ""), |from| (&*from.source, &*from.space, &*from.device));
        let found = self
            .connection
            .prepare_cached(
                "SELECT usage_device.number, name, space, device FROM usage_device JOIN usage_source ON usage_source.number = source
                 WHERE (:of IS NULL OR name = :of) AND (name, space, device) >= (:source, :space, :device) ORDER BY name, space, device",
            )?
            .query_map(
                named_params! { ":of": source, ":source": begin, ":space": space, ":device": device },
                |row| {
                    let place = UsagePlace {
                        source: row.get(1)?,
                        space: row.get(2)?,
                        device: row.get(3)?,
                        after: None,
                    };
                    Ok((row.get(0)?, place))
                },
            )?
            .collect::<Result<Vec<(i64, UsagePlace)>, _>>()?;
        let with_after = found.into_iter().map(|(number, place)| match from {
            Some(from) if from.is_of_device(&place) => (number, from.clone()),
            _ => (number, place),
        });
        Ok(with_after.collect())
    }

    fn add(
        &self,
        records: &mut Vec<Record>,
        table: Table,
        device: i64,
        window: Window,
        after: Option<(i64, &str)>,
        wanted: usize,
    ) -> Result<(), StoreError> {
        let (start, key) = after.unwrap_or((i64::MIN, ""));
        let mut statement = self.connection.prepare_cached(&format!(
            "{} WHERE record.device = :device AND start_at < :to AND ({} >= :from OR {}) AND start_at >= :start AND (start_at, key) > (:start, :key)
             ORDER BY start_at, key LIMIT :wanted",
            table.select(), table.end, table.open
        ))?;
        let found = statement.query_map(
            named_params! {
                ":device": device, ":from": window.start(), ":to": window.end(), ":start": start, ":key": key,
                ":wanted": i64::try_from(wanted).unwrap_or(i64::MAX),
            },
            table.read,
        )?;
        for record in found {
            records.push(record?);
        }
        Ok(())
    }
}
