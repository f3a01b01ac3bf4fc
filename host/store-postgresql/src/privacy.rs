//! Deletes what may not be kept: the subjects of a source, or all that it collected.
//!
//! The database keeps deleted rows until it vacuums them, and longer in its log and in backups. That is its administrator's to decide.

use collector_commit::Deleted;
use collector_postgresql::Problem;
use tokio_postgres::types::{ToSql, Type};

use crate::connection::Connection;
use crate::fenced::CommitError;
use crate::forget::{LOCK, Of};
use crate::lease::Lease;
use crate::lock;
use crate::source::drop_all;

const MEETINGS: &str =
    "UPDATE meeting SET subject = NULL, withheld = true WHERE room = ANY ($1) AND subject IS NOT NULL";
const OTHERS: [&str; 2] = [
    "UPDATE outbox SET subject = NULL, withheld = true WHERE room = ANY ($1) AND subject IS NOT NULL",
    // Their calendars still have what was stored.
    "UPDATE room SET reading = NULL WHERE number = ANY ($1) AND reading IS NOT NULL",
];

impl Connection {
    /// Removes the subjects of all meetings of a source, including changes that wait for a sink: they become withheld. Goes through a few rooms at a time,
    /// each under the lease. Returns how many meetings had a subject. The next pass reads the source in full.
    ///
    /// # Errors
    /// See [`CommitError`]; earlier changes stay.
    pub async fn purge_subjects(&mut self, lease: &Lease, source: &str) -> Result<u64, CommitError> {
        let fenced = self.fenced(lease).await?;
        lock::own(fenced.transaction(), source).await?;
        drop_all(fenced.transaction(), source).await?;
        fenced.commit().await?;
        let (mut purged, mut last) = (0, i64::MIN);
        loop {
            let rooms = self.rooms_after(source, last, "true", 0).await?;
            let Some(most) = rooms.last() else {
                return Ok(purged);
            };
            last = *most;
            let fenced = self.fenced(lease).await?;
            let transaction = fenced.transaction();
            let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&rooms, Type::INT8_ARRAY)];
            let ((), _, meetings) = futures::try_join!(
                lock::share(transaction, source),
                transaction.query_typed(LOCK, &parameters),
                transaction.execute_typed(MEETINGS, &parameters)
            )?;
            for statement in OTHERS {
                transaction.execute_typed(statement, &parameters).await?;
            }
            fenced.commit().await?;
            purged += meetings;
        }
    }

    /// Removes a source: its rooms, their meetings and waiting changes, its spaces with their records, its stream and its last pass. Returns how much there was. Sinks are not informed.
    /// Whether its subjects may be seen stays as it is.
    ///
    /// # Errors
    /// See [`CommitError`]; what was removed before stays removed. If the source is collected again, its rooms are read as if for the first time.
    pub async fn forget_source(&mut self, lease: &Lease, source: &str) -> Result<Deleted, CommitError> {
        let meetings = self.stored_meetings(source).await?;
        let fenced = self.fenced(lease).await?;
        let transaction = fenced.transaction();
        lock::own(transaction, source).await?;
        drop_all(transaction, source).await?;
        transaction
            .execute_typed(
                "UPDATE room SET known_from = NULL WHERE source = $1 AND known_from IS NOT NULL",
                &[(&source, Type::TEXT)],
            )
            .await?;
        fenced.commit().await?;
        loop {
            let rooms = self.rooms_after(source, i64::MIN, "true", 0).await?;
            if rooms.is_empty() {
                break;
            }
            for of in [Of::Meetings, Of::Gone, Of::Changes] {
                self.delete(lease, source, &rooms, of, i64::MAX).await?;
            }
            self.forget_readings(lease, source, &rooms, i64::MAX).await?;
            let fenced = self.fenced(lease).await?;
            lock::own(fenced.transaction(), source).await?;
            // With what is left of them.
            fenced
                .transaction()
                .execute_typed(
                    "DELETE FROM room WHERE number = ANY ($1)",
                    &[(&rooms, Type::INT8_ARRAY)],
                )
                .await?;
            fenced.commit().await?;
        }
        let mut usage = self.forget_usage(lease, source).await?;
        let fenced = self.fenced(lease).await?;
        let transaction = fenced.transaction();
        lock::own_sinks(transaction).await?;
        lock::own(transaction, source).await?;
        // Records may have come in between the small transactions. They go too: what is purged stays purged.
        for statement in [
            "DELETE FROM usage WHERE source = (SELECT number FROM usage_source WHERE name = $1)",
            "DELETE FROM coverage WHERE source = (SELECT number FROM usage_source WHERE name = $1)",
        ] {
            usage += transaction
                .execute_typed(statement, &[(&source, Type::TEXT)])
                .await?;
        }
        for statement in [
            "DELETE FROM usage_device WHERE source = (SELECT number FROM usage_source WHERE name = $1)",
            "DELETE FROM usage_source WHERE name = $1",
            "DELETE FROM space WHERE source = $1",
            "DELETE FROM pass WHERE source = $1",
            "DELETE FROM sink_position WHERE source = $1",
            "DELETE FROM stream WHERE source = $1",
        ] {
            transaction
                .execute_typed(statement, &[(&source, Type::TEXT)])
                .await?;
        }
        fenced.commit().await?;
        Ok(Deleted { meetings, usage })
    }

    /// Whether anything is stored for a source.
    ///
    /// # Errors
    /// The database failed.
    pub async fn knows_source(&mut self, source: &str) -> Result<bool, Problem> {
        self.value(
            "SELECT EXISTS (SELECT FROM room WHERE source = $1) OR EXISTS (SELECT FROM space WHERE source = $1)
                OR EXISTS (SELECT FROM pass WHERE source = $1) OR EXISTS (SELECT FROM usage_source WHERE name = $1)",
            &[(&source, Type::TEXT)],
        )
        .await
    }

    /// The sources of which a pass, a room or a space is stored, in order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn collected_sources(&mut self) -> Result<Vec<String>, Problem> {
        self.column(
            "SELECT source FROM pass UNION SELECT source FROM room UNION SELECT source FROM space ORDER BY source",
            &[],
        )
        .await
    }
}
