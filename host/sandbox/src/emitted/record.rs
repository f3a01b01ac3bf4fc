//! Usage and coverage records of spaces.

use std::sync::Arc;

use collector_model::usage::{
    CoverageRecord, Form, Kind as Evidence, Origin, Record, State, UsageRecord, Value,
};

use collector_model::text::{plain, shorten};

use super::{Buffer, Kind, Refusal};
use crate::allowance::Allowance;
use crate::bindings::usage as wit;
use crate::limits::{Limits, SPACE_BYTES, SPACE_RECORDS};

/// Characters of a record's key in a message.
const NAMED: usize = 100;

/// The records that a call emits.
pub(crate) struct Records {
    pub(super) buffer: Buffer<Record>,
    source: Arc<str>,
}

impl Records {
    pub(crate) fn new(
        source: Arc<str>,
        spaces: impl IntoIterator<Item = String>,
        limits: &Limits,
        allowance: Arc<Allowance>,
    ) -> Self {
        let kind = Kind {
            items: "records",
            place: "the space",
            most: SPACE_RECORDS,
            most_bytes: SPACE_BYTES,
        };
        Self {
            buffer: Buffer::new(kind, spaces, limits, allowance),
            source,
        }
    }

    /// Accepts a usage record, or tells why not.
    pub(crate) fn add_usage(
        &mut self,
        record: wit::UsageRecord,
    ) -> wasmtime::Result<Result<(), wit::EmitError>> {
        self.add(Record::Usage(UsageRecord {
            origin: self.origin(
                record.space,
                record.device,
                record.key,
                record.revision,
                record.withdrawn,
            ),
            kind: kind(record.kind),
            form: match record.form {
                wit::Form::Interval => Form::Interval,
                wit::Form::Change => Form::Change,
                wit::Form::Sample => Form::Sample,
                wit::Form::Bucket => Form::Bucket,
            },
            start: record.start,
            end: record.end,
            value: match record.value {
                wit::Value::Flag(flag) => Value::Is(flag),
                wit::Value::Number(number) => Value::Number(number),
            },
            resolution: record.resolution,
        }))
    }

    /// Accepts a coverage record, or tells why not.
    pub(crate) fn add_coverage(
        &mut self,
        record: wit::CoverageRecord,
    ) -> wasmtime::Result<Result<(), wit::EmitError>> {
        let mut kinds: Vec<Evidence> = record.kinds.into_iter().map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.add(Record::Coverage(CoverageRecord {
            origin: self.origin(
                record.space,
                record.device,
                record.key,
                record.revision,
                record.withdrawn,
            ),
            kinds,
            start: record.start,
            end: record.end,
            state: match record.state {
                wit::State::Observed => State::Observed,
                wit::State::Blind => State::Blind,
            },
            reason: record.reason,
        }))
    }

    fn origin(
        &self,
        space: String,
        device: Option<String>,
        key: String,
        revision: u64,
        withdrawn: bool,
    ) -> Origin {
        Origin {
            source: self.source.as_ref().to_owned(),
            space,
            device,
            key,
            revision,
            withdrawn,
        }
    }

    fn add(&mut self, record: Record) -> wasmtime::Result<Result<(), wit::EmitError>> {
        let Some(slot) = self.buffer.open(&record.origin().space, size(&record))? else {
            return Ok(Err(wit::EmitError::UnknownSpace));
        };
        let checked = match record.check() {
            Ok(()) => Ok(record),
            Err(fault) => Err(Refusal::Invalid(format!(
                "record \"{}\": {fault}",
                shorten(&plain(&record.origin().key), NAMED)
            ))),
        };
        Ok(slot.put(checked).map_err(|refusal| match refusal {
            Refusal::Invalid(why) => wit::EmitError::Invalid(why),
            // Records have no window.
            Refusal::OutsideWindow => wit::EmitError::UnknownSpace,
        }))
    }
}

pub(crate) fn kind(kind: wit::Kind) -> Evidence {
    match kind {
        wit::Kind::Call => Evidence::Call,
        wit::Kind::Presentation => Evidence::Presentation,
        wit::Kind::Presence => Evidence::Presence,
        wit::Kind::InUse => Evidence::InUse,
        wit::Kind::PeopleCount => Evidence::PeopleCount,
    }
}

fn size(record: &Record) -> usize {
    let origin = record.origin();
    let device = origin.device.as_ref().map_or(0, String::len);
    let reason = match record {
        Record::Usage(_) => 0,
        Record::Coverage(record) => record.reason.as_ref().map_or(0, String::len),
    };
    size_of::<Record>() + origin.source.len() + origin.space.len() + device + origin.key.len() + reason
}
