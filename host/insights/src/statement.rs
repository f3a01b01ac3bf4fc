//! What each record says about which seconds (contract, section 2): how long intervals, changes and samples hold, inside what is observed
//! and outside of what is blind, and which silence means that nobody is there.

use std::collections::BTreeMap;

use collector_model::instant::INSTANTS;
use collector_model::usage::{
    CoverageRecord, Form, Kind, OPEN_END, RESOLUTION, Record, State, UNOBSERVED_CHANGE, UsageRecord, Value,
};

use crate::spans::{Span, Spans};
use crate::witness::{Class, Four, Witnesses};

/// What is said about a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    /// `false`.
    No,
    /// By coverage: the device could have told, and told nothing.
    Silence,
    /// `true`.
    Yes,
    /// How many people.
    Count(u32),
}

impl Says {
    /// Whether it says that the room is occupied.
    pub(crate) fn is_occupied(self) -> bool {
        match self {
            Self::No | Self::Silence => false,
            Self::Yes => true,
            Self::Count(people) => people > 0,
        }
    }

    fn of(record: &UsageRecord) -> Self {
        match record.value {
            Value::Is(true) => Self::Yes,
            Value::Is(false) => Self::No,
            Value::Number(people) => Self::Count(people),
        }
    }
}

/// What a four says about a span of time: exact evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
    pub(crate) says: Says,
}

/// A bucket that can prove something, with its seconds: those in which its four is observed and not blind.
#[derive(Debug)]
pub(crate) struct Bucket<'a> {
    pub(crate) four: &'a Four,
    pub(crate) record: &'a UsageRecord,
    pub(crate) seconds: Spans,
    /// Seconds of `true` in it.
    pub(crate) value: i64,
}

/// The records of one four.
#[derive(Debug, Default)]
pub(crate) struct Told<'a> {
    usage: Vec<&'a UsageRecord>,
    observed: Vec<Span>,
    blind: Vec<Span>,
}

/// The records of a room by four, without those that were withdrawn.
pub(crate) fn by_four<'a>(records: impl IntoIterator<Item = &'a Record>) -> BTreeMap<Four, Told<'a>> {
    let mut fours: BTreeMap<Four, Told<'a>> = BTreeMap::new();
    for record in records.into_iter().filter(|record| !record.origin().withdrawn) {
        match record {
            Record::Usage(usage) => {
                let four = fours.entry(Four::of(&usage.origin, usage.kind)).or_default();
                four.usage.push(usage);
            }
            Record::Coverage(coverage) => {
                for kind in &coverage.kinds {
                    let four = fours.entry(Four::of(&coverage.origin, *kind)).or_default();
                    four.cover(coverage);
                }
            }
        }
    }
    fours
}

impl<'a> Told<'a> {
    fn cover(&mut self, coverage: &CoverageRecord) {
        let spans = match coverage.state {
            State::Observed => &mut self.observed,
            State::Blind => &mut self.blind,
        };
        spans.extend(Span::new(coverage.start, coverage.end));
    }

    /// Everything that the four says: statements, and buckets that can prove something.
    pub(crate) fn say(
        &self,
        four: &'a Four,
        witnesses: &Witnesses,
        now: i64,
    ) -> (Vec<Statement>, Vec<Bucket<'a>>) {
        let is_covered = witnesses.covered.contains(four);
        let able = self.able(is_covered);
        let held = self.held(is_covered, now);
        let statement = |span, says| Statement {
            span,
            kind: four.kind,
            says,
        };
        let mut statements: Vec<Statement> = held
            .iter()
            .flat_map(|(span, says)| {
                able.clip(*span)
                    .iter()
                    .map(|span| statement(span, *says))
                    .collect::<Vec<_>>()
            })
            .collect();
        if is_covered && Class::of(four.kind).proves_vacant() {
            let said = held.iter().map(|(span, _)| *span);
            let spanned = self
                .of_form(Form::Bucket)
                .filter_map(|bucket| Span::new(bucket.start, bucket.end?));
            let silent = able.minus(&said.chain(spanned).collect());
            statements.extend(silent.iter().map(|span| statement(span, Says::Silence)));
        }
        let buckets = self.of_form(Form::Bucket).filter_map(|record| {
            // The highest count in a bucket says neither when nor for how long.
            let value = match record.value {
                Value::Number(seconds) if four.kind != Kind::PeopleCount => i64::from(seconds),
                _ => return None,
            };
            Some(Bucket {
                four,
                record,
                seconds: able.clip(Span::new(record.start, record.end?)?),
                value,
            })
        });
        (statements, buckets.collect())
    }

    /// When the four could say anything.
    fn able(&self, is_covered: bool) -> Spans {
        let observed: Spans = match is_covered {
            true => self.observed.iter().copied().collect(),
            false => Spans::one(*INSTANTS.start(), INSTANTS.end().saturating_add(1)),
        };
        observed.minus(&self.blind.iter().copied().collect())
    }

    fn of_form(&self, form: Form) -> impl Iterator<Item = &'a UsageRecord> + '_ {
        self.usage
            .iter()
            .copied()
            .filter(move |record| record.form == form)
    }

    /// How long each interval, change and sample holds.
    fn held(&self, is_covered: bool, now: i64) -> Vec<(Span, Says)> {
        let mut held = Vec::new();
        for record in self.of_form(Form::Interval) {
            let end = record.end.unwrap_or(match is_covered {
                true => now,
                false => now.min(record.start.saturating_add(OPEN_END)),
            });
            held.extend(Span::new(record.start, end).map(|span| (span, Says::of(record))));
        }
        held.extend(until_next(self.of_form(Form::Change), |_| {
            (!is_covered).then_some(UNOBSERVED_CHANGE)
        }));
        held.extend(until_next(self.of_form(Form::Sample), |record| {
            Some(2 * i64::from(record.resolution.unwrap_or(RESOLUTION)))
        }));
        held
    }
}

/// Records that hold until the next one, and at most for `longest`. Of several at one instant the one that proves most counts.
fn until_next<'a>(
    records: impl Iterator<Item = &'a UsageRecord>,
    longest: impl Fn(&UsageRecord) -> Option<i64>,
) -> Vec<(Span, Says)> {
    let mut by_start: BTreeMap<i64, &UsageRecord> = BTreeMap::new();
    for record in records {
        by_start
            .entry(record.start)
            .and_modify(|known| {
                let proves = |record: &UsageRecord| (Says::of(record), longest(record));
                if proves(record) > proves(known) {
                    *known = record;
                }
            })
            .or_insert(record);
    }
    let next = by_start.keys().skip(1).copied().map(Some).chain([None]);
    let until = by_start.values().zip(next).filter_map(|(record, next)| {
        let last = longest(record).map(|seconds| record.start.saturating_add(seconds));
        let end = next.into_iter().chain(last).min().unwrap_or(INSTANTS.end() + 1);
        Some((Span::new(record.start, end)?, Says::of(record)))
    });
    until.collect()
}
