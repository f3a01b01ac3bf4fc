//! Spans of time, and times as the API writes them.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};

/// From one instant to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Span {
    pub(crate) fn length(self) -> TimeDelta {
        self.to - self.from
    }

    /// Both ends count.
    pub(crate) fn holds(self, at: DateTime<Utc>) -> bool {
        self.from <= at && at <= self.to
    }

    /// What both have in common, unless that is nothing.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from < to).then_some(Self { from, to })
    }
}

/// The same time without overlaps, in order.
pub(crate) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}

/// An instant as Webex writes it: UTC with milliseconds.
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An instant as clients write it; without a zone it is UTC.
pub(crate) fn read(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    zoned
        .or_else(|_| text.parse::<NaiveDateTime>().map(|at| at.and_utc()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_or_overlap_become_one() {
        let span = |from: u32, to: u32| Span {
            from: read(&format!("2026-03-10T10:{from:02}:00Z")).unwrap(),
            to: read(&format!("2026-03-10T10:{to:02}:00")).unwrap(),
        };
        let given = vec![span(20, 30), span(0, 10), span(5, 15), span(30, 40)];
        assert_eq!(merged(given), [span(0, 15), span(20, 40)]);
        assert_eq!(span(0, 10).common(span(10, 20)), None);
    }
}
