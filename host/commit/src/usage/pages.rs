//! Pages of usage and coverage records.

use collector_model::usage::{Origin, Record};

/// The place between two records from which a page goes on. Records sort by source, space and device, usage before coverage, then by start and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsagePlace {
    /// The source.
    pub source: String,
    /// The space.
    pub space: String,
    /// The device; empty where the source does not tell devices apart.
    pub device: String,
    /// The last record of the device before the page: whether it is coverage, its start in UTC seconds, and its key. None if the page begins with
    /// the first.
    pub after: Option<(bool, i64, String)>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePage {
    /// The newest revision of each, withdrawn ones too.
    pub records: Vec<Record>,
    /// Where the next page begins; none after the last.
    pub next: Option<UsagePlace>,
}

impl UsagePlace {
    /// After a record.
    pub fn at(record: &Record) -> Self {
        let (is_coverage, start) = match record {
            Record::Usage(usage) => (false, usage.start),
            Record::Coverage(coverage) => (true, coverage.start),
        };
        let Origin {
            source,
            space,
            device,
            key,
            ..
        } = record.origin();
        Self {
            source: source.clone(),
            space: space.clone(),
            device: device.clone().unwrap_or_default(),
            after: Some((is_coverage, start, key.clone())),
        }
    }

    /// Whether both are among the records of the same device.
    pub fn is_of_device(&self, other: &Self) -> bool {
        (&self.source, &self.space, &self.device) == (&other.source, &other.space, &other.device)
    }
}
