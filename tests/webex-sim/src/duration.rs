//! `/v1/workspaceDurationMetrics`: how many minutes of an hour or day a workspace was used or booked, but not which.

use serde_json::Value;
use sim::Answer;

use crate::answer::found;
use crate::call::Call;
use crate::fault::Fault;
use crate::span::{Span, iso, merged};
use crate::window::{Bucket, Window};
use crate::workspace::Capability;

/// Answers it. Whoever names the measurement otherwise than `measurement` gets the time used.
pub(crate) fn durations(call: &Call<'_>) -> Result<Answer, Answer> {
    let window = Window::of(call, &["hourly", "daily"])?;
    let asked = call.word("measurement", &["timeUsed", "timeBooked"])?;
    let measurement = match (call.fault, asked) {
        (Some(Fault::WrongMeasurement), "timeUsed") => "timeBooked",
        (Some(Fault::WrongMeasurement), _) => "timeUsed",
        _ => asked,
    };
    let spans = match (window.data, measurement) {
        (None, _) => Vec::new(),
        (Some(_), "timeBooked") => merged(window.workspace.booked.clone()),
        (Some(data), _) => used(&window, data),
    };
    let items = window
        .buckets()
        .into_iter()
        .filter_map(|bucket| item(bucket, &spans));
    let items: Vec<Value> = items.collect();
    let mut fields = window.envelope();
    fields.insert("measurement".to_owned(), measurement.into());
    fields.insert("unit".to_owned(), "minutes".into());
    fields.insert("items".to_owned(), items.into());
    Ok(found(&Value::Object(fields)))
}

/// When any device saw that the workspace was in use, if that is sent to the cloud.
fn used(window: &Window<'_>, data: Span) -> Vec<Span> {
    if !window.workspace.sends(Capability::PresenceDetection) {
        return Vec::new();
    }
    let devices = window.workspace.devices.iter();
    merged(devices.flat_map(|device| device.uses(data)).collect())
}

/// The minutes of a bucket; without any, it is left out.
fn item(bucket: Bucket, spans: &[Span]) -> Option<Value> {
    let seconds: i64 = spans
        .iter()
        .filter_map(|span| span.common(bucket.data))
        .map(|span| span.length().num_seconds())
        .sum();
    let minutes = (seconds + 30) / 60;
    let item = || serde_json::json!({"start": iso(bucket.whole.from), "end": iso(bucket.whole.to), "duration": minutes});
    (minutes > 0).then(item)
}
