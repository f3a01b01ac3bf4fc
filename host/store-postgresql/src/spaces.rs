//! The spaces of sources that read what devices report.

use collector_commit::usage::{bits, kinds};
use collector_model::natural;
use collector_model::space::{Space, SpaceRecord};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};
use crate::lock;

/// Reads spaces with their outcomes, for [`space`].
macro_rules! spaces {
    ($condition:literal) => {
        concat!(
            "SELECT source, key, name, address, building, capacity, zone, kinds, outcome, cause, outcome_at, listed
             FROM space LEFT JOIN space_attempt ON space = number WHERE ",
            $condition
        )
    };
}
pub(crate) use spaces;

/// Of several with the same key, the last counts.
const PUT: &str = "
    INSERT INTO space (source, key, name, address, building, capacity, zone, kinds)
    SELECT DISTINCT ON (key) $1, key, name, address, building, capacity, zone, kinds
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[]) WITH ORDINALITY
        AS found (key, name, address, building, capacity, zone, kinds, place)
    ORDER BY key, place DESC
    ON CONFLICT (source, key) DO UPDATE SET name = excluded.name, address = excluded.address, building = excluded.building,
        capacity = excluded.capacity, zone = excluded.zone, kinds = excluded.kinds, listed = true
    WHERE (space.name, space.address, space.building, space.capacity, space.zone, space.kinds, space.listed)
        IS DISTINCT FROM (excluded.name, excluded.address, excluded.building, excluded.capacity, excluded.zone, excluded.kinds, true)";

impl Connection {
    /// The listed spaces of a source (none: of all), by source and name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn spaces(&mut self, source: Option<&str>) -> Result<Vec<SpaceRecord>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                spaces!("listed AND ($1::text IS NULL OR source = $1)"),
                &[(&source, Type::TEXT)],
            )
            .await?;
        let mut spaces: Vec<SpaceRecord> = rows.iter().map(space).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        spaces.sort_by(|one, other| {
            let by_name = || natural::compare(&one.name, &other.name);
            let by_key = || one.key.cmp(&other.key);
            one.source.cmp(&other.source).then_with(by_name).then_with(by_key)
        });
        Ok(spaces)
    }
}

impl Fenced<'_> {
    /// Stores the spaces of a source, and commits. A space that was not found stays with its records, but is no longer *listed*, unless `is_partial`: then
    /// nothing is known about it. Its cursor stays: it tells the connector which records there are.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit_spaces(
        self,
        source: &str,
        spaces: &[Space],
        is_partial: bool,
    ) -> Result<(), CommitError> {
        lock::own(self.transaction(), source).await?;
        let keys: Vec<_> = spaces.iter().map(|space| text(&space.key)).collect();
        if !is_partial {
            self.transaction()
                .execute_typed(
                    "UPDATE space SET listed = false WHERE source = $1 AND listed AND key <> ALL ($2)",
                    &[(&source, Type::TEXT), (&keys, Type::TEXT_ARRAY)],
                )
                .await?;
        }
        let names: Vec<_> = spaces.iter().map(|space| text(&space.name)).collect();
        let addresses: Vec<_> = spaces
            .iter()
            .map(|space| space.address.as_ref().map(|address| text(address.as_str())))
            .collect();
        let buildings: Vec<_> = spaces
            .iter()
            .map(|space| space.building.as_deref().map(text))
            .collect();
        let seats: Vec<_> = spaces.iter().map(|space| space.capacity.map(i64::from)).collect();
        let zones: Vec<_> = spaces
            .iter()
            .map(|space| space.time_zone.as_deref().map(text))
            .collect();
        let reported: Vec<_> = spaces.iter().map(|space| i64::from(bits(&space.kinds))).collect();
        self.transaction()
            .execute_typed(
                PUT,
                &[
                    (&source, Type::TEXT),
                    (&keys, Type::TEXT_ARRAY),
                    (&names, Type::TEXT_ARRAY),
                    (&addresses, Type::TEXT_ARRAY),
                    (&buildings, Type::TEXT_ARRAY),
                    (&seats, Type::INT8_ARRAY),
                    (&zones, Type::TEXT_ARRAY),
                    (&reported, Type::INT8_ARRAY),
                ],
            )
            .await?;
        self.commit().await
    }
}

/// Reads a space from its columns, in the order of [`SpaceRecord`].
pub(crate) fn space(row: &Row) -> Result<SpaceRecord, tokio_postgres::Error> {
    let seats: Option<i64> = row.try_get(5)?;
    let reported: i64 = row.try_get(7)?;
    Ok(SpaceRecord {
        source: row.try_get(0)?,
        key: row.try_get(1)?,
        name: row.try_get(2)?,
        address: row.try_get(3)?,
        building: row.try_get(4)?,
        capacity: seats.and_then(|seats| u32::try_from(seats).ok()),
        zone: row.try_get(6)?,
        kinds: kinds(u32::try_from(reported).unwrap_or_default()),
        outcome: row.try_get(8)?,
        cause: row.try_get(9)?,
        since: row.try_get(10)?,
        listed: row.try_get(11)?,
    })
}
