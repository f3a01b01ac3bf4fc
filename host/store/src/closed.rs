//! The months that are closed: their figures as they were then. They cannot be computed again, because what they are computed from may change.

use rusqlite::{OptionalExtension as _, params};

use super::{Reader, Store, StoreError};

/// What the table is, for the schema.
pub(super) const MIGRATION: &str = "
    CREATE TABLE closed_month (
        month     TEXT NOT NULL PRIMARY KEY,  -- 2026-10
        closed_at INTEGER NOT NULL,           -- UTC seconds
        report    TEXT NOT NULL               -- by building, in JSON, as it was then; no series, no rooms
    ) STRICT;
    ";

/// A closed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMonth {
    /// `2026-10`.
    pub month: String,
    /// When it was closed, UTC seconds.
    pub closed_at: i64,
    /// Its report by building, in JSON.
    pub report: String,
}

impl Reader {
    /// The closed months with the moments at which they were closed, newest month first.
    ///
    /// # Errors
    /// The store failed.
    pub fn closed_months(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT month, closed_at FROM closed_month ORDER BY month DESC")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// A closed month.
    ///
    /// # Errors
    /// The store failed.
    pub fn closed_month(&self, month: &str) -> Result<Option<KeptMonth>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT month, closed_at, report FROM closed_month WHERE month = ?1")?
            .query_row([month], |row| {
                Ok(KeptMonth {
                    month: row.get(0)?,
                    closed_at: row.get(1)?,
                    report: row.get(2)?,
                })
            })
            .optional()?)
    }
}

impl Store {
    /// Closes a month, unless it is closed already: then it stays as it is.
    ///
    /// # Errors
    /// The store failed.
    pub fn close_month(&mut self, closed: &KeptMonth) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT INTO closed_month (month, closed_at, report) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![closed.month, closed.closed_at, closed.report])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_month_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let closed = |month: &str, report: &str| KeptMonth {
            month: month.into(),
            closed_at: 7,
            report: report.into(),
        };
        for (month, report) in [
            ("2026-09", "{}"),
            ("2026-10", "{\"a\":1}"),
            ("2026-10", "{\"a\":2}"),
        ] {
            store.close_month(&closed(month, report)).unwrap();
        }
        assert_eq!(
            store.closed_months().unwrap(),
            [("2026-10".to_owned(), 7), ("2026-09".to_owned(), 7)]
        );
        assert_eq!(
            store.closed_month("2026-10").unwrap(),
            Some(closed("2026-10", "{\"a\":1}"))
        );
        assert_eq!(store.closed_month("2026-11").unwrap(), None);
    }
}
