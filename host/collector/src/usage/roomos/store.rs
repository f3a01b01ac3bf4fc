//! Makes records of what a device posted, and stores them.
//!
//! A state is a *change*: it holds until the next one. When the device does not know a state any more, a *blind* coverage record begins, so
//! that nothing is claimed from then on, neither that somebody is there nor that nobody is. It lasts as long as the last change could have
//! spoken, or until the device knows the state again.
//!
//! A device that promised a heartbeat also observes: the time between two of its posts that are not too far apart, for the kinds whose
//! state it knew at the first.

use std::time::Duration;

use collector_model::instant::rfc3339;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_store::{Store, StoreError, Told};

use super::facts::{Call, Post, Status};
use crate::usage::intake::{Intake, Taken};

/// How long a change without coverage speaks, in seconds.
const HOLDS: i64 = 65 * 60;
/// The longest coverage record of a heartbeat, in seconds: then a new one begins.
const LONGEST_COVERAGE: i64 = 60 * 60;

/// Where a post comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The source that receives it.
    pub(crate) source: &'a str,
    /// The space, which no device knows.
    pub(crate) space: &'a str,
    /// The device, where its posts do not name it.
    pub(crate) device: Option<&'a str>,
    /// How often the devices of the source post at least.
    pub(crate) heartbeat: Option<Duration>,
}

impl Place<'_> {
    /// Whether a device that told so much keeps what it promised by a post at a UTC second.
    fn is_in_time(self, told: Told, now: i64) -> bool {
        let Some(heartbeat) = self.heartbeat else {
            return true;
        };
        let longest = i64::try_from(heartbeat.as_secs().saturating_mul(2)).unwrap_or(i64::MAX);
        told.at.is_some_and(|last| now.saturating_sub(last) <= longest)
    }
}

/// Stores what a device posted, at a UTC time in milliseconds.
///
/// # Errors
/// The store failed, and nothing is stored.
pub(crate) fn put(store: &mut Store, place: Place<'_>, post: &Post, at: i64) -> Result<Taken, StoreError> {
    let now = at.div_euclid(1_000);
    let device = post.serial.as_deref().or(place.device);
    let mut posted = Posted {
        place,
        device,
        now,
        revision: u64::try_from(at).unwrap_or_default(),
        intake: Intake::begin(store, place.source, now)?,
    };
    let of_device = posted.origin(device, String::new());
    let before = posted.intake.batch().told(&of_device)?;
    let mut told = if place.is_in_time(before, now) {
        posted.cover(before)?;
        before
    } else {
        // It may have been off, and what it knew then may be over.
        Told::default()
    };
    told.at = Some(now);
    for ((status, item), value) in &post.states {
        match value {
            Some(value) => {
                if !told.knows(status.kind()) {
                    posted.see_again(status.kind())?;
                }
                posted.change(*status, *item, *value)?;
                told.set(status.kind(), true);
            }
            None => {
                // When nothing is known, nothing ends. What it knew before it was silent still speaks for a while.
                if told.knows(status.kind()) || before.knows(status.kind()) {
                    posted.go_blind(status.kind())?;
                }
                told.set(status.kind(), false);
            }
        }
    }
    for (number, call) in post.calls.values().enumerate() {
        posted.call(number, call)?;
    }
    posted.intake.batch().keep_told(&of_device, told)?;
    posted.intake.end()
}

/// A post on its way into the store.
struct Posted<'a> {
    place: Place<'a>,
    device: Option<&'a str>,
    /// UTC seconds.
    now: i64,
    /// Of all its records: a later post replaces those of an earlier one within the same second.
    revision: u64,
    intake: Intake<'a>,
}

impl Posted<'_> {
    fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        self.intake.put(1, record)
    }

    fn origin(&self, device: Option<&str>, key: String) -> Origin {
        Origin {
            source: self.place.source.to_owned(),
            space: self.place.space.to_owned(),
            device: device.map(str::to_owned),
            key,
            revision: self.revision,
            withdrawn: false,
        }
    }

    /// The key of what begins at a UTC second.
    fn key(&self, what: &str, start: i64) -> String {
        // One device may be named alike in several rooms.
        let (space, device) = (self.place.space, self.device.unwrap_or_default());
        format!("{space}/{device}/{what}/{}", rfc3339(start))
    }

    fn change(&mut self, status: Status, item: u32, value: Value) -> Result<(), StoreError> {
        // A room is presented in as long as one of its presentations goes on, so each is like a device of its own.
        let (device, name) = if item == 1 {
            (self.device.map(str::to_owned), status.name().to_owned())
        } else {
            let device = self.device.unwrap_or_default();
            (
                Some(format!("{device}#{item}")),
                format!("{}#{item}", status.name()),
            )
        };
        let origin = self.origin(device.as_deref(), self.key(&name, self.now));
        self.put(&Record::Usage(UsageRecord {
            origin,
            kind: status.kind(),
            form: Form::Change,
            start: self.now,
            end: None,
            value,
            resolution: None,
        }))
    }

    /// From now on the device does not know the state of a kind.
    fn go_blind(&mut self, kind: Kind) -> Result<(), StoreError> {
        let what = format!("blind/{}", kind.as_str());
        let origin = self.origin(self.device, self.key(&what, self.now));
        self.put(&Record::Coverage(CoverageRecord {
            origin,
            kinds: vec![kind],
            start: self.now,
            end: self.now.saturating_add(HOLDS),
            state: State::Blind,
            reason: Some("the device cannot tell".to_owned()),
        }))
    }

    /// From now on the device knows the state of a kind.
    fn see_again(&mut self, kind: Kind) -> Result<(), StoreError> {
        let of_device = self.origin(self.device, String::new());
        let Some(mut blind) = self.intake.batch().blindness(&of_device, kind, self.now)? else {
            return Ok(());
        };
        blind.origin.revision = self.revision.max(blind.origin.revision.saturating_add(1));
        if self.now > blind.start {
            blind.end = self.now;
        } else {
            blind.origin.withdrawn = true;
        }
        self.put(&Record::Coverage(blind))
    }

    /// A call that ended now: the one with this number in its document.
    fn call(&mut self, number: usize, call: &Call) -> Result<(), StoreError> {
        let name = match &call.id {
            Some(id) => format!("CallDisconnect/{id}"),
            None => format!("CallDisconnect#{number}"),
        };
        let origin = self.origin(self.device, self.key(&name, self.now));
        self.put(&Record::Usage(UsageRecord {
            origin,
            kind: Kind::Call,
            form: Form::Interval,
            start: self.now - i64::from(call.duration),
            end: Some(self.now),
            value: Value::Is(true),
            resolution: None,
        }))
    }

    /// Covers the time since the post before, if devices of the source have a heartbeat.
    fn cover(&mut self, before: Told) -> Result<(), StoreError> {
        const OBSERVED: &str = "observed";
        let (Some(_), Some(from)) = (self.place.heartbeat, before.at) else {
            return Ok(());
        };
        let kinds = before.kinds();
        if kinds.is_empty() || self.now <= from {
            return Ok(());
        }
        let of_device = self.origin(self.device, String::new());
        let last = self.intake.batch().last_observed(&of_device)?;
        // One record grows as long as nothing changes, so that there is not one for each post.
        let start = last
            .filter(|last| {
                last.origin.key == self.key(OBSERVED, last.start)
                    && last.end == from
                    && last.kinds == kinds
                    && self.now - last.start <= LONGEST_COVERAGE
            })
            .map_or(from, |last| last.start);
        let origin = self.origin(self.device, self.key(OBSERVED, start));
        self.put(&Record::Coverage(CoverageRecord {
            origin,
            kinds,
            start,
            end: self.now,
            state: State::Observed,
            reason: None,
        }))
    }
}

#[cfg(test)]
mod tests;
