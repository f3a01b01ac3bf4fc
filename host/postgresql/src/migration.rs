//! Creates tables, or migrates them to the newest form, in one transaction: a migration is never half done, and leaves nothing in a connection
//! that PgBouncer then gives to another program.

use refinery::Runner;
use refinery_core::Migration;
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_postgres::{Error, Transaction};

/// The table of completed steps, in the same schema.
const STEPS: &str = "schema_version";

/// Takes the missing steps, in the first schema of the transaction's search path.
pub(crate) async fn run(
    transaction: Transaction<'_>,
    mut steps: Runner,
) -> Result<Transaction<'_>, refinery::Error> {
    let mut within = Within(transaction);
    steps.set_migration_table_name(STEPS);
    steps.run_async(&mut within).await?;
    Ok(within.0)
}

/// The transaction of a migration. It uses no named statements at the server.
struct Within<'a>(Transaction<'a>);

impl AsyncTransaction for Within<'_> {
    type Error = Error;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for query in queries {
            self.0.batch_execute(query).await?;
            count += 1;
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Within<'_> {
    async fn query(&mut self, query: &str) -> Result<Vec<Migration>, Error> {
        let rows = self.0.query_typed(query, &[]).await?;
        rows.iter()
            .map(|row| {
                let at: String = row.try_get(2)?;
                let checksum: String = row.try_get(3)?;
                // The time is not used. An invalid checksum matches no step, so the runner refuses it.
                let at = OffsetDateTime::parse(&at, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
                let checksum = checksum.parse().unwrap_or_default();
                Ok(Migration::applied(row.try_get(0)?, row.try_get(1)?, at, checksum))
            })
            .collect()
    }
}

impl AsyncMigrate for Within<'_> {}
