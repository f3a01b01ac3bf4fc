//! History: the last pass of each source, the outcome of each room, and the events of connectors and the configuration.

use collector_model::pass::{PassRecord, RoomCounts, RoomRecord};
use rusqlite::params;

use super::{Reader, Store, StoreError};

/// The most events kept.
const EVENTS: i64 = 10_000;

/// An event that an operator may want to look up later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, UTC seconds.
    pub at: i64,
    /// The kind of event, one word: `installed`, `activated`, `held`, `rolled-back`, …
    pub kind: String,
    /// The connector, source, sink or file concerned.
    pub subject: String,
    /// The connector's version.
    pub version: Option<String>,
    /// The connector's SHA-256.
    pub digest: Option<String>,
    /// Why.
    pub cause: Option<String>,
}

impl Reader {
    /// The last passes, by source.
    ///
    /// # Errors
    /// The store failed.
    pub fn passes(&self) -> Result<Vec<PassRecord>, StoreError> {
        let passes = self
            .connection
            .prepare_cached(
                "SELECT source, begun_at, ended_at, verdict, problem, success_at, connector, version, digest,
                        collected, denied, missing, throttled, failed
                 FROM pass ORDER BY source",
            )?
            .query_map([], |row| {
                Ok(PassRecord {
                    source: row.get(0)?,
                    begun_at: row.get(1)?,
                    ended_at: row.get(2)?,
                    verdict: row.get(3)?,
                    problem: row.get(4)?,
                    success_at: row.get(5)?,
                    connector: row.get(6)?,
                    version: row.get(7)?,
                    digest: row.get(8)?,
                    rooms: RoomCounts {
                        collected: row.get(9)?,
                        denied: row.get(10)?,
                        missing: row.get(11)?,
                        throttled: row.get(12)?,
                        failed: row.get(13)?,
                    },
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(passes)
    }

    /// The listed rooms of a source, by address.
    ///
    /// # Errors
    /// The store failed.
    pub fn rooms(&self, source: &str) -> Result<Vec<RoomRecord>, StoreError> {
        let rooms = self
            .connection
            .prepare_cached(
                "SELECT address, name, outcome, cause, outcome_at FROM room WHERE source = ?1 AND listed = 1 ORDER BY address",
            )?
            .query_map([source], |row| {
                Ok(RoomRecord {
                    address: row.get(0)?,
                    name: row.get(1)?,
                    outcome: row.get(2)?,
                    cause: row.get(3)?,
                    since: row.get(4)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(rooms)
    }

    /// The number of stored meetings of a source.
    ///
    /// # Errors
    /// The store failed.
    pub fn stored_meetings(&self, source: &str) -> Result<u64, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT coalesce(sum(meetings), 0) FROM room WHERE source = ?1")?
            .query_row([source], |row| row.get(0))?)
    }

    /// The last events, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn events(&self, limit: usize) -> Result<Vec<Event>, StoreError> {
        let events = self
            .connection
            .prepare_cached(
                "SELECT at, kind, subject, version, digest, cause FROM event ORDER BY number DESC LIMIT ?1",
            )?
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(Event {
                    at: row.get(0)?,
                    kind: row.get(1)?,
                    subject: row.get(2)?,
                    version: row.get(3)?,
                    digest: row.get(4)?,
                    cause: row.get(5)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }

    /// The number of the last event; 0 if there is none.
    ///
    /// # Errors
    /// The store failed.
    pub fn last_event(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT coalesce(max(number), 0) FROM event", [], |row| row.get(0))?)
    }

    /// The kinds and causes of configuration events after the one with this number, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn configuration_events(&self, after: i64) -> Result<Vec<(String, Option<String>)>, StoreError> {
        let events = self
            .connection
            .prepare_cached(
                "SELECT kind, cause FROM event WHERE kind LIKE 'configuration-%' AND number > ?1 ORDER BY number",
            )?
            .query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }
}

impl Store {
    /// Stores the record of a pass, replacing the source's last one. Ignores `success_at` in the record: it follows from the verdict and
    /// the stored record.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_pass(&self, pass: &PassRecord) -> Result<(), StoreError> {
        let success = pass.has_succeeded().then_some(pass.ended_at);
        self.connection
            .prepare_cached(
                "INSERT INTO pass (source, begun_at, ended_at, verdict, problem, success_at, connector, version, digest,
                                   collected, denied, missing, throttled, failed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (source) DO UPDATE SET begun_at = excluded.begun_at, ended_at = excluded.ended_at,
                    verdict = excluded.verdict, problem = excluded.problem,
                    success_at = coalesce(excluded.success_at, success_at), connector = excluded.connector,
                    version = excluded.version, digest = excluded.digest, collected = excluded.collected,
                    denied = excluded.denied, missing = excluded.missing, throttled = excluded.throttled,
                    failed = excluded.failed",
            )?
            .execute(params![
                pass.source,
                pass.begun_at,
                pass.ended_at,
                pass.verdict,
                pass.problem,
                success,
                pass.connector,
                pass.version,
                pass.digest,
                pass.rooms.collected,
                pass.rooms.denied,
                pass.rooms.missing,
                pass.rooms.throttled,
                pass.rooms.failed,
            ])?;
        Ok(())
    }

    /// Stores an event; if there are too many, the oldest go.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_event(&self, event: &Event) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO event (at, kind, subject, version, digest, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                event.at,
                event.kind,
                event.subject,
                event.version,
                event.digest,
                event.cause
            ])?;
        self.connection
            .prepare_cached("DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - ?1")?
            .execute([EVENTS])?;
        Ok(())
    }
}
