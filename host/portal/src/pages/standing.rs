//! The state of a source, as each page names it.

use super::elements::Tone;
use crate::api::{PassRecord, ReceiverSummary, SourceSummary};

/// A receiver that heard nothing for so many seconds is silent: devices report at least once a day.
const SILENT: i64 = 86_400;

/// The state of a source: what matters most, in words.
pub(crate) fn state(source: &SourceSummary) -> (Tone, &'static str) {
    match &source.last_pass {
        _ if source.paused => (Tone::Limited, "paused"),
        _ if source.collecting => (Tone::Pending, "collecting"),
        // A pass that collects nothing is no failure that anybody could mend.
        pass if source.awaits_permissions && !pass.as_ref().is_some_and(PassRecord::has_succeeded) => {
            (Tone::Pending, "waiting for permissions")
        }
        _ if source.problem.is_some() => (Tone::Failed, "failed"),
        None => (Tone::Limited, "not collected yet"),
        Some(pass) => match pass.verdict.as_str() {
            "everything" => (Tone::Passed, "complete"),
            "part" => (Tone::Warning, "partial"),
            "nothing" => (Tone::Failed, "nothing collected"),
            _ => (Tone::Failed, "failed"),
        },
    }
}

/// The state of a source that receives, in words, at `now` (UTC seconds).
pub(crate) fn receiver_state(receiver: &ReceiverSummary, now: i64) -> (Tone, &'static str) {
    match receiver {
        ReceiverSummary { problem: Some(_), .. } => (Tone::Failed, "receives nothing"),
        ReceiverSummary { last_at: None, .. } => (Tone::Pending, "waiting for its first record"),
        ReceiverSummary {
            last_at: Some(at), ..
        } if now - at > SILENT => (Tone::Warning, "silent for a day"),
        ReceiverSummary { .. } => (Tone::Passed, "receives"),
    }
}
