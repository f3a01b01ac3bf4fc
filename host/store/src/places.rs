//! What a pass keeps about the places that it reads, rooms or spaces: cursors, outcomes, and the last attempt with its trouble, which decides
//! the order in the next pass.

use std::collections::HashMap;

use collector_model::pass::{Past, Places, Trouble};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Reader, Store, StoreError};

/// Puts the table of places and its column of names into a statement: `{table}` and `{name}`. Both tables keep the same of a place.
fn statement(places: Places, text: &str) -> String {
    let (table, name) = match places {
        Places::Rooms => ("room", "address"),
        Places::Spaces => ("space", "key"),
    };
    text.replace("{table}", table).replace("{name}", name)
}

impl Reader {
    /// The histories of places of a source, in the order of their names.
    ///
    /// # Errors
    /// The store failed.
    pub fn pasts<'a>(
        &self,
        places: Places,
        source: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Past>, StoreError> {
        let known: HashMap<String, Past> = self
            .connection
            .prepare_cached(&statement(
                places,
                "SELECT {name}, read_at, trouble FROM {table}
                 WHERE source = ?1 AND (read_at IS NOT NULL OR trouble IS NOT NULL)",
            ))?
            .query_map([source], |row| {
                let past = Past {
                    read_at: row.get(1)?,
                    trouble: row.get::<_, Option<i64>>(2)?.map(Trouble::of_number),
                };
                Ok((row.get(0)?, past))
            })?
            .collect::<Result<_, _>>()?;
        Ok(names
            .into_iter()
            .map(|name| known.get(name).copied().unwrap_or_default())
            .collect())
    }

    /// The cursors of places of a source, in the order of their names.
    ///
    /// # Errors
    /// The store failed.
    pub fn cursors(
        &self,
        places: Places,
        source: &str,
        names: &[impl AsRef<str>],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let mut statement = self.connection.prepare_cached(&statement(
            places,
            "SELECT cursor FROM {table} WHERE source = ?1 AND {name} = ?2",
        ))?;
        names
            .iter()
            .map(|name| {
                let cursor = statement
                    .query_row([source, name.as_ref()], |row| row.get(0))
                    .optional()?;
                Ok(cursor.flatten())
            })
            .collect()
    }

    /// The number of times that cursors were dropped. A reading remembers it at its start: cursors dropped since then stay dropped.
    ///
    /// # Errors
    /// The store failed.
    pub fn drops(&self) -> Result<i64, StoreError> {
        Ok(drops(&self.connection)?)
    }

    /// The number of places of a source that are listed.
    ///
    /// # Errors
    /// The store failed.
    pub fn listed(&self, places: Places, source: &str) -> Result<u64, StoreError> {
        let text = statement(
            places,
            "SELECT count(*) FROM {table} WHERE source = ?1 AND listed = 1",
        );
        Ok(self
            .connection
            .prepare_cached(&text)?
            .query_row([source], |row| row.get(0))?)
    }

    /// The number of known places of a source, including those that are no longer listed.
    ///
    /// # Errors
    /// The store failed.
    pub fn known(&self, places: Places, source: &str) -> Result<u64, StoreError> {
        let text = statement(places, "SELECT count(*) FROM {table} WHERE source = ?1");
        Ok(self
            .connection
            .prepare_cached(&text)?
            .query_row([source], |row| row.get(0))?)
    }
}

impl Store {
    /// Stores attempts to read places, with their trouble; none if a place was collected.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_attempts(
        &mut self,
        places: Places,
        source: &str,
        at: i64,
        attempts: &[(impl AsRef<str>, Option<Trouble>)],
    ) -> Result<(), StoreError> {
        let read = statement(
            places,
            "UPDATE {table} SET read_at = ?3, trouble = NULL WHERE source = ?1 AND {name} = ?2",
        );
        let not_read = statement(
            places,
            "UPDATE {table} SET trouble = ?3 WHERE source = ?1 AND {name} = ?2 AND trouble IS NOT ?3",
        );
        let transaction = self.connection.transaction()?;
        for (name, trouble) in attempts {
            let name = name.as_ref();
            match trouble {
                None => transaction
                    .prepare_cached(&read)?
                    .execute(params![source, name, at])?,
                Some(trouble) => {
                    transaction
                        .prepare_cached(&not_read)?
                        .execute(params![source, name, trouble.number()])?
                }
            };
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores the outcomes of places: name, outcome, cause. An unchanged outcome keeps its time.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_outcomes<'a>(
        &mut self,
        places: Places,
        source: &str,
        at: i64,
        outcomes: impl IntoIterator<Item = (&'a str, &'a str, Option<String>)>,
    ) -> Result<(), StoreError> {
        let text = statement(places, "UPDATE {table} SET outcome_at = CASE WHEN outcome IS ?3 THEN outcome_at ELSE ?5 END, outcome = ?3, cause = ?4
             WHERE source = ?1 AND {name} = ?2 AND (outcome IS NOT ?3 OR cause IS NOT ?4)",
        );
        let transaction = self.connection.transaction()?;
        for (name, outcome, cause) in outcomes {
            transaction
                .prepare_cached(&text)?
                .execute(params![source, name, outcome, cause, at])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The number of times that cursors were dropped.
pub(super) fn drops(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT drops FROM store")?
        .query_row([], |row| row.get(0))
}

/// Drops the cursors of a source, including those of readings in progress.
pub(super) fn drop_cursors(connection: &Connection, source: &str) -> Result<(), rusqlite::Error> {
    for places in [Places::Rooms, Places::Spaces] {
        connection
            .prepare_cached(&statement(
                places,
                "UPDATE {table} SET cursor = NULL WHERE source = ?1",
            ))?
            .execute([source])?;
    }
    // What is read in full then is also stored in full.
    connection
        .prepare_cached("UPDATE room SET reading = NULL WHERE source = ?1")?
        .execute([source])?;
    connection
        .prepare_cached("UPDATE store SET drops = drops + 1")?
        .execute([])?;
    Ok(())
}
