//! Where something changed of all that figures are computed from.

use std::collections::BTreeMap;

use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, Record};

use crate::usage::position;

/// Later than any record, UTC seconds: what holds on has no end yet.
pub const NEVER: i64 = 253_402_300_799;

/// Where something changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TouchedPlace {
    /// Bookings or readings of a room.
    Room {
        /// Its source.
        source: String,
        /// Its address, lower case.
        address: String,
    },
    /// Records of a space.
    Space(SpaceId),
}

/// A place with the smallest span that holds its changes, UTC seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Where.
    pub place: TouchedPlace,
    /// The first second.
    pub start: i64,
    /// The second after the last.
    pub end: i64,
}

/// The positions of the kind and the form of a record that holds until the next one of both; none of one that tells its end.
pub type Holding = Option<(u32, u32)>;

/// What the records of a batch touch: they are many, and of few devices.
#[derive(Debug, Clone, Default)]
pub struct RecordSpans(BTreeMap<(i64, Holding), (i64, i64)>);

impl RecordSpans {
    /// Notes a record that is stored now, or was until now, of a device by its number.
    pub fn note(&mut self, device: i64, record: &Record) {
        let (holding, start, end) = match record {
            Record::Coverage(coverage) => (None, coverage.start, coverage.end),
            Record::Usage(usage) => match usage.form {
                Form::Change | Form::Sample => {
                    let what = (position(Kind::ALL, usage.kind), position(Form::ALL, usage.form));
                    (Some(what), usage.start, usage.start)
                }
                Form::Interval | Form::Bucket => (None, usage.start, usage.end.unwrap_or(NEVER)),
            },
        };
        let span = self.0.entry((device, holding)).or_insert((start, end));
        *span = (span.0.min(start), span.1.max(end));
    }

    /// The devices with what is touched, UTC seconds. What is of a record that holds on lasts until the next of its kind and form that starts after the end
    /// of the span, or until [`NEVER`].
    pub fn iter(&self) -> impl Iterator<Item = (i64, Holding, (i64, i64))> {
        self.0
            .iter()
            .map(|((device, holding), span)| (*device, *holding, *span))
    }
}
