//! The revision of a store: what tells whether an answer that was computed from it would be the same again.

use collector_postgresql::Problem;
use tokio_postgres::Transaction;

use crate::connection::Connection;

/// A database that was restored, and a standby that took over, may count the same numbers again, but on another timeline. So may one into which the rows
/// were copied, but in another system.
const REVISION: &str = "
    SELECT concat_ws('-', id, (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
        revision + (SELECT count(*) FROM mark))
    FROM store";
/// Who has the row counts. Another, who may have stopped in the middle of it, is not waited for: what it would count is counted another time.
const FOLD: &str = "
    WITH mine AS MATERIALIZED (SELECT FROM store FOR NO KEY UPDATE SKIP LOCKED),
    folded AS (DELETE FROM mark WHERE EXISTS (SELECT FROM mine) RETURNING 1),
    counted AS (SELECT count(*) AS marks FROM folded)
    UPDATE store SET revision = revision + marks FROM counted WHERE marks > 0";

impl Connection {
    /// A text that changes with every change of rooms, spaces, bookings, readings and records, and that no other store has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revision(&mut self) -> Result<String, Problem> {
        self.value(REVISION, &[]).await
    }
}

/// Counts what was marked until now, so that it need not be counted again.
pub(crate) async fn fold(transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    transaction.execute_typed(FOLD, &[]).await.map(drop)
}
