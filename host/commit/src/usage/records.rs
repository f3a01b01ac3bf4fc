//! Usage and coverage records: the newest revision of each counts, whatever order they arrive in.

use collector_model::usage::Record;

use super::arrivals::Ahead;

/// What became of a record that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Nothing was stored under its key.
    New,
    /// A lower revision was, and is replaced.
    Replaced,
    /// The same record was, or a higher revision: nothing changed.
    Unchanged,
    /// Another record of the same revision was, which stays: the source contradicts itself.
    Contradicted,
}

impl Put {
    /// What becomes of a record of this revision. `stored`: the revision that is stored under its key; none if there is none. `is_same`: whether the stored
    /// record is this one, which matters only if both have the same revision.
    ///
    /// # Errors
    /// Those of `is_same`.
    pub fn of<E>(
        stored: Option<u64>,
        revision: u64,
        is_same: impl FnOnce() -> Result<bool, E>,
    ) -> Result<Self, E> {
        Ok(match stored {
            None => Self::New,
            Some(stored) if stored < revision => Self::Replaced,
            Some(stored) if stored > revision => Self::Unchanged,
            Some(_) if is_same()? => Self::Unchanged,
            Some(_) => Self::Contradicted,
        })
    }

    /// Whether the record is stored now, and was not before.
    pub fn is_written(self) -> bool {
        matches!(self, Self::New | Self::Replaced)
    }
}

/// What became of records that were put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordChanges {
    /// Records that were not there.
    pub new: u64,
    /// Records that replaced a lower revision.
    pub replaced: u64,
    /// Records that were there.
    pub same: u64,
    /// Records that differ from a stored one of the same revision, which stays.
    pub contradicted: u64,
}

impl RecordChanges {
    /// How many records there were.
    pub fn all(&self) -> u64 {
        self.new + self.replaced + self.same + self.contradicted
    }

    /// Counts what became of a record.
    pub fn count(&mut self, put: Put) {
        *match put {
            Put::New => &mut self.new,
            Put::Replaced => &mut self.replaced,
            Put::Unchanged => &mut self.same,
            Put::Contradicted => &mut self.contradicted,
        } += 1;
    }
}

impl std::ops::AddAssign for RecordChanges {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.replaced += other.replaced;
        self.same += other.same;
        self.contradicted += other.contradicted;
    }
}

/// The reading of a space of a source.
#[derive(Debug, Clone)]
pub struct SpaceReading {
    /// The source's key of the space.
    pub key: String,
    /// What was read, in this order.
    pub records: Vec<Record>,
    /// For the next reading; none: a full one.
    pub cursor: Option<String>,
    /// How many times cursors of the source had been dropped when the reading began.
    pub drops: i64,
}

/// What became of the records of a space.
#[derive(Debug, Clone)]
pub struct Committed {
    /// How many there were.
    pub changes: RecordChanges,
    /// Those that tell of what is yet to come.
    pub ahead: Ahead,
    /// The key of the first that differs from a stored one of the same revision.
    pub contradicted: Option<String>,
}
