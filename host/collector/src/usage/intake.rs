//! Puts records into the store, all of them or none, and counts what became of them.

use std::collections::BTreeMap;

use collector_model::text::plain;
use collector_model::usage::{Origin, Record};
use collector_store::{Put, RecordChanges, Store, StoreError, UsageBatch};

/// Contradictions and devices that are named; the others are counted.
const NAMED: usize = 20;

/// What became of records.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// What changed in the store.
    pub(crate) changes: RecordChanges,
    /// They tell of what is yet to come.
    pub(crate) ahead: u64,
    /// The keys of the first contradictions, by line.
    pub(crate) contradictions: BTreeMap<u64, String>,
    /// The first devices whose clock was found to be ahead now.
    devices: Vec<Origin>,
    /// How many such devices there are.
    devices_ahead: usize,
}

impl Taken {
    /// How many contradictions are not named.
    pub(crate) fn more_contradictions(&self) -> u64 {
        self.changes
            .contradicted
            .saturating_sub(self.contradictions.len() as u64)
    }

    /// A line for each device whose clock was found to be ahead.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.devices.iter().map(warning).collect();
        let more = self.devices_ahead.saturating_sub(self.devices.len());
        if more > 0 {
            warnings.push(format!("the clocks of {more} more devices are ahead"));
        }
        warnings
    }
}

fn warning(origin: &Origin) -> String {
    let device = match &origin.device {
        Some(device) => format!("device \"{}\"", plain(device)),
        None => "a device".to_owned(),
    };
    format!(
        "source \"{}\": {device} in space \"{}\" reports what is yet to come, so its clock seems to be ahead; the records are kept as they \
         are, and this is not repeated",
        origin.source,
        plain(&origin.space)
    )
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

    /// Takes a record from a line.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn put(&mut self, line: u64, record: &Record) -> Result<(), StoreError> {
        let taken = &mut self.taken;
        let put = self.batch.put(record)?;
        taken.changes.count(put);
        if put == Put::Contradicted && taken.contradictions.len() < NAMED {
            taken.contradictions.insert(line, record.origin().key.clone());
        }
        if record.is_ahead(self.now) {
            taken.ahead += 1;
            if self.batch.is_first_ahead(record.origin(), self.now)? {
                taken.devices_ahead += 1;
                if taken.devices.len() < NAMED {
                    taken.devices.push(record.origin().clone());
                }
            }
        }
        Ok(())
    }

    /// Stores what was taken.
    ///
    /// # Errors
    /// The store failed, and nothing is stored.
    pub(crate) fn end(self) -> Result<Taken, StoreError> {
        if self.taken.changes.all() > 0 {
            self.batch.arrived(self.source, self.now)?;
        }
        self.batch.commit()?;
        Ok(self.taken)
    }
}
