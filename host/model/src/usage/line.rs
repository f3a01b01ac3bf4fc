//! A record as a line of JSON, or as a row of CSV with a column for each key.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{CoverageRecord, Fault, Form, Kind, Origin, Record, State, UsageRecord, Value, listed};
use crate::instant::{INSTANTS, rfc3339};

/// The keys of both types, in the order of the contract: the columns of CSV.
pub const COLUMNS: [&str; 16] = [
    "type",
    "source",
    "space",
    "device",
    "key",
    "revision",
    "withdrawn",
    "kind",
    "form",
    "start",
    "end",
    "value",
    "resolution",
    "kinds",
    "state",
    "reason",
];

/// Both types as they are written, before anything is known of their meaning.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    r#type: Option<String>,
    source: Option<String>,
    space: Option<String>,
    device: Option<String>,
    key: Option<String>,
    revision: Option<u64>,
    withdrawn: Option<bool>,
    kind: Option<String>,
    form: Option<String>,
    start: Option<String>,
    end: Option<String>,
    value: Option<RawValue>,
    resolution: Option<u64>,
    kinds: Option<Vec<String>>,
    state: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawValue {
    Is(bool),
    Number(i64),
    /// A fraction, a text: refused.
    Other(serde::de::IgnoredAny),
}

/// Reads a line of JSON.
///
/// # Errors
/// It is not a record, or breaks a rule of the contract.
pub fn read_json(line: &str) -> Result<Record, Fault> {
    let read: Result<Raw, _> = serde_json::from_str(line);
    let raw = read.map_err(|error| Fault::malformed(&error))?;
    // A derived reader takes an array of the values, too.
    if !line.trim_start().starts_with('{') {
        return Err(Fault::of("type", "is missing: the line is not a JSON object"));
    }
    raw.record()
}

/// Reads a row of CSV: each column with its cell. An empty cell is null.
///
/// # Errors
/// See [`read_json`].
pub fn read_cells<'a>(cells: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Record, Fault> {
    let mut raw = Raw::default();
    for (column, cell) in cells {
        if cell.is_empty() {
            continue;
        }
        let text = || Some(cell.to_owned());
        match column {
            "type" => raw.r#type = text(),
            "source" => raw.source = text(),
            "space" => raw.space = text(),
            "device" => raw.device = text(),
            "key" => raw.key = text(),
            "kind" => raw.kind = text(),
            "form" => raw.form = text(),
            "start" => raw.start = text(),
            "end" => raw.end = text(),
            "state" => raw.state = text(),
            "reason" => raw.reason = text(),
            "kinds" => {
                raw.kinds = Some(
                    cell.split(' ')
                        .filter(|word| !word.is_empty())
                        .map(str::to_owned)
                        .collect(),
                )
            }
            "revision" => raw.revision = Some(number("revision", cell)?),
            "resolution" => raw.resolution = Some(number("resolution", cell)?),
            "withdrawn" => raw.withdrawn = Some(truth("withdrawn", cell)?),
            "value" => {
                raw.value = Some(match truth("value", cell) {
                    Ok(value) => RawValue::Is(value),
                    Err(_) => cell
                        .parse()
                        .map(RawValue::Number)
                        .map_err(|_| Fault::of("value", "is neither true, false nor a whole number"))?,
                });
            }
            other => {
                return Err(Fault::unknown_column(other));
            }
        }
    }
    raw.record()
}

fn number(key: &'static str, cell: &str) -> Result<u64, Fault> {
    cell.parse()
        .map_err(|_| Fault::of(key, "is not a whole number of 0 or more"))
}

fn truth(key: &'static str, cell: &str) -> Result<bool, Fault> {
    match cell {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::of(key, "is neither true nor false")),
    }
}

impl Raw {
    fn record(self) -> Result<Record, Fault> {
        match self.r#type.as_deref() {
            Some("usage") => self.usage().map(Record::Usage),
            Some("coverage") => self.coverage().map(Record::Coverage),
            Some(_) => Err(Fault::of("type", "is neither usage nor coverage")),
            None => Err(Fault::missing("type")),
        }
    }

    fn usage(mut self) -> Result<UsageRecord, Fault> {
        without(
            "usage",
            &[
                ("kinds", self.kinds.is_some()),
                ("state", self.state.is_some()),
                ("reason", self.reason.is_some()),
            ],
        )?;
        let origin = self.origin()?;
        let kind = word("kind", self.kind.as_deref(), Kind::of, Kind::ALL, Kind::as_str)?;
        let form = word("form", self.form.as_deref(), Form::of, Form::ALL, Form::as_str)?;
        let (start, end) = self.span()?;
        let value = value(kind, form, self.value)?;
        let resolution = self
            .resolution
            .map(|seconds| {
                u32::try_from(seconds)
                    .map_err(|_| Fault::of("resolution", format!("must be at most {} seconds", u32::MAX)))
            })
            .transpose()?;
        let record = UsageRecord {
            origin,
            kind,
            form,
            start,
            end,
            value,
            resolution,
        };
        record.check()?;
        Ok(record)
    }

    fn coverage(mut self) -> Result<CoverageRecord, Fault> {
        without(
            "coverage",
            &[
                ("kind", self.kind.is_some()),
                ("form", self.form.is_some()),
                ("value", self.value.is_some()),
                ("resolution", self.resolution.is_some()),
            ],
        )?;
        let origin = self.origin()?;
        let mut kinds = Vec::new();
        for kind in self.kinds.take().unwrap_or_default() {
            kinds.push(word("kinds", Some(&kind), Kind::of, Kind::ALL, Kind::as_str)?);
        }
        kinds.sort_unstable();
        kinds.dedup();
        let (start, end) = self.span()?;
        // Without one, the end is not after the start either.
        let end = end.unwrap_or(start);
        let state = word(
            "state",
            self.state.as_deref(),
            State::of,
            State::ALL,
            State::as_str,
        )?;
        let record = CoverageRecord {
            origin,
            kinds,
            start,
            end,
            state,
            reason: self.reason.take(),
        };
        record.check()?;
        Ok(record)
    }

    fn origin(&mut self) -> Result<Origin, Fault> {
        let needed = |key, text: &mut Option<String>| text.take().ok_or_else(|| Fault::missing(key));
        Ok(Origin {
            source: needed("source", &mut self.source)?,
            space: needed("space", &mut self.space)?,
            device: self.device.take(),
            key: needed("key", &mut self.key)?,
            revision: self.revision.ok_or_else(|| Fault::missing("revision"))?,
            withdrawn: self.withdrawn.ok_or_else(|| Fault::missing("withdrawn"))?,
        })
    }

    fn span(&self) -> Result<(i64, Option<i64>), Fault> {
        let start = self.start.as_deref().ok_or_else(|| Fault::missing("start"))?;
        let start = instant("start", start)?;
        let end = self.end.as_deref().map(|end| instant("end", end)).transpose()?;
        Ok((start, end))
    }
}

/// Refuses keys that have no meaning in a record of this type.
fn without(of: &str, keys: &[(&'static str, bool)]) -> Result<(), Fault> {
    match keys.iter().find(|(_, is_there)| *is_there) {
        Some((key, _)) => Err(Fault::surplus(key, of)),
        None => Ok(()),
    }
}

fn word<T: Copy>(
    key: &'static str,
    text: Option<&str>,
    of: fn(&str) -> Option<T>,
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> Result<T, Fault> {
    let text = text.ok_or_else(|| Fault::missing(key))?;
    of(text).ok_or_else(|| Fault::of(key, format!("is none of {}", listed(all, as_str))))
}

/// UTC seconds; a fraction is cut off.
fn instant(key: &'static str, text: &str) -> Result<i64, Fault> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.timestamp())
        .filter(|seconds| INSTANTS.contains(seconds))
        .ok_or_else(|| {
            Fault::of(
                key,
                "is not an RFC 3339 instant; write it like 2026-03-10T10:00:00Z",
            )
        })
}

/// The value of a record, whose rules are checked afterwards.
fn value(kind: Kind, form: Form, raw: Option<RawValue>) -> Result<Value, Fault> {
    let raw = raw.ok_or_else(|| Fault::missing("value"))?;
    let wrong = |problem: &str| Err(Fault::of("value", problem));
    match (kind, form, raw) {
        (_, _, RawValue::Is(value)) => Ok(Value::Is(value)),
        (Kind::PeopleCount, _, RawValue::Number(count)) if count < 0 => {
            wrong("is negative; where a device cannot count, send a coverage record with the state blind")
        }
        (Kind::PeopleCount, _, RawValue::Other(_)) => {
            wrong("of a people count must be a whole number of 0 or more")
        }
        (_, _, RawValue::Number(number)) if (0..=i64::from(u32::MAX)).contains(&number) => {
            Ok(Value::Number(u32::try_from(number).unwrap_or(u32::MAX)))
        }
        (Kind::PeopleCount, ..) => Err(Fault::of("value", format!("must be at most {}", u32::MAX))),
        (_, Form::Bucket, RawValue::Number(_)) => wrong("of a bucket must be seconds from 0 to its length"),
        (_, Form::Bucket, RawValue::Other(_)) => wrong("of a bucket must be seconds, a whole number"),
        _ => wrong("must be true or false"),
    }
}

/// A record as it is exported: all keys of its type, in the order of the contract.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Line<'a> {
    /// A usage record.
    Usage(UsageLine<'a>),
    /// A coverage record.
    Coverage(CoverageLine<'a>),
}

/// A usage record as it is exported.
#[derive(Serialize)]
pub struct UsageLine<'a> {
    r#type: &'static str,
    source: &'a str,
    space: &'a str,
    device: Option<&'a str>,
    key: &'a str,
    revision: u64,
    withdrawn: bool,
    kind: &'static str,
    form: &'static str,
    start: String,
    end: Option<String>,
    value: ValueLine,
    resolution: Option<u32>,
}

/// A coverage record as it is exported.
#[derive(Serialize)]
pub struct CoverageLine<'a> {
    r#type: &'static str,
    source: &'a str,
    space: &'a str,
    device: Option<&'a str>,
    key: &'a str,
    revision: u64,
    withdrawn: bool,
    kinds: Vec<&'static str>,
    start: String,
    end: String,
    state: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueLine {
    Is(bool),
    Number(u32),
}

impl<'a> Line<'a> {
    /// The line of a record.
    pub fn of(record: &'a Record) -> Self {
        let origin = record.origin();
        match record {
            Record::Usage(record) => Self::Usage(UsageLine {
                r#type: "usage",
                source: &origin.source,
                space: &origin.space,
                device: origin.device.as_deref(),
                key: &origin.key,
                revision: origin.revision,
                withdrawn: origin.withdrawn,
                kind: record.kind.as_str(),
                form: record.form.as_str(),
                start: rfc3339(record.start),
                end: record.end.map(rfc3339),
                value: match record.value {
                    Value::Is(value) => ValueLine::Is(value),
                    Value::Number(number) => ValueLine::Number(number),
                },
                resolution: record.resolution,
            }),
            Record::Coverage(record) => Self::Coverage(CoverageLine {
                r#type: "coverage",
                source: &origin.source,
                space: &origin.space,
                device: origin.device.as_deref(),
                key: &origin.key,
                revision: origin.revision,
                withdrawn: origin.withdrawn,
                kinds: record.kinds.iter().map(|kind| kind.as_str()).collect(),
                start: rfc3339(record.start),
                end: rfc3339(record.end),
                state: record.state.as_str(),
                reason: record.reason.as_deref(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
