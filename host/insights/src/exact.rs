//! Exact evidence: what all statements about a room together say about each second (contract, sections 3.2, 3.6 and 3.7). One sweep over
//! the sorted begins and ends of statements, never second by second.

use std::collections::BTreeMap;

use collector_model::usage::Kind;

use crate::spans::{Span, Spans};
use crate::statement::{Says, Statement};
use crate::witness::Class;

/// What exact evidence says about a room.
#[derive(Debug, Default)]
pub(crate) struct Exact {
    pub(crate) occupied: Spans,
    pub(crate) vacant: Spans,
    /// Seconds at which something of class A or B said anything.
    pub(crate) witnessed: Spans,
    /// Seconds with a live count, sorted, without those of conflicts.
    pub(crate) people: Vec<(Span, u32)>,
    /// Seconds at which the highest live count is 0 while a call is going on.
    pub(crate) conflicts: Spans,
}

/// How many statements of each sort are live.
#[derive(Debug, Default)]
struct Live {
    occupied: u32,
    calls: u32,
    /// Those of class A or B that say the room is vacant.
    vacant: u32,
    /// Those of class A or B.
    witnesses: u32,
    counts: BTreeMap<u32, u32>,
}

impl Live {
    fn change(&mut self, statement: &Statement, is_begin: bool) {
        let step = |number: &mut u32, applies: bool| match (applies, is_begin) {
            (false, _) => {}
            (true, true) => *number = number.saturating_add(1),
            (true, false) => *number = number.saturating_sub(1),
        };
        let is_occupied = statement.says.is_occupied();
        let is_witness = Class::of(statement.kind).proves_vacant();
        step(&mut self.occupied, is_occupied);
        step(&mut self.calls, is_occupied && statement.kind == Kind::Call);
        step(&mut self.vacant, !is_occupied && is_witness);
        step(&mut self.witnesses, is_witness);
        if let Says::Count(people) = statement.says {
            let live = self.counts.entry(people).or_default();
            step(live, true);
            if *live == 0 {
                self.counts.remove(&people);
            }
        }
    }
}

impl Exact {
    /// The sum of all statements, in whichever order.
    pub(crate) fn of(statements: &[Statement]) -> Self {
        let mut changes: Vec<(i64, bool, &Statement)> = statements
            .iter()
            .flat_map(|statement| {
                let span = statement.span;
                [(span.start(), true, statement), (span.end(), false, statement)]
            })
            .collect();
        changes.sort_unstable_by_key(|(at, is_begin, _)| (*at, *is_begin));
        let mut live = Live::default();
        let (mut occupied, mut vacant) = (Vec::new(), Vec::new());
        let (mut witnessed, mut conflicts) = (Vec::new(), Vec::new());
        let mut people = Vec::new();
        let mut since = None;
        for (at, is_begin, statement) in changes {
            if let Some(span) = since.and_then(|since| Span::new(since, at)) {
                if live.occupied > 0 {
                    occupied.push(span);
                } else if live.vacant > 0 {
                    vacant.push(span);
                }
                if live.witnesses > 0 {
                    witnessed.push(span);
                }
                match live.counts.last_key_value() {
                    Some((0, _)) if live.calls > 0 => conflicts.push(span),
                    Some((count, _)) => add(&mut people, span, *count),
                    None => {}
                }
            }
            live.change(statement, is_begin);
            since = Some(at);
        }
        Self {
            occupied: occupied.into_iter().collect(),
            vacant: vacant.into_iter().collect(),
            witnessed: witnessed.into_iter().collect(),
            people,
            conflicts: conflicts.into_iter().collect(),
        }
    }
}

/// Adds a span after all others, to the last one if that has the same count.
fn add(people: &mut Vec<(Span, u32)>, span: Span, count: u32) {
    match people.last_mut() {
        Some((last, same)) if *same == count && last.end() == span.start() => *last = last.hull(span),
        _ => people.push((span, count)),
    }
}
