//! `/v1/workspaceMetrics`: what the devices of a workspace counted, sample by sample or by hour or day.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sim::Answer;

use crate::answer::found;
use crate::call::Call;
use crate::span::{Span, iso};
use crate::window::{Bucket, Window};
use crate::workspace::Capability;

/// The metrics; all but the last have no data here.
const METRICS: [&str; 6] = [
    "soundLevel",
    "ambientNoise",
    "temperature",
    "humidity",
    "tvoc",
    "peopleCount",
];

type Sample<'a> = (DateTime<Utc>, i64, &'a str);

/// Answers it.
pub(crate) fn metrics(call: &Call<'_>) -> Result<Answer, Answer> {
    let window = Window::of(call, &["hourly", "none", "daily"])?;
    call.required("metricName")?;
    let metric = call.word("metricName", &METRICS)?;
    let order = call.word("sortBy", &["newestFirst", "oldestFirst"])?;
    let unit = call.word("unit", &["celsius", "fahrenheit"])?;
    let mut fields = window.envelope();
    fields.insert("metricName".to_owned(), metric.into());
    fields.insert("sortBy".to_owned(), order.into());
    if metric == "temperature" {
        fields.insert("unit".to_owned(), unit.into());
    }
    let samples = match window.data {
        Some(data) if metric == "peopleCount" => samples(&window, data),
        _ => Vec::new(),
    };
    let mut items: Vec<Value> = if window.aggregation == "none" {
        let time = |at| match call.organization.zones_in_raw_times {
            true => iso(at),
            false => iso(at).trim_end_matches('Z').to_owned(),
        };
        let item = |(at, count, device): &Sample<'_>| json!({"deviceId": device, "timestamp": time(*at), "value": count});
        samples.iter().rev().map(item).collect()
    } else {
        let buckets = window.buckets().into_iter();
        buckets.filter_map(|bucket| aggregate(bucket, &samples)).collect()
    };
    if order == "oldestFirst" {
        items.reverse();
    }
    fields.insert("items".to_owned(), items.into());
    Ok(found(&Value::Object(fields)))
}

/// What the devices counted, if it is sent to the cloud; the oldest first.
fn samples<'a>(window: &Window<'a>, data: Span) -> Vec<Sample<'a>> {
    if !window.workspace.sends(Capability::OccupancyDetection) {
        return Vec::new();
    }
    let of = |device: &'a crate::Device| {
        let counts = device.counts(data).into_iter();
        counts.map(move |(at, count)| (at, count, device.id()))
    };
    let mut samples: Vec<_> = window.workspace.devices.iter().flat_map(of).collect();
    samples.sort_unstable();
    samples
}

/// The statistics of a bucket. Zero and negative counts do not count, and a bucket without others is left out.
fn aggregate(bucket: Bucket, samples: &[Sample<'_>]) -> Option<Value> {
    let inside = |at: DateTime<Utc>| bucket.data.holds(at) && at < bucket.whole.to;
    let counts: Vec<i64> = samples
        .iter()
        .filter(|(at, count, _)| *count > 0 && inside(*at))
        .map(|(_, count, _)| *count)
        .collect();
    let sum: i64 = counts.iter().sum();
    let (sum, number) = (i32::try_from(sum).ok()?, i32::try_from(counts.len()).ok()?);
    Some(json!({
        "start": iso(bucket.whole.from),
        "end": iso(bucket.whole.to),
        "mean": f64::from(sum) / f64::from(number),
        "max": counts.iter().max()?,
        "min": counts.iter().min()?,
    }))
}
