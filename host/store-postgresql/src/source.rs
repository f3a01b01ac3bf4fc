//! What holds for a source as a whole: whether its subjects may be seen, how often its cursors were dropped, and which stream its changes are in.

use collector_model::pass::{Cursors, Places};
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::lock::own;
use crate::places::statement;
use crate::whole::ask_for_all;

impl Connection {
    /// The cursors of rooms or spaces of a source, in the order of their names: addresses (lower case) or keys.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cursors(
        &mut self,
        places: Places,
        source: &str,
        names: &[&str],
    ) -> Result<Cursors, Problem> {
        let names: Vec<_> = names.iter().map(|name| text(name)).collect();
        let transaction = self.begin().await?;
        // One statement, so that both are of one moment.
        let query = statement(
            places,
            "SELECT coalesce((SELECT drops FROM source WHERE name = $1), 0), cursor
             FROM (SELECT 0 AS place, NULL AS {name} UNION ALL
                   SELECT place, {name} FROM unnest($2::text[]) WITH ORDINALITY AS asked ({name}, place)) AS asked
             LEFT JOIN {place} ON {place}.source = $1 AND {place}.{name} = asked.{name}
             ORDER BY place",
        );
        let rows = transaction
            .query_typed(&query, &[(&source, Type::TEXT), (&names, Type::TEXT_ARRAY)])
            .await?;
        let mut cursors = Cursors {
            drops: 0,
            each: Vec::with_capacity(names.len()),
        };
        for (place, row) in rows.iter().enumerate() {
            match place {
                // There is such a row even if nothing was asked for.
                0 => cursors.drops = row.try_get(0)?,
                _ => cursors.each.push(row.try_get(1)?),
            }
        }
        transaction.commit().await?;
        Ok(cursors)
    }

    /// Sets whether the subjects of each source may be seen. This holds from now on for every commit, whoever has the source, and for every delivery.
    /// Sources that are not named keep their setting.
    ///
    /// If a source is shown again, its next pass reads it in full, which brings its subjects back.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn set_viewing(&mut self, sources: &[(&str, bool)]) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        let hidden: Vec<String> = transaction
            .query_typed("SELECT name FROM source WHERE is_hidden", &[])
            .await?
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?;
        // Each start sets all of them, and seldom changes any: commits need not wait for that.
        let mut changed: Vec<(&str, bool)> = sources
            .iter()
            .copied()
            .filter(|(source, viewing)| *viewing == hidden.iter().any(|hidden| hidden == source))
            .collect();
        // In the same order for everybody: two that set several would wait for each other.
        changed.sort_unstable();
        for (source, viewing) in changed {
            own(&transaction, source).await?;
            if !viewing {
                transaction
                    .execute_typed(
                        "INSERT INTO source (name, is_hidden) VALUES ($1, true) ON CONFLICT (name) DO UPDATE SET is_hidden = true",
                        &[(&source, Type::TEXT)],
                    )
                    .await?;
                continue;
            }
            let shown = transaction
                .execute_typed(
                    "UPDATE source SET is_hidden = false WHERE name = $1 AND is_hidden",
                    &[(&source, Type::TEXT)],
                )
                .await?;
            if shown > 0 {
                // A reading of changes alone would not bring them back.
                drop_all(&transaction, source).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Drops the cursors of a source, including those of readings in progress: its next pass reads it in full.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn drop_cursors(&mut self, source: &str) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        own(&transaction, source).await?;
        drop_all(&transaction, source).await?;
        Ok(transaction.commit().await?)
    }

    /// Gives the stream of a source another identity, because the database may have lost changes that were seen outside. No change sent under the old one
    /// is sent under the new one; every sink gets everything of the source again, each room after its next full reading. The store knows nothing about the
    /// time between its own state and now, and what sinks have for that time must stay.
    ///
    /// # Errors
    /// The database failed; the identity is the old one.
    pub async fn renew_stream(&mut self, source: &str) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        own(&transaction, source).await?;
        drop_all(&transaction, source).await?;
        for statement in [
            "UPDATE room SET known_from = NULL WHERE source = $1 AND known_from IS NOT NULL",
            // The rooms to send again are void too, until they are read.
            "DELETE FROM refill WHERE source = $1",
            "UPDATE stream SET id = replace(gen_random_uuid()::text, '-', '') WHERE source = $1",
        ] {
            transaction
                .execute_typed(statement, &[(&source, Type::TEXT)])
                .await?;
        }
        let sinks = transaction
            .query_typed("SELECT name FROM sink ORDER BY name FOR NO KEY UPDATE", &[])
            .await?;
        for sink in sinks {
            ask_for_all(&transaction, sink.try_get(0)?, Some(source)).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Drops the cursors of a source, which is locked.
pub(crate) async fn drop_all(
    transaction: &Transaction<'_>,
    source: &str,
) -> Result<(), tokio_postgres::Error> {
    for statement in [
        "UPDATE space SET cursor = NULL WHERE source = $1 AND cursor IS NOT NULL",
        // What is read in full then is also stored in full.
        "UPDATE room SET cursor = NULL, reading = NULL WHERE source = $1 AND (cursor IS NOT NULL OR reading IS NOT NULL)",
        "INSERT INTO source (name, drops) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET drops = source.drops + 1",
    ] {
        transaction
            .execute_typed(statement, &[(&source, Type::TEXT)])
            .await?;
    }
    Ok(())
}
