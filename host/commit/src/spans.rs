//! Spans of time: what complete readings of a room covered.

use serde::{Deserialize, Serialize};

/// Spans of UTC seconds, each with its end exclusive: sorted, and none touches another. Stored as JSON, `[[0,3600]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// The spans.
    pub fn as_slice(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a span, and returns whether that changed anything. One without length is none.
    pub fn add(&mut self, start: i64, end: i64) -> bool {
        let covers = |&(from, to): &(i64, i64)| from <= start && end <= to;
        if start >= end || self.0.iter().any(covers) {
            return false;
        }
        let (touching, mut apart): (Vec<_>, Vec<_>) = self
            .0
            .iter()
            .copied()
            .partition(|&(from, to)| from <= end && start <= to);
        let from = touching.iter().map(|&(from, _)| from).fold(start, i64::min);
        let to = touching.iter().map(|&(_, to)| to).fold(end, i64::max);
        apart.push((from, to));
        apart.sort_unstable();
        self.0 = apart;
        true
    }

    /// The smallest span that holds what is not among them of `[start, end)`.
    pub(crate) fn unread(&self, start: i64, end: i64) -> (i64, i64) {
        let holding = |at: i64| self.0.iter().find(move |&&(from, to)| from <= at && at < to);
        let from = holding(start).map_or(start, |&(_, to)| to);
        let to = holding(end - 1).map_or(end, |&(from, _)| from);
        (from, to)
    }

    /// The part of them from an instant on.
    pub fn from(&self, instant: i64) -> Self {
        let parts = self.0.iter().map(|&(from, to)| (from.max(instant), to));
        Self(parts.filter(|(from, to)| from < to).collect())
    }
}
