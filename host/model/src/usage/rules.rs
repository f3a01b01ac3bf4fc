//! The rules of the contract that a record must keep, wherever it comes from.

use super::{
    CoverageRecord, Fault, Form, Kind, LONGEST_NAME, LONGEST_REASON, Origin, Record, UsageRecord, Value,
    listed,
};
use crate::instant::INSTANTS;

impl Record {
    /// Checks a record that was not read from a line.
    ///
    /// # Errors
    /// It breaks a rule of the contract.
    pub fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Usage(record) => record.check(),
            Self::Coverage(record) => record.check(),
        }
    }
}

impl UsageRecord {
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.origin.check()?;
        span(self.start, self.end)?;
        let length = self.end.map_or(0, |end| end.saturating_sub(self.start));
        if self.form == Form::Bucket && length == 0 {
            return Err(Fault::of("end", "of a bucket must be after its start"));
        }
        match (self.kind, self.form, self.value) {
            (Kind::PeopleCount, _, Value::Is(_)) => Err(Fault::of(
                "value",
                "of a people count must be a whole number of 0 or more",
            )),
            (Kind::PeopleCount, _, Value::Number(_)) => Ok(()),
            (_, Form::Bucket, Value::Is(_)) => {
                Err(Fault::of("value", "of a bucket must be seconds, a whole number"))
            }
            (_, Form::Bucket, Value::Number(seconds)) if i64::from(seconds) > length => Err(Fault::of(
                "value",
                "of a bucket must be seconds from 0 to its length",
            )),
            (_, Form::Bucket, Value::Number(_)) | (_, _, Value::Is(_)) => Ok(()),
            (_, _, Value::Number(_)) => Err(Fault::of("value", "must be true or false")),
        }?;
        if self.resolution == Some(0) {
            return Err(Fault::of(
                "resolution",
                "must be at least 1 second; leave it out for 300",
            ));
        }
        Ok(())
    }
}

impl CoverageRecord {
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.origin.check()?;
        if self.kinds.is_empty() {
            return Err(Fault::of(
                "kinds",
                format!("must name at least one of {}", listed(Kind::ALL, Kind::as_str)),
            ));
        }
        span(self.start, Some(self.end))?;
        if self.end == self.start {
            return Err(Fault::of("end", "of coverage must be after its start"));
        }
        let reason = self.reason.as_deref().unwrap_or_default();
        if reason.len() > LONGEST_REASON {
            return Err(Fault::of(
                "reason",
                format!("has more than {LONGEST_REASON} bytes"),
            ));
        }
        Ok(())
    }
}

impl Origin {
    fn check(&self) -> Result<(), Fault> {
        name("source", &self.source)?;
        name("space", &self.space)?;
        if let Some(device) = &self.device {
            name("device", device)?;
        }
        name("key", &self.key)?;
        if i64::try_from(self.revision).is_err() {
            return Err(Fault::of("revision", format!("must be at most {}", i64::MAX)));
        }
        Ok(())
    }
}

fn name(key: &'static str, text: &str) -> Result<(), Fault> {
    match text.len() {
        0 => Err(Fault::of(key, "is empty")),
        1..=LONGEST_NAME => Ok(()),
        _ => Err(Fault::of(key, format!("has more than {LONGEST_NAME} bytes"))),
    }
}

/// `end`, if there is one, is not before `start`, and both are instants that can be written.
fn span(start: i64, end: Option<i64>) -> Result<(), Fault> {
    for (key, at) in [("start", Some(start)), ("end", end)] {
        if at.is_some_and(|at| !INSTANTS.contains(&at)) {
            return Err(Fault::of(key, "is outside the years 1 to 9999"));
        }
    }
    if end.is_some_and(|end| end < start) {
        return Err(Fault::of("end", "is before the start"));
    }
    Ok(())
}
