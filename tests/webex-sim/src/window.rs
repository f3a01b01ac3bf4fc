//! The window of a request for metrics, and the buckets in it.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use sim::Answer;

use crate::answer::{refused, set};
use crate::call::Call;
use crate::span::{Span, iso, read};
use crate::workspace::Workspace;

const SCOPES: &[&str] = &["spark-admin:workspace_metrics_read"];
/// The window if the client names none; Webex does not say which it takes.
const DEFAULT: TimeDelta = TimeDelta::hours(24);

/// What a client wants to know of one workspace.
pub(crate) struct Window<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) aggregation: &'static str,
    pub(crate) span: Span,
    /// What of it has arrived.
    pub(crate) data: Option<Span>,
}

/// A whole hour or day, and what of it lies in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) whole: Span,
    pub(crate) data: Span,
}

impl<'a> Window<'a> {
    /// Reads the window; `aggregations` are the known ones, the default first.
    pub(crate) fn of(call: &Call<'a>, aggregations: &[&'static str]) -> Result<Self, Answer> {
        call.requires(SCOPES)?;
        let workspace = call.workspace(call.required("workspaceId")?)?;
        let aggregation = call.word("aggregation", aggregations)?;
        let time = |name: &str| {
            let text = call.parameter(name);
            let time =
                text.map(|text| read(text).ok_or_else(|| refused(400, &format!("{name} is no date."))));
            time.transpose()
        };
        let to = time("to")?.unwrap_or(call.now);
        let span = Span {
            from: time("from")?.unwrap_or(to - DEFAULT),
            to,
        };
        if span.length() < TimeDelta::zero() {
            return Err(refused(400, "from must be before to."));
        }
        let (most, text) = match aggregation {
            "daily" => (TimeDelta::days(30), "Request time span is maximum 30 days"),
            _ => (TimeDelta::hours(48), "Request time span is maximum 48 hours"),
        };
        // The very maximum is refused too.
        if span.length() >= most {
            return Err(refused(400, text));
        }
        let data = Span {
            to: to.min(call.organization.arrived(call.now)),
            ..span
        };
        Ok(Self {
            workspace,
            aggregation,
            span,
            data: (data.from <= data.to).then_some(data),
        })
    }

    /// What every answer says of the request.
    pub(crate) fn envelope(&self) -> Map<String, Value> {
        set(json!({
            "workspaceId": self.workspace.id,
            "aggregation": self.aggregation,
            "from": iso(self.span.from),
            "to": iso(self.span.to),
        }))
    }

    /// The buckets that have arrived, even in part, the newest first.
    pub(crate) fn buckets(&self) -> Vec<Bucket> {
        let step = match self.aggregation {
            "daily" => TimeDelta::days(1),
            _ => TimeDelta::hours(1),
        };
        self.data.map_or_else(Vec::new, |data| buckets(data, step))
    }
}

/// The buckets of this length: they begin on full hours or days (UTC), but hold only what lies in `data`.
fn buckets(data: Span, step: TimeDelta) -> Vec<Bucket> {
    let first = data.from.duration_trunc(step).unwrap_or(data.from);
    let next = |start: &DateTime<Utc>| start.checked_add_signed(step);
    let starts = std::iter::successors(Some(first), next).take_while(|start| *start <= data.to);
    let mut buckets: Vec<Bucket> = starts
        .map(|from| {
            let whole = Span {
                from,
                to: from + step,
            };
            let data = Span {
                from: from.max(data.from),
                to: whole.to.min(data.to),
            };
            Bucket { whole, data }
        })
        .collect();
    buckets.reverse();
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_begin_on_full_hours_and_hold_only_the_data_of_the_window() {
        let span = |from: &str, to: &str| Span {
            from: read(from).unwrap(),
            to: read(to).unwrap(),
        };
        let found = buckets(
            span("2026-03-10T10:34:56Z", "2026-03-10T11:20:00Z"),
            TimeDelta::hours(1),
        );
        let expected = [
            Bucket {
                whole: span("2026-03-10T11:00:00Z", "2026-03-10T12:00:00Z"),
                data: span("2026-03-10T11:00:00Z", "2026-03-10T11:20:00Z"),
            },
            Bucket {
                whole: span("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z"),
                data: span("2026-03-10T10:34:56Z", "2026-03-10T11:00:00Z"),
            },
        ];
        assert_eq!(found, expected);
    }
}
