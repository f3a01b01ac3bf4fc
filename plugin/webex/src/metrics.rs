//! What Webex measured: answers of `workspaceDurationMetrics` and `workspaceMetrics`, checked against what was asked.
//!
//! Aggregates leave out zeros and negative values, so an hour that is missing says nothing, and a mean is one of the time in which people
//! were there: only the highest count of an hour is read. Days are never asked for, because nobody says in which zone they are cut.

use crate::api::{Trouble, Webex, percent};
use crate::hours::{HOUR, Span, chunks};
use crate::instant::{self, written};
use connector_sdk::Host;
use serde::Deserialize;
use std::collections::BTreeMap;

/// More people than any room holds; such a count is an error.
const MOST_PEOPLE: f64 = 100_000.0;

/// Hours, by their starts.
pub(crate) type Hours = BTreeMap<i64, u32>;

/// A count of one device. Negative: it could not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sample {
    pub(crate) device: Option<String>,
    pub(crate) at: i64,
    pub(crate) count: i64,
}

/// The head of both answers. Its `workspaceId` is not compared: one workspace's id has several encodings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<T> {
    measurement: Option<String>,
    metric_name: Option<String>,
    aggregation: Option<String>,
    unit: Option<String>,
    items: Option<Vec<T>>,
}

#[derive(Deserialize)]
struct Bucket {
    start: String,
    end: Option<String>,
    duration: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSample {
    device_id: Option<String>,
    timestamp: String,
    value: f64,
}

impl<H: Host> Webex<'_, H> {
    /// The seconds of each hour in which a workspace was used. `span` is of full hours.
    pub(crate) async fn seconds_used(&self, workspace: &str, span: Span) -> Result<Hours, Trouble> {
        let mut hours = Hours::new();
        for part in chunks(span) {
            let path = format!(
                "/workspaceDurationMetrics?{}&measurement=timeUsed&aggregation=hourly",
                asked(workspace, part)
            );
            let answer: Answer<Bucket> = self.get(&path).await?.value;
            // A service that does not know the parameter answers with its default.
            expect("measurement", answer.measurement.as_deref(), "timeUsed", true)?;
            expect("aggregation", answer.aggregation.as_deref(), "hourly", false)?;
            expect("unit", answer.unit.as_deref(), "minutes", false)?;
            for bucket in items(answer.items)? {
                let start = bucket.start()?;
                let minutes = bucket.duration.filter(|minutes| (0.0..1e6).contains(minutes));
                let minutes = minutes.ok_or_else(|| unreadable("an hour without a valid duration"))?;
                // The casts saturate.
                take(
                    &mut hours,
                    start,
                    part,
                    ((minutes * 60.0).round() as u32).min(HOUR as u32),
                );
            }
        }
        Ok(hours)
    }

    /// The highest count of each hour in which people were counted. `span` is of full hours.
    pub(crate) async fn most_people(&self, workspace: &str, span: Span) -> Result<Hours, Trouble> {
        let mut hours = Hours::new();
        for part in chunks(span) {
            let path = format!(
                "/workspaceMetrics?{}&metricName=peopleCount&aggregation=hourly",
                asked(workspace, part)
            );
            let answer: Answer<Bucket> = self.get(&path).await?.value;
            expect("metricName", answer.metric_name.as_deref(), "peopleCount", false)?;
            expect("aggregation", answer.aggregation.as_deref(), "hourly", false)?;
            for bucket in items(answer.items)? {
                let start = bucket.start()?;
                let most = bucket.max.map(count).transpose()?;
                let most = most.ok_or_else(|| unreadable("an hour without its highest count"))?;
                if let Ok(most @ 1..) = u32::try_from(most) {
                    take(&mut hours, start, part, most);
                }
            }
        }
        Ok(hours)
    }

    /// Each count of each device, by device and time; of several in one second the highest.
    pub(crate) async fn people(&self, workspace: &str, span: Span) -> Result<Vec<Sample>, Trouble> {
        let mut found: BTreeMap<(Option<String>, i64), i64> = BTreeMap::new();
        for part in chunks(span) {
            let path = format!(
                "/workspaceMetrics?{}&metricName=peopleCount&aggregation=none&sortBy=oldestFirst",
                asked(workspace, part)
            );
            let answer: Answer<RawSample> = self.get(&path).await?.value;
            expect("metricName", answer.metric_name.as_deref(), "peopleCount", false)?;
            expect("aggregation", answer.aggregation.as_deref(), "none", false)?;
            for sample in items(answer.items)? {
                let at = instant::parse(&sample.timestamp);
                let at = at.ok_or_else(|| unreadable("a count without a valid timestamp"))?;
                let count = count(sample.value)?;
                if part.0 <= at && at < part.1 {
                    let known = found.entry((sample.device_id, at)).or_insert(count);
                    *known = count.max(*known);
                }
            }
        }
        let sample = |((device, at), count)| Sample { device, at, count };
        Ok(found.into_iter().map(sample).collect())
    }
}

impl Bucket {
    /// Its start, if it is an hour long.
    fn start(&self) -> Result<i64, Trouble> {
        let start = instant::parse(&self.start);
        let start = start.ok_or_else(|| unreadable("an hour without a valid start"))?;
        let end = match &self.end {
            Some(end) => instant::parse(end),
            None => Some(start + HOUR),
        };
        match end {
            Some(end) if end - start == HOUR => Ok(start),
            _ => Err(unreadable("an hour of another length than an hour")),
        }
    }
}

/// Keeps an hour that was asked for: an answer may also have the running one. Of two with one start the higher value counts.
fn take(hours: &mut Hours, start: i64, (from, to): Span, value: u32) {
    if from <= start && start + HOUR <= to {
        let known = hours.entry(start).or_insert(value);
        *known = value.max(*known);
    }
}

fn count(value: f64) -> Result<i64, Trouble> {
    if !(-MOST_PEOPLE..=MOST_PEOPLE).contains(&value) {
        return Err(unreadable("a count that cannot be one"));
    }
    Ok(value.round() as i64)
}

fn asked(workspace: &str, (from, to): Span) -> String {
    format!(
        "workspaceId={}&from={}&to={}",
        percent(workspace),
        written(from),
        written(to)
    )
}

fn items<T>(items: Option<Vec<T>>) -> Result<Vec<T>, Trouble> {
    items.ok_or_else(|| unreadable("no items"))
}

/// Checks that an answer is about what was asked.
fn expect(name: &str, found: Option<&str>, right: &str, required: bool) -> Result<(), Trouble> {
    match found {
        Some(found) if found == right => Ok(()),
        None if !required => Ok(()),
        Some(_) => Err(Trouble::Unreadable(format!("its {name} is not {right}"))),
        None => Err(Trouble::Unreadable(format!("it does not say its {name}"))),
    }
}

fn unreadable(what: &str) -> Trouble {
    Trouble::Unreadable(format!("it has {what}"))
}
