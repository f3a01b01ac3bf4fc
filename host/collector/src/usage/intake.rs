//! Puts records into the store, all of them or none, and counts what became of them.

use std::collections::BTreeMap;

use collector_model::usage::Record;
use collector_store::{Ahead, Put, RecordChanges, Store, StoreError, UsageBatch};

/// Contradictions that are named; the others are counted.
const NAMED: usize = 20;

/// What became of records.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// What changed in the store.
    pub(crate) changes: RecordChanges,
    /// Those that tell of what is yet to come.
    pub(crate) ahead: Ahead,
    /// The keys of the first contradictions, by line.
    pub(crate) contradictions: BTreeMap<u64, String>,
}

impl Taken {
    /// How many contradictions are not named.
    pub(crate) fn more_contradictions(&self) -> u64 {
        self.changes
            .contradicted
            .saturating_sub(self.contradictions.len() as u64)
    }
}

/// Records that are stored together, or not at all if it is dropped.
pub(crate) struct Intake<'a> {
    batch: UsageBatch<'a>,
    source: &'a str,
    now: i64,
    taken: Taken,
}

impl<'a> Intake<'a> {
    /// Begins to take records of a source, at a UTC second. Nobody else writes to the store until it ends.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn begin(store: &'a mut Store, source: &'a str, now: i64) -> Result<Self, StoreError> {
        Ok(Self {
            batch: store.usage_batch()?,
            source,
            now,
            taken: Taken::default(),
        })
    }

    /// The batch that the records are put into.
    pub(super) fn batch(&self) -> &UsageBatch<'a> {
        &self.batch
    }

    /// Takes a record from a line. Lines may come in any order as long as those of one key do not.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn put(&mut self, line: u64, record: &Record) -> Result<(), StoreError> {
        let taken = &mut self.taken;
        let put = self.batch.put(record)?;
        taken.changes.count(put);
        if put == Put::Contradicted {
            taken.contradictions.insert(line, record.origin().key.clone());
            if taken.contradictions.len() > NAMED {
                taken.contradictions.pop_last();
            }
        }
        taken.ahead.look(line, record, self.now);
        Ok(())
    }

    /// Stores what was taken.
    ///
    /// # Errors
    /// The store failed, and nothing is stored.
    pub(crate) fn end(mut self) -> Result<Taken, StoreError> {
        self.batch.note_ahead(&mut self.taken.ahead, self.now)?;
        if self.taken.changes.all() > 0 {
            self.batch.arrived(self.source, self.now)?;
        }
        self.batch.commit()?;
        Ok(self.taken)
    }
}
