//! What is known about the seconds of a room: occupied, vacant or unknown, each with whether a witness of class A or B said anything; how
//! many people; and what buckets prove about some of many seconds (contract, sections 3.2, 3.3, 3.6 and 3.7).
//!
//! # What a span of time needs
//! [`Evidence::of`] takes the records of a room in any order, and need not have those of all years. For right answers about a span it needs
//!
//! - [`reach`]: the span, and every bucket that overlaps it directly or by way of other buckets, whole; then, for what came of that:
//! - the intervals, buckets and coverage records that overlap it. An interval without an end lasts until now;
//! - the changes and samples in it, and of each four the last change and the last sample before it, all of them if several are of that instant;
//! - the [`Witnesses`] of all records of any time.

use std::collections::BTreeMap;

use collector_model::usage::{Kind, Record, State};

use crate::bucket::{Partial, Proof, prove};
use crate::exact::Exact;
use crate::spans::{Span, Spans};
use crate::statement::{Statement, by_four};
use crate::witness::{Class, Witnesses};

/// The reason of coverage that a verdict names by itself.
const OFFLINE: &str = "offline";

/// What one source said about a second by records of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// It is occupied.
    Occupied,
    /// It is vacant.
    Vacant,
    /// A bucket proves something about some of its seconds, and nobody knows which.
    Unknown,
    /// The source was blind.
    Blind,
}

impl Told {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Occupied => "occupied",
            Self::Vacant => "vacant",
            Self::Unknown => "unknown",
            Self::Blind => "blind",
        }
    }
}

/// How many seconds of a set are known for certain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Occupied.
    pub occupied: i64,
    /// Vacant.
    pub vacant: i64,
    /// Occupied, while nothing of class A or B said anything.
    pub unwitnessed: i64,
}

/// What is known about a room.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    occupied: Spans,
    vacant: Spans,
    unwitnessed: Spans,
    people: Vec<(Span, u32)>,
    conflicts: Spans,
    /// Sorted by the begin of their L.
    partials: Vec<Partial>,
    /// The longest hull of an L.
    longest: i64,
    told: BTreeMap<(String, Kind, Told), Spans>,
    blind: Spans,
    offline: Spans,
    witnesses: Witnesses,
}

impl Evidence {
    /// What the records of one room say at `now` (UTC seconds): the newest revision of each, in any order. Withdrawn ones are ignored.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>, witnesses: Witnesses, now: i64) -> Self {
        let records: Vec<&Record> = records.into_iter().collect();
        let fours = by_four(records.iter().copied());
        let (mut statements, mut buckets) = (Vec::new(), Vec::new());
        let mut told: Vec<((String, Kind, Told), Span)> = Vec::new();
        for (four, records) in &fours {
            let (said, measured) = records.say(four, &witnesses, now);
            told.extend(said.iter().filter_map(|statement| {
                Some(((four.source.clone(), four.kind, word(statement)?), statement.span))
            }));
            statements.extend(said);
            buckets.extend(measured);
        }
        let exact = Exact::of(&statements);
        let witnessing = buckets
            .iter()
            .filter(|bucket| Class::of(bucket.four.kind).proves_vacant());
        let in_buckets: Spans = witnessing.flat_map(|bucket| bucket.seconds.iter()).collect();
        let proofs = prove(buckets, &exact);
        let mut evidence = Self {
            unwitnessed: exact.occupied.minus(&exact.witnessed).minus(&in_buckets),
            people: exact.people,
            conflicts: exact.conflicts,
            blind: blind(&records, |_| true),
            offline: blind(&records, |reason| reason == Some(OFFLINE)),
            witnesses,
            ..Self::default()
        };
        told.extend(blind_by_kind(&records));
        for proof in &proofs {
            let by = (proof.source.to_owned(), proof.kind, proven(proof));
            told.extend(proof.left.iter().map(|span| (by.clone(), span)));
        }
        evidence.tell(told);
        evidence.count_proofs(&exact.occupied, &exact.vacant, proofs);
        evidence
    }

    fn tell(&mut self, told: Vec<((String, Kind, Told), Span)>) {
        let mut spans: BTreeMap<(String, Kind, Told), Vec<Span>> = BTreeMap::new();
        for (by, span) in told {
            spans.entry(by).or_default().push(span);
        }
        self.told = spans
            .into_iter()
            .map(|(by, spans)| (by, spans.into_iter().collect()))
            .collect();
    }

    fn count_proofs(&mut self, occupied: &Spans, vacant: &Spans, proofs: Vec<Proof<'_>>) {
        let (mut of_witness, mut of_call, mut empty) = (Vec::new(), Vec::new(), Vec::new());
        for proof in proofs {
            let proves_vacant = Class::of(proof.kind).proves_vacant();
            match proven(&proof) {
                Told::Occupied if proves_vacant => of_witness.extend(proof.left.iter()),
                Told::Occupied => of_call.extend(proof.left.iter()),
                Told::Vacant => empty.extend(proof.left.iter()),
                Told::Unknown | Told::Blind => {
                    let hull = proof.left.hull().map_or(0, Span::seconds);
                    self.longest = self.longest.max(hull);
                    self.partials.push(Partial {
                        length: proof.left.seconds(),
                        left: proof.left,
                        occupied: proof.occupied,
                        proves_vacant,
                    });
                }
            }
        }
        let of_call: Spans = of_call.into_iter().collect();
        self.occupied = occupied.or(&of_call).or(&of_witness.into_iter().collect());
        self.unwitnessed = self.unwitnessed.or(&of_call);
        self.vacant = vacant.or(&empty.into_iter().collect());
        self.partials.sort_by_key(|partial| partial.left.first());
    }

    /// Seconds that are certainly occupied, each by itself.
    pub fn occupied(&self) -> &Spans {
        &self.occupied
    }

    /// Seconds that are certainly vacant, each by itself.
    pub fn vacant(&self) -> &Spans {
        &self.vacant
    }

    /// Seconds at which the highest live count is 0 while a call is going on.
    pub fn conflicts(&self) -> &Spans {
        &self.conflicts
    }

    /// What the room's records name at any time.
    pub fn witnesses(&self) -> &Witnesses {
        &self.witnesses
    }

    /// How much is known of a set of seconds that are alike: those of a cell, or of a booking.
    pub fn seen(&self, seconds: &Spans) -> Seen {
        let mut seen = Seen {
            occupied: seconds.shared(&self.occupied),
            vacant: seconds.shared(&self.vacant),
            unwitnessed: seconds.shared(&self.unwitnessed),
        };
        for partial in self.partials_near(seconds) {
            let (occupied, vacant) = partial.certain(partial.left.shared(seconds));
            seen.occupied += occupied;
            seen.vacant += vacant;
            if !partial.proves_vacant {
                seen.unwitnessed += occupied;
            }
        }
        seen
    }

    /// Whether a bucket of which single seconds are unknown has one of these seconds.
    pub fn is_partial(&self, seconds: &Spans) -> bool {
        self.partials_near(seconds)
            .iter()
            .any(|partial| partial.left.shared(seconds) > 0)
    }

    /// Those whose hull may overlap.
    fn partials_near(&self, seconds: &Spans) -> &[Partial] {
        let Some(hull) = seconds.hull() else {
            return &[];
        };
        let first = |partial: &Partial| partial.left.first().unwrap_or(i64::MIN);
        let from = self
            .partials
            .partition_point(|partial| first(partial) <= hull.start().saturating_sub(self.longest));
        let to = self
            .partials
            .partition_point(|partial| first(partial) < hull.end());
        self.partials.get(from..to).unwrap_or_default()
    }

    /// How many of the seconds have each known count of more than 0.
    pub fn counts(&self, seconds: &Spans) -> BTreeMap<u32, i64> {
        let mut counts = BTreeMap::new();
        for span in seconds.iter() {
            let from = self
                .people
                .partition_point(|(known, _)| known.end() <= span.start());
            let known = self.people.get(from..).unwrap_or_default().iter();
            for (with, count) in known.take_while(|(known, _)| known.start() < span.end()) {
                if let Some(shared) = with.and(span).filter(|_| *count > 0) {
                    *counts.entry(*count).or_default() += shared.seconds();
                }
            }
        }
        counts
    }

    /// How many people there were in a span, where it is known, in its order; 0 too.
    pub fn people(&self, span: Span) -> Vec<(Span, u32)> {
        let from = self
            .people
            .partition_point(|(known, _)| known.end() <= span.start());
        let known = self.people.get(from..).unwrap_or_default().iter();
        known
            .take_while(|(known, _)| known.start() < span.end())
            .filter_map(|(known, count)| Some((known.and(span)?, *count)))
            .collect()
    }

    /// Seconds of blind coverage.
    pub fn blind(&self) -> &Spans {
        &self.blind
    }

    /// Whether blind coverage overlaps a span.
    pub fn is_blind(&self, span: Span) -> bool {
        !self.blind.near(span).is_empty()
    }

    /// Whether blind coverage with the reason `offline` overlaps a span.
    pub fn is_offline(&self, span: Span) -> bool {
        !self.offline.near(span).is_empty()
    }

    /// What each source said about a span, by kind.
    pub fn told(&self, span: Span) -> Vec<(&str, Kind, Told, Span)> {
        let mut all: Vec<_> = self
            .told
            .iter()
            .flat_map(|((source, kind, told), spans)| {
                spans
                    .near(span)
                    .iter()
                    .filter_map(move |own| Some((source.as_str(), *kind, *told, own.and(span)?)))
            })
            .collect();
        all.sort_by_key(|(source, kind, told, span)| (*span, *source, *kind, *told));
        all
    }
}

/// The span that has to be known for right answers about `span`: with every bucket that overlaps it, directly or by way of other buckets.
/// `buckets` are begins and ends of the room's buckets of all kinds but people counts, in any order.
pub fn reach(span: Span, buckets: impl IntoIterator<Item = (i64, i64)>) -> Span {
    let buckets: Spans = buckets
        .into_iter()
        .filter_map(|(start, end)| Span::new(start, end))
        .collect();
    // Buckets that only touch are merged here too: a little more is read than must be.
    buckets
        .near(span)
        .iter()
        .fold(span, |all, chain| all.hull(*chain))
}

/// What a statement says, in the words of evidence; none if it says nothing.
fn word(statement: &Statement) -> Option<Told> {
    match statement.says.is_occupied() {
        true => Some(Told::Occupied),
        false => Class::of(statement.kind).proves_vacant().then_some(Told::Vacant),
    }
}

/// What a bucket proves about each of its seconds.
fn proven(proof: &Proof<'_>) -> Told {
    if proof.occupied == 0 {
        Told::Vacant
    } else if proof.occupied == proof.left.seconds() {
        Told::Occupied
    } else {
        Told::Unknown
    }
}

/// When any source was blind for a reason that fits.
fn blind(records: &[&Record], fits: impl Fn(Option<&str>) -> bool) -> Spans {
    let spans = records.iter().filter_map(|record| match record {
        Record::Coverage(coverage) if !coverage.origin.withdrawn && coverage.state == State::Blind => {
            let span = Span::new(coverage.start, coverage.end)?;
            fits(coverage.reason.as_deref()).then_some(span)
        }
        Record::Coverage(_) | Record::Usage(_) => None,
    });
    spans.collect()
}

fn blind_by_kind(records: &[&Record]) -> Vec<((String, Kind, Told), Span)> {
    let mut all = Vec::new();
    for record in records {
        if let Record::Coverage(coverage) = record
            && !coverage.origin.withdrawn
            && coverage.state == State::Blind
            && let Some(span) = Span::new(coverage.start, coverage.end)
        {
            let kinds = coverage.kinds.iter();
            all.extend(kinds.map(|kind| ((coverage.origin.source.clone(), *kind, Told::Blind), span)));
        }
    }
    all
}

#[cfg(test)]
mod tests;
