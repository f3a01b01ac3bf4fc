//! The same rules read word by word, one second after the other.

use std::collections::BTreeSet;

use collector_model::usage::{Form, UsageRecord, Value};

use super::*;
use crate::evidence::Seen;

struct Second {
    occupied: bool,
    vacant: bool,
    witnessed: bool,
    count: Option<u32>,
    call: bool,
}

struct Counted {
    left: BTreeSet<i64>,
    occupied: i64,
    proves_vacant: bool,
}

pub(super) struct Naive {
    seconds: Vec<Second>,
    buckets: Vec<Counted>,
    in_buckets: BTreeSet<i64>,
}

fn four(record: &UsageRecord) -> (&Option<String>, Kind) {
    (&record.origin.device, record.kind)
}

fn amount(record: &UsageRecord) -> u32 {
    match record.value {
        Value::Is(value) => u32::from(value),
        Value::Number(number) => number,
    }
}

/// Whether a four is covered, observed and blind at a second.
fn coverage_at(records: &[Record], device: &Option<String>, kind: Kind, at: i64) -> (bool, bool, bool) {
    let (mut covered, mut observed, mut blind) = (false, false, false);
    for record in records {
        let Record::Coverage(record) = record else {
            continue;
        };
        if record.origin.withdrawn || record.origin.device != *device || !record.kinds.contains(&kind) {
            continue;
        }
        let is_here = record.start <= at && at < record.end;
        match record.state {
            Observed => {
                covered = true;
                observed |= is_here;
            }
            Blind => blind |= is_here,
        }
    }
    (covered, observed, blind)
}

fn is_able((covered, observed, blind): (bool, bool, bool)) -> bool {
    (!covered || observed) && !blind
}

/// Whether a record holds at a second, without regard to coverage but for how long.
fn holds(all: &[&UsageRecord], record: &UsageRecord, covered: bool, at: i64, now: i64) -> bool {
    let later: Vec<i64> = all
        .iter()
        .filter(|other| {
            four(other) == four(record) && other.form == record.form && other.start > record.start
        })
        .map(|other| other.start)
        .collect();
    let longest_of_instant = all
        .iter()
        .filter(|other| {
            four(other) == four(record) && other.form == record.form && other.start == record.start
        })
        .map(|other| (amount(other), other.resolution.unwrap_or(300)))
        .max();
    let is_next = later.iter().min().is_none_or(|next| at < *next);
    let is_best = longest_of_instant == Some((amount(record), record.resolution.unwrap_or(300)));
    match record.form {
        Form::Interval => {
            let end = record.end.unwrap_or(if covered {
                now
            } else {
                now.min(record.start + 86_400)
            });
            record.start <= at && at < end
        }
        Form::Change => {
            is_next
                && amount_is_best(all, record)
                && record.start <= at
                && (covered || at < record.start + 3_900)
        }
        Form::Sample => {
            let good = 2 * i64::from(record.resolution.unwrap_or(300));
            is_next && is_best && record.start <= at && at < record.start + good
        }
        Form::Bucket => false,
    }
}

fn amount_is_best(all: &[&UsageRecord], record: &UsageRecord) -> bool {
    all.iter()
        .filter(|other| {
            four(other) == four(record) && other.form == record.form && other.start == record.start
        })
        .all(|other| amount(other) <= amount(record))
}

impl Naive {
    pub(super) fn of(records: &[Record], now: i64, last: i64) -> Self {
        let all: Vec<&UsageRecord> = records
            .iter()
            .filter_map(|record| match record {
                Record::Usage(usage) if !usage.origin.withdrawn => Some(usage),
                _ => None,
            })
            .collect();
        let mut seconds: Vec<Second> = Vec::new();
        for at in 0..last {
            let mut second = Second {
                occupied: false,
                vacant: false,
                witnessed: false,
                count: None,
                call: false,
            };
            for device in [None, Some("x".to_owned())] {
                for kind in Kind::ALL.iter().copied() {
                    let here = coverage_at(records, &device, kind, at);
                    if !is_able(here) {
                        continue;
                    }
                    let witness = !matches!(kind, Call | Presentation);
                    let own: Vec<_> = all
                        .iter()
                        .filter(|record| four(record) == (&device, kind))
                        .collect();
                    let said: Vec<u32> = own
                        .iter()
                        .filter(|record| holds(&all, record, here.0, at, now))
                        .map(|record| amount(record))
                        .collect();
                    let spanned = own.iter().any(|record| {
                        record.form == Form::Bucket && record.start <= at && at < record.end.unwrap()
                    });
                    second.occupied |= said.iter().any(|amount| *amount > 0);
                    second.call |= kind == Call && said.iter().any(|amount| *amount > 0);
                    second.witnessed |= witness && !said.is_empty();
                    second.vacant |= witness && said.contains(&0);
                    if kind == PeopleCount {
                        second.count = second.count.max(said.iter().max().copied());
                    }
                    if witness && here.0 && said.is_empty() && !spanned {
                        second.vacant = true;
                        second.witnessed = true;
                    }
                }
            }
            second.vacant &= !second.occupied;
            seconds.push(second);
        }
        let mut naive = Self {
            seconds,
            buckets: Vec::new(),
            in_buckets: BTreeSet::new(),
        };
        naive.count_buckets(records, &all);
        naive
    }

    fn count_buckets(&mut self, records: &[Record], all: &[&UsageRecord]) {
        let mut buckets: Vec<&&UsageRecord> = all
            .iter()
            .filter(|record| record.form == Form::Bucket && record.kind != PeopleCount)
            .collect();
        buckets.sort_by_key(|record| {
            (
                record.end.unwrap() - record.start,
                std::cmp::Reverse(amount(record)),
                matches!(record.kind, Call | Presentation),
                record.start,
                record.origin.device.clone(),
                record.kind.as_str(),
                record.origin.key.clone(),
            )
        });
        for record in buckets {
            let seconds: Vec<i64> = (record.start..record.end.unwrap())
                .filter(|at| is_able(coverage_at(records, &record.origin.device, record.kind, *at)))
                .collect();
            let proves_vacant = !matches!(record.kind, Call | Presentation);
            if proves_vacant {
                self.in_buckets.extend(&seconds);
            }
            let at = |at: &i64| &self.seconds[usize::try_from(*at).unwrap()];
            let left: BTreeSet<i64> = seconds
                .iter()
                .filter(|second| !at(second).occupied && !at(second).vacant)
                .copied()
                .collect();
            let found = seconds.iter().filter(|second| at(second).occupied).count();
            let length = i64::try_from(left.len()).unwrap();
            let occupied = (i64::from(amount(record)) - i64::try_from(found).unwrap()).clamp(0, length);
            let overlaps = self.buckets.iter().any(|other| !other.left.is_disjoint(&left));
            if length > 0 && !overlaps && (proves_vacant || occupied > 0) {
                self.buckets.push(Counted {
                    left,
                    occupied,
                    proves_vacant,
                });
            }
        }
    }

    fn second(&self, at: i64) -> &Second {
        &self.seconds[usize::try_from(at).unwrap()]
    }

    /// Whether a second is occupied, and whether it is vacant.
    pub(super) fn state(&self, at: i64) -> (bool, bool) {
        if let Some(bucket) = self.buckets.iter().find(|bucket| bucket.left.contains(&at)) {
            let length = i64::try_from(bucket.left.len()).unwrap();
            return (bucket.occupied == length, bucket.occupied == 0);
        }
        (self.second(at).occupied, self.second(at).vacant)
    }

    pub(super) fn is_conflict(&self, at: i64) -> bool {
        self.second(at).count == Some(0) && self.second(at).call
    }

    pub(super) fn people(&self, at: i64) -> Option<u32> {
        self.second(at).count.filter(|count| *count > 0)
    }

    pub(super) fn seen(&self, from: i64, to: i64) -> Seen {
        let mut seen = Seen::default();
        for at in from..to {
            let second = self.second(at);
            seen.occupied += i64::from(second.occupied);
            seen.vacant += i64::from(second.vacant);
            let is_witnessed = second.witnessed || self.in_buckets.contains(&at);
            seen.unwitnessed += i64::from(second.occupied && !is_witnessed);
        }
        for bucket in &self.buckets {
            let inside = bucket.left.iter().filter(|at| (from..to).contains(at)).count();
            let (n, l) = (
                i64::try_from(inside).unwrap(),
                i64::try_from(bucket.left.len()).unwrap(),
            );
            let occupied = (bucket.occupied - (l - n)).max(0);
            seen.occupied += occupied;
            if bucket.proves_vacant {
                seen.vacant += (n - bucket.occupied).max(0);
            } else {
                seen.unwitnessed += occupied;
            }
        }
        seen
    }
}
