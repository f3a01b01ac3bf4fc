//! The records of a space: what is emitted of what was read, and when.
//!
//! A record without coverage speaks for itself: 13 minutes of an hour make 47 vacant, even if the device was off for those. With coverage it
//! counts only where coverage says so. Therefore
//!
//! - coverage of use is emitted hour by hour, for hours whose minutes have been read after they had time to arrive. Earlier, an hour that is
//!   still to come would be a vacant one;
//! - an hour is observed only if polls tell something about all of it: its minutes may lie in the part that they tell nothing about;
//! - minutes are emitted only once there is coverage of the workspace's use, since from then on they count only inside of it;
//! - counts of people get no observed coverage at all. Most devices count in calls only, and how often a count is sent is not documented, so
//!   silence says nothing. A count speaks for itself, for ten minutes at most. A negative one is blind coverage of that time.
//!
//! Minutes belong to the workspace, so that their device is null, and the coverage of use has none either. Counts belong to the device that
//! counted, and so does the blind coverage of people counts.

use crate::cursor::Told;
use crate::hours::{HOUR, Span, floor};
use crate::instant::written;
use crate::metrics::{Hours, Sample};
use crate::sight::{Sight, Stretch};
use connector_sdk::{CoverageRecord, Form, Host, Kind, State, UsageError, UsageRecord, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How long Webex has to deliver the minutes of an hour before nothing means nobody. With an hour, the coverage of a meeting is there before its
/// verdict is final.
pub(crate) const SETTLING: i64 = HOUR;

/// Seconds between counts, as far as is known: not documented.
const RESOLUTION: u32 = 300;

/// How long a count holds at most, by the contract.
const HOLDS: i64 = 2 * RESOLUTION as i64;

/// How long knowledge of polls is kept for hours that are never read.
const KEPT: i64 = 48 * HOUR;

/// Adds what a poll said to what earlier ones said.
pub(crate) fn add(pending: &mut Vec<Stretch>, more: Vec<Stretch>, now: i64) {
    for stretch in more {
        let before = pending
            .iter_mut()
            .rev()
            .find(|known| known.device == stretch.device);
        match before {
            Some(known) if known.end == stretch.start && known.sight == stretch.sight => {
                known.end = stretch.end;
            }
            _ => pending.push(stretch),
        }
    }
    pending.retain(|stretch| now - KEPT < stretch.end);
}

/// Takes out what can be emitted: of the full hours of `span`, in parts that each lie in one hour.
pub(crate) fn settle(pending: &mut Vec<Stretch>, span: Span) -> Vec<Stretch> {
    let (from, until) = span;
    let mut settled = Vec::new();
    let devices: BTreeSet<&Option<String>> = pending.iter().map(|stretch| &stretch.device).collect();
    for device in devices {
        let own: Vec<&Stretch> = pending
            .iter()
            .filter(|stretch| stretch.device == *device)
            .collect();
        let first = own.iter().map(|stretch| floor(stretch.start)).min();
        let mut hour = first.unwrap_or(until).max(from);
        while hour + HOUR <= until {
            let parts: Vec<Stretch> = own.iter().filter_map(|stretch| stretch.within(hour)).collect();
            let known: i64 = parts.iter().map(|part| part.end - part.start).sum();
            let is_told = |part: &Stretch| part.sight != Sight::Observed || known == HOUR;
            settled.extend(parts.into_iter().filter(is_told));
            hour += HOUR;
        }
    }
    for stretch in pending.iter_mut() {
        stretch.start = stretch.start.max(until);
    }
    pending.retain(|stretch| stretch.start < stretch.end);
    settled
}

impl Stretch {
    /// The part of it that lies in this hour.
    fn within(&self, hour: i64) -> Option<Self> {
        let (start, end) = (self.start.max(hour), self.end.min(hour + HOUR));
        (start < end).then(|| Self {
            start,
            end,
            ..self.clone()
        })
    }
}

/// Emits the records of one space.
pub(crate) struct Report<'a, H: Host> {
    pub(crate) host: &'a H,
    pub(crate) space: &'a str,
    /// When the space was read.
    pub(crate) now: i64,
}

impl<H: Host> Report<'_, H> {
    /// Emits coverage.
    pub(crate) fn coverage(&self, settled: &[Stretch]) -> Result<(), UsageError> {
        for stretch in settled {
            let (name, kind) = match stretch.device {
                None => ("timeUsed", Kind::InUse),
                Some(_) => ("peopleCount", Kind::PeopleCount),
            };
            let reason = stretch.sight.reason();
            self.host.emit_coverage(&CoverageRecord {
                space: self.space.into(),
                device: stretch.device.as_deref().map(Cow::Borrowed),
                key: self.key(name, stretch.device.as_deref(), stretch.start),
                revision: self.revision(),
                withdrawn: false,
                kinds: vec![kind],
                start: stretch.start,
                end: stretch.end,
                state: if reason.is_some() {
                    State::Blind
                } else {
                    State::Observed
                },
                reason: reason.map(Cow::Borrowed),
            })?;
        }
        Ok(())
    }

    /// Emits the seconds of use, or the highest counts, of hours that are new or changed.
    pub(crate) fn hours(&self, kind: Kind, hours: &Hours, told: &mut Told) -> Result<(), UsageError> {
        let name = match kind {
            Kind::InUse => "timeUsed",
            _ => "peopleCount",
        };
        for (start, value) in hours {
            let Some(revision) = told.tell(*start, *value, self.now) else {
                continue;
            };
            self.host.emit_usage(&UsageRecord {
                space: self.space.into(),
                device: None,
                key: self.key(name, None, *start),
                revision,
                withdrawn: false,
                kind,
                form: Form::Bucket,
                start: *start,
                end: Some(start + HOUR),
                value: Value::Number(*value),
                resolution: None,
            })?;
        }
        Ok(())
    }

    /// Emits counts, which are in order. They never change, so each has the one revision. `end` is that of the time that was asked for.
    pub(crate) fn samples(&self, samples: &[Sample], end: i64) -> Result<(), UsageError> {
        let after = samples.iter().skip(1).map(Some).chain([None]);
        for (sample, next) in samples.iter().zip(after) {
            match u32::try_from(sample.count) {
                Ok(count) => self.host.emit_usage(&UsageRecord {
                    space: self.space.into(),
                    device: sample.device.as_deref().map(Cow::Borrowed),
                    key: self.key("peopleCount", sample.device.as_deref(), sample.at),
                    revision: 1,
                    withdrawn: false,
                    kind: Kind::PeopleCount,
                    form: Form::Sample,
                    start: sample.at,
                    end: None,
                    value: Value::Number(count),
                    resolution: Some(RESOLUTION),
                })?,
                Err(_) => self.negative(sample, next, end)?,
            }
        }
        Ok(())
    }

    /// Emits blind coverage for a negative count, for as long as a count holds.
    fn negative(&self, sample: &Sample, next: Option<&Sample>, end: i64) -> Result<(), UsageError> {
        let latest = sample.at + HOLDS;
        let next = next.filter(|next| next.device == sample.device && next.at < latest);
        let until = match next {
            Some(next) => next.at,
            // The next count may still come. The next pass reads this one again.
            None if end < latest => return Ok(()),
            None => latest,
        };
        self.host.emit_coverage(&CoverageRecord {
            space: self.space.into(),
            device: sample.device.as_deref().map(Cow::Borrowed),
            key: self.key("negative peopleCount", sample.device.as_deref(), sample.at),
            // A count that arrives late ends it earlier, and so with a higher revision.
            revision: u64::try_from(latest - until).unwrap_or_default() + 1,
            withdrawn: false,
            kinds: vec![Kind::PeopleCount],
            start: sample.at,
            end: until,
            state: State::Blind,
            reason: Some("negative count".into()),
        })
    }

    /// The key of a record: made of Webex's ids and names and of the start.
    fn key(&self, name: &str, device: Option<&str>, start: i64) -> Cow<'static, str> {
        let device = device.unwrap_or("-");
        format!("{name} {} {} {device}", written(start), self.space).into()
    }

    fn revision(&self) -> u64 {
        u64::try_from(self.now).unwrap_or_default()
    }
}
