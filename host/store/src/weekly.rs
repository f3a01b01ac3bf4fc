//! The weekly summaries that were posted, or are being tried: so that each is posted once, whatever happens in between, and always with the same
//! content.

use rusqlite::{OptionalExtension as _, params};

use super::{Reader, Store, StoreError};

/// What the table is, for the schema.
pub(super) const MIGRATION: &str = "
    CREATE TABLE weekly_post (
        monday   TEXT NOT NULL PRIMARY KEY,   -- 2026-11-16
        id       TEXT NOT NULL,               -- by the content
        content  TEXT,                        -- JSON, while it is being tried; null: posted, or given up
        begun_at INTEGER NOT NULL,            -- UTC seconds
        tries    INTEGER NOT NULL DEFAULT 0,  -- that failed
        tried_at INTEGER,                     -- UTC seconds: the last of them
        problem  TEXT,                        -- and why it failed
        sent_at  INTEGER                      -- UTC seconds; null: not posted
    ) STRICT;
    ";

/// So many weeks are remembered.
const KEPT: i64 = 60;

/// A summary of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyPost {
    /// The first date of the week.
    pub monday: String,
    /// Tells its content from every other.
    pub id: String,
    /// What is posted, while it is being tried. None once it was posted or given up.
    pub content: Option<String>,
    /// When it was made, UTC seconds.
    pub begun_at: i64,
    /// How many tries failed.
    pub tries: u32,
    /// When the last one failed, UTC seconds.
    pub tried_at: Option<i64>,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it was posted, UTC seconds.
    pub sent_at: Option<i64>,
}

impl Reader {
    /// The summary of the week that begins on a date, if it was made.
    ///
    /// # Errors
    /// The store failed.
    pub fn weekly_post(&self, monday: &str) -> Result<Option<WeeklyPost>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT monday, id, content, begun_at, tries, tried_at, problem, sent_at FROM weekly_post WHERE monday = ?1",
            )?
            .query_row([monday], |row| {
                Ok(WeeklyPost {
                    monday: row.get(0)?,
                    id: row.get(1)?,
                    content: row.get(2)?,
                    begun_at: row.get(3)?,
                    tries: row.get(4)?,
                    tried_at: row.get(5)?,
                    problem: row.get(6)?,
                    sent_at: row.get(7)?,
                })
            })
            .optional()?)
    }
}

impl Store {
    /// Keeps the summary of a week, unless there is one already: then that stays. Forgets those of more than a year ago, and gives up those of
    /// earlier weeks.
    ///
    /// # Errors
    /// The store failed.
    pub fn begin_weekly_post(
        &mut self,
        monday: &str,
        id: &str,
        content: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO weekly_post (monday, id, content, begun_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![monday, id, content, now],
        )?;
        transaction.execute(
            "UPDATE weekly_post SET content = NULL WHERE monday < ?1",
            [monday],
        )?;
        transaction.execute(
            "DELETE FROM weekly_post WHERE monday <= (SELECT monday FROM weekly_post ORDER BY monday DESC LIMIT 1 OFFSET ?1)",
            [KEPT],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Notes that the summary of a week was posted.
    ///
    /// # Errors
    /// The store failed.
    pub fn weekly_post_sent(&mut self, monday: &str, now: i64) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE weekly_post SET sent_at = ?2, content = NULL WHERE monday = ?1",
            params![monday, now],
        )?;
        Ok(())
    }

    /// Notes that a try failed, and whether it was the last one.
    ///
    /// # Errors
    /// The store failed.
    pub fn weekly_post_failed(
        &mut self,
        monday: &str,
        problem: &str,
        is_last: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE weekly_post SET tries = tries + 1, tried_at = ?3, problem = ?2, content = CASE WHEN ?4 THEN NULL ELSE content END WHERE monday = ?1",
            params![monday, problem, now, is_last],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_week_stays_until_it_is_posted() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        assert_eq!(store.weekly_post("2026-11-16").unwrap(), None);
        store.begin_weekly_post("2026-11-16", "a", "{}", 7).unwrap();
        store.weekly_post_failed("2026-11-16", "down", false, 8).unwrap();
        store
            .begin_weekly_post("2026-11-16", "b", "{\"other\":1}", 9)
            .unwrap();
        let kept = store.weekly_post("2026-11-16").unwrap().unwrap();
        let expected = WeeklyPost {
            monday: "2026-11-16".into(),
            id: "a".into(),
            content: Some("{}".into()),
            begun_at: 7,
            tries: 1,
            tried_at: Some(8),
            problem: Some("down".into()),
            sent_at: None,
        };
        assert_eq!(kept, expected);
        store.weekly_post_sent("2026-11-16", 10).unwrap();
        let sent = store.weekly_post("2026-11-16").unwrap().unwrap();
        assert_eq!((sent.content, sent.sent_at), (None, Some(10)));
    }

    #[test]
    fn a_later_week_ends_what_is_tried_and_old_ones_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        for week in 100..=160 {
            store
                .begin_weekly_post(&format!("2026-{week}"), "id", "{}", week)
                .unwrap();
        }
        assert_eq!(store.weekly_post("2026-100").unwrap(), None);
        let before = store.weekly_post("2026-159").unwrap().unwrap();
        assert_eq!(before.content, None);
        let last = store.weekly_post("2026-160").unwrap().unwrap();
        assert!(last.content.is_some());
        store.weekly_post_failed("2026-160", "down", true, 9).unwrap();
        assert_eq!(store.weekly_post("2026-160").unwrap().unwrap().content, None);
    }
}
