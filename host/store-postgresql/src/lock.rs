//! Locks of what is stored together. They are given in turn: a lock on a row that overlapping commits share might never be free for whoever wants to
//! change it.
//!
//! Slices of rooms are committed side by side. Whatever changes what a commit has looked up of the source waits for those that have begun, and the
//! next ones wait for it: no subject is stored that was hidden meanwhile, no cursor that was dropped, and no sink misses a room.

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

const SHARE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended(concat_ws(' ', 'collector', current_schema(), 'source', $1), 0))";
const OWN: &str = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'collector', current_schema(), 'source', $1), 0))";
const OWN_RECORDS: &str = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'collector', current_schema(), 'records', $1), 0))";
const OWN_SINKS: &str = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'collector', current_schema(), 'sinks'), 0))";
const SINK: &str = "SELECT FROM sink WHERE name = $1 FOR NO KEY UPDATE";

/// Keeps others from changing what holds for a source, until the end of the transaction. Only later statements see what the one before changed.
pub(crate) async fn share(transaction: &Transaction<'_>, source: &str) -> Result<(), tokio_postgres::Error> {
    transaction
        .query_typed(SHARE, &[(&source, Type::TEXT)])
        .await
        .map(drop)
}

/// Keeps others from storing anything of a source, until the end of the transaction. Only later statements see what they stored.
pub(crate) async fn own(transaction: &Transaction<'_>, source: &str) -> Result<(), tokio_postgres::Error> {
    transaction
        .query_typed(OWN, &[(&source, Type::TEXT)])
        .await
        .map(drop)
}

/// Keeps others from storing records of a source, until the end of the transaction, which has the source itself already. Only later statements see what
/// they stored.
pub(crate) async fn own_records(
    transaction: &Transaction<'_>,
    source: &str,
) -> Result<(), tokio_postgres::Error> {
    transaction
        .query_typed(OWN_RECORDS, &[(&source, Type::TEXT)])
        .await
        .map(drop)
}

/// Keeps others from adding or removing sinks and streams, until the end of the transaction.
pub(crate) async fn own_sinks(transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    transaction.query_typed(OWN_SINKS, &[]).await.map(drop)
}

/// Keeps others from changing what is kept of a sink, except commits, until the end of the transaction. Returns whether there is such a sink. It comes
/// before all other rows of the sink, and after the lock of a source.
pub(crate) async fn sink(transaction: &Transaction<'_>, sink: &str) -> Result<bool, tokio_postgres::Error> {
    let found = transaction.query_typed_opt(SINK, &[(&sink, Type::TEXT)]).await?;
    Ok(found.is_some())
}
