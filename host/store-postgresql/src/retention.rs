//! Removes meetings, usage and coverage records that are past their time. When the clock that says so is not believed, `collector_commit` decides.

use collector_commit::{Aged, Deleted, Expiry, has_jumped, hold};
use collector_postgresql::Problem;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::fenced::CommitError;
use crate::forget::Of;
use crate::lease::Lease;
use crate::revision;

/// Rooms of which something ended before an instant, or was read before it.
const HAVE_OLD: &str = "EXISTS (SELECT FROM meeting WHERE room = number AND end_at < $3)
    OR EXISTS (SELECT FROM gone WHERE room = number AND end_at < $3)
    OR EXISTS (SELECT FROM reading WHERE room = number AND spans[1] < $3)";

const KEEP: &str = "UPDATE retention SET kept_at = $1, held = NULL";

impl Connection {
    /// Removes what is past its time, under the lease of that chore, and returns how much. If the clock seems to have jumped since the last time, and more
    /// than so many per cent of all meetings or of all records are that old, it removes nothing and returns the reason as the inner error, until
    /// [`Connection::allow_retention`].
    ///
    /// # Errors
    /// See [`CommitError`]; what was removed before stays removed.
    pub async fn forget_when_allowed(
        &mut self,
        lease: &Lease,
        expiry: Expiry,
        now: i64,
        at_most: u8,
    ) -> Result<Result<Deleted, String>, CommitError> {
        let last = self.value("SELECT kept_at FROM retention", &[]).await?;
        if has_jumped(last, now) {
            let meetings = match expiry.meetings {
                Some(instant) => Some(self.ended_before(instant).await?),
                None => None,
            };
            let usage = match expiry.usage {
                Some(instant) => Some(self.usage_began_before(instant).await?),
                None => None,
            };
            let aged = Aged { meetings, usage };
            if let Some(hold) = hold(last, now, at_most, aged) {
                let fenced = self.fenced(lease).await?;
                fenced
                    .transaction()
                    .execute_typed("UPDATE retention SET held = $1", &[(&hold, Type::TEXT)])
                    .await?;
                fenced.commit().await?;
                return Ok(Err(hold));
            }
        }
        let fenced = self.fenced(lease).await?;
        fenced
            .transaction()
            .execute_typed(KEEP, &[(&now, Type::INT8)])
            .await?;
        // Somebody does it, also where nobody computes figures.
        revision::fold(fenced.transaction()).await?;
        fenced.commit().await?;
        let mut expired = Deleted::default();
        if let Some(instant) = expiry.meetings {
            expired.meetings = self.forget_before(lease, instant).await?;
        }
        if let Some(instant) = expiry.usage {
            expired.usage = self.forget_usage_before(lease, instant).await?;
        }
        Ok(Ok(expired))
    }

    /// Removes the meetings that ended before an instant (UTC seconds), and returns how many there were. Sinks are not informed: these meetings are past,
    /// not cancelled.
    ///
    /// # Errors
    /// See [`CommitError`]; what was removed before stays removed.
    pub async fn forget_before(&mut self, lease: &Lease, instant: i64) -> Result<u64, CommitError> {
        let mut forgotten = 0;
        for source in self.sources_of_rooms().await? {
            let mut last = i64::MIN;
            loop {
                let rooms = self.rooms_after(&source, last, HAVE_OLD, instant).await?;
                let Some(most) = rooms.last() else { break };
                last = *most;
                forgotten += self.delete(lease, &source, &rooms, Of::Meetings, instant).await?;
                self.delete(lease, &source, &rooms, Of::Gone, instant).await?;
                self.forget_readings(lease, &source, &rooms, instant).await?;
            }
        }
        Ok(u64::try_from(forgotten).unwrap_or_default())
    }

    /// Allows the removal of what is past its time by the present clock.
    ///
    /// # Errors
    /// The database failed.
    pub async fn allow_retention(&mut self, now: i64) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        transaction.execute_typed(KEEP, &[(&now, Type::INT8)]).await?;
        Ok(transaction.commit().await?)
    }

    /// Why what is past its time is kept; none if it is removed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn retention_held(&mut self) -> Result<Option<String>, Problem> {
        self.value("SELECT held FROM retention", &[]).await
    }

    /// Since when the calendar of any room is known, in UTC seconds; none if none was ever read as a whole.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_since(&mut self) -> Result<Option<i64>, Problem> {
        self.value("SELECT min(known_from) FROM room", &[]).await
    }

    async fn sources_of_rooms(&mut self) -> Result<Vec<String>, Problem> {
        self.column("SELECT DISTINCT source FROM room ORDER BY source", &[])
            .await
    }

    /// The number of meetings that ended before an instant, and of all meetings. One source after the other: no statement takes too long.
    async fn ended_before(&mut self, instant: i64) -> Result<(u64, u64), Problem> {
        let (mut old, mut all) = (0, 0);
        for source in self.sources_of_rooms().await? {
            let transaction = self.begin().await?;
            let row = transaction
                .query_typed_one(
                    "SELECT coalesce(sum((SELECT count(*) FROM meeting WHERE meeting.room = number AND end_at < $2)), 0)::bigint,
                        coalesce(sum(meetings), 0)::bigint
                     FROM room WHERE source = $1",
                    &[(&source, Type::TEXT), (&instant, Type::INT8)],
                )
                .await?;
            old += row.try_get::<_, i64>(0)?;
            all += row.try_get::<_, i64>(1)?;
            transaction.commit().await?;
        }
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        Ok((count(old), count(all)))
    }
}
