//! Sets of seconds. Everything that is counted is the length of such a set, so sets are what the other modules compute with.

use serde::{Deserialize, Serialize};

/// Seconds `[start, end)`, at least one. UTC seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// A span; none if it would be empty.
    pub fn new(start: i64, end: i64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Its first second.
    pub fn start(self) -> i64 {
        self.start
    }

    /// The second after its last.
    pub fn end(self) -> i64 {
        self.end
    }

    /// How many seconds it has.
    pub fn seconds(self) -> i64 {
        self.end.saturating_sub(self.start)
    }

    /// The seconds of both.
    pub fn and(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// The smallest span that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A set of seconds: sorted spans of which no two touch. Stored as begins and ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub struct Spans(Vec<Span>);

impl Spans {
    /// No second.
    pub const NONE: Self = Self(Vec::new());

    /// The seconds `[start, end)`; none if the end is not after the start.
    pub fn one(start: i64, end: i64) -> Self {
        Self(Span::new(start, end).into_iter().collect())
    }

    /// The spans, sorted.
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// The spans, sorted.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is no second.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many seconds there are.
    pub fn seconds(&self) -> i64 {
        self.iter().map(Span::seconds).sum()
    }

    /// The first second.
    pub fn first(&self) -> Option<i64> {
        self.0.first().map(|span| span.start)
    }

    /// The smallest span that holds all.
    pub fn hull(&self) -> Option<Span> {
        Some(self.0.first()?.hull(*self.0.last()?))
    }

    /// Whether a second is among them.
    pub fn contains(&self, at: i64) -> bool {
        Span::new(at, at.saturating_add(1)).is_some_and(|second| !self.near(second).is_empty())
    }

    /// The spans that share a second with `span`, whole.
    pub fn near(&self, span: Span) -> &[Span] {
        let from = self.0.partition_point(|own| own.end <= span.start);
        let to = self.0.partition_point(|own| own.start < span.end);
        self.0.get(from..to).unwrap_or_default()
    }

    /// The seconds inside `span`.
    pub fn clip(&self, span: Span) -> Self {
        Self(self.near(span).iter().filter_map(|own| own.and(span)).collect())
    }

    /// The seconds of both.
    pub fn and(&self, other: &Self) -> Self {
        let (few, many) = if self.0.len() <= other.0.len() {
            (self, other)
        } else {
            (other, self)
        };
        Self(
            few.iter()
                .flat_map(|span| many.near(span).iter().filter_map(move |own| own.and(span)))
                .collect(),
        )
    }

    /// The seconds of either.
    pub fn or(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// The seconds that are not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for span in self.iter() {
            let mut start = span.start;
            for taken in other.near(span) {
                left.extend(Span::new(start, taken.start));
                start = taken.end;
            }
            left.extend(Span::new(start, span.end));
        }
        Self(left)
    }

    /// How many seconds both have.
    pub fn shared(&self, other: &Self) -> i64 {
        let of = |span: Span| {
            other
                .near(span)
                .iter()
                .filter_map(move |own| own.and(span))
                .map(Span::seconds)
        };
        self.iter().flat_map(of).sum()
    }

    /// Whether all seconds of the other are among them.
    pub fn covers(&self, other: &Self) -> bool {
        self.shared(other) == other.seconds()
    }
}

impl From<Spans> for Vec<(i64, i64)> {
    fn from(spans: Spans) -> Self {
        spans.iter().map(|span| (span.start, span.end)).collect()
    }
}

impl From<Vec<(i64, i64)>> for Spans {
    /// Any begins and ends, like [`Spans::from_iter`]; those without a second are left out.
    fn from(pairs: Vec<(i64, i64)>) -> Self {
        let spans = pairs.into_iter().filter_map(|(start, end)| Span::new(start, end));
        spans.collect()
    }
}

impl FromIterator<Span> for Spans {
    /// Any spans, in any order, overlapping or not.
    fn from_iter<T: IntoIterator<Item = Span>>(spans: T) -> Self {
        let mut sorted: Vec<Span> = spans.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(sorted.len());
        for span in sorted {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        Self(merged)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Spans> {
        prop::collection::vec((0i64..60, 1i64..12), 0..8).prop_map(|pairs| {
            pairs
                .into_iter()
                .filter_map(|(start, length)| Span::new(start, start + length))
                .collect()
        })
    }

    fn seconds(spans: &Spans) -> BTreeSet<i64> {
        spans.iter().flat_map(|span| span.start..span.end).collect()
    }

    proptest! {
        #[test]
        fn sets_of_spans_are_sets_of_seconds(a in spans(), b in spans()) {
            let (seconds_a, seconds_b) = (seconds(&a), seconds(&b));
            prop_assert_eq!(seconds(&a.and(&b)), &seconds_a & &seconds_b);
            prop_assert_eq!(seconds(&a.or(&b)), &seconds_a | &seconds_b);
            prop_assert_eq!(seconds(&a.minus(&b)), &seconds_a - &seconds_b);
            prop_assert_eq!(a.seconds(), i64::try_from(seconds_a.len()).unwrap());
            prop_assert_eq!(a.shared(&b), a.and(&b).seconds());
            prop_assert_eq!(a.covers(&b), seconds_a.is_superset(&seconds_b));
            for at in 0..80 {
                prop_assert_eq!(a.contains(at), seconds_a.contains(&at));
            }
        }

        #[test]
        fn a_set_has_one_form_only(a in spans(), b in spans()) {
            prop_assert_eq!(seconds(&a) == seconds(&b), a == b);
            for set in [a.and(&b), a.or(&b), a.minus(&b)] {
                prop_assert_eq!(&set, &set.iter().collect::<Spans>());
            }
        }
    }
}
