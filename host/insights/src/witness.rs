//! Who can say what about a room: witness classes, the four that keeps one device's word about one kind apart from all others, and what the
//! records of a room name at any time (contract, sections 1 and 2).

use std::collections::BTreeSet;

use collector_model::usage::{Kind, Origin, Record, State};

/// What a kind of records can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// People counting: occupied, vacant, and how many.
    A,
    /// Presence or in-use: occupied and vacant.
    B,
    /// A call or a presentation: occupied, never vacant.
    C,
}

impl Class {
    /// The class of a kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::PeopleCount => Self::A,
            Kind::Presence | Kind::InUse => Self::B,
            Kind::Call | Kind::Presentation => Self::C,
        }
    }

    /// Whether it can prove that a room is vacant.
    pub fn proves_vacant(self) -> bool {
        self != Self::C
    }
}

/// Whose word about what: changes and samples hold until the next of the same four, and coverage speaks for the four that it names. A null
/// device is a device like any other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Four {
    /// The source.
    pub source: String,
    /// The space, as the record names it.
    pub space: String,
    /// The device.
    pub device: Option<String>,
    /// What is said.
    pub kind: Kind,
}

impl Four {
    /// The four of a record's origin and a kind.
    pub fn of(origin: &Origin, kind: Kind) -> Self {
        Self {
            source: origin.source.clone(),
            space: origin.space.clone(),
            device: origin.device.clone(),
            kind,
        }
    }
}

/// What the records joined to a room name, of any time and not withdrawn. It needs no order and no times, so a store answers it without
/// reading the records of all years.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// The kinds of usage records, and those that coverage records name, observed or blind. Empty: no record is joined.
    pub kinds: BTreeSet<Kind>,
    /// The fours that have coverage: at least one `observed` record names them.
    pub covered: BTreeSet<Four>,
}

impl Witnesses {
    /// From all records of a room: the newest revision of each. Withdrawn ones say nothing.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut all = Self::default();
        for record in records.into_iter().filter(|record| !record.origin().withdrawn) {
            match record {
                Record::Usage(usage) => {
                    all.kinds.insert(usage.kind);
                }
                Record::Coverage(coverage) => {
                    all.kinds.extend(&coverage.kinds);
                    if coverage.state == State::Observed {
                        let fours = coverage.kinds.iter();
                        all.covered
                            .extend(fours.map(|kind| Four::of(&coverage.origin, *kind)));
                    }
                }
            }
        }
        all
    }

    /// Whether there are kinds of class C and none of A or B, so that nothing can ever be said but that the room is occupied.
    pub fn is_activity_only(&self) -> bool {
        !self.kinds.is_empty() && self.kinds.iter().all(|kind| Class::of(*kind) == Class::C)
    }
}
