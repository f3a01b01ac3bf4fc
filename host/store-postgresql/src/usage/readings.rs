//! Commits what a pass read of a slice of spaces: their records and cursors.

use collector_commit::usage::{Ahead, Committed, Put, RecordChanges, SpaceReading};
use collector_model::usage::Record;
use collector_postgresql::value::text;
use tokio_postgres::types::Type;

use super::batch::note_ahead;
use super::putting::Putting;
use crate::clean;
use crate::fenced::{CommitError, Fenced};

const CURSORS: &str = "
    UPDATE space SET cursor = CASE WHEN drops = coalesce((SELECT drops FROM source WHERE name = $1), 0) THEN read.cursor END
    FROM unnest($2::text[], $3::text[], $4::bigint[]) AS read (key, cursor, drops)
    WHERE space.source = $1 AND space.key = read.key AND space.cursor IS DISTINCT FROM
        CASE WHEN drops = coalesce((SELECT drops FROM source WHERE name = $1), 0) THEN read.cursor END";

impl Fenced<'_> {
    /// Stores the records and cursors of spaces of a source, each space once, at a UTC second, and commits. A cursor is not kept if cursors were dropped
    /// since the reading began.
    ///
    /// Returns what became of the records of each space, in the order of the readings.
    ///
    /// # Errors
    /// See [`CommitError`]. Nothing was stored of any space.
    pub async fn commit_usage(
        self,
        source: &str,
        readings: &[SpaceReading],
        now: i64,
    ) -> Result<Vec<Committed>, CommitError> {
        let transaction = self.transaction();
        let mut putting = Putting::begin(transaction, source).await?;
        let mut committed = Vec::with_capacity(readings.len());
        let records: Vec<Record> = readings
            .iter()
            .flat_map(|reading| &reading.records)
            .cloned()
            .collect();
        let mut puts = putting.put(transaction, &records).await?.into_iter();
        for reading in readings {
            let mut of_space = Committed {
                changes: RecordChanges::default(),
                ahead: Ahead::default(),
                contradicted: None,
            };
            for ((line, record), put) in (1_u64..).zip(&reading.records).zip(&mut puts) {
                of_space.changes.count(put);
                if put == Put::Contradicted {
                    of_space
                        .contradicted
                        .get_or_insert_with(|| record.origin().key.clone());
                }
                of_space.ahead.look(line, record, now);
            }
            committed.push(of_space);
        }
        let all = committed.iter_mut().map(|committed| &mut committed.ahead);
        note_ahead(&mut putting, transaction, all, now).await?;
        let keys: Vec<_> = readings.iter().map(|reading| text(&reading.key)).collect();
        let cursors: Vec<_> = readings
            .iter()
            .map(|reading| clean::cursor(reading.cursor.as_deref()))
            .collect();
        let drops: Vec<_> = readings.iter().map(|reading| reading.drops).collect();
        transaction
            .execute_typed(
                CURSORS,
                &[
                    (&source, Type::TEXT),
                    (&keys, Type::TEXT_ARRAY),
                    (&cursors, Type::TEXT_ARRAY),
                    (&drops, Type::INT8_ARRAY),
                ],
            )
            .await?;
        putting.end(transaction).await?;
        self.commit().await?;
        Ok(committed)
    }
}
