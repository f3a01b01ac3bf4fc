//! Occupied, vacant and unknown among some seconds, alike or not: single seconds one by one, partial buckets by what is certain of
//! as many of their seconds as are among them.

use std::collections::BTreeMap;

use crate::bucket::Partial;
use crate::evidence::State;
use crate::timeline::Second;

/// Some seconds of a room, being counted.
#[derive(Default)]
pub struct Tally {
    known: Known,
    partial: BTreeMap<u32, i64>,
}

/// What is certain of some seconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Known {
    /// Somebody was there.
    pub occupied: i64,
    /// Those of `occupied` at which only a call or presentation said so.
    pub unwitnessed: i64,
    /// Nobody was there.
    pub vacant: i64,
    /// Neither is certain.
    pub unknown: i64,
}

impl Tally {
    /// Adds one second.
    pub fn add(&mut self, second: &Second) {
        match (second.state, second.partial) {
            (State::Occupied, _) => {
                self.known.occupied += 1;
                self.known.unwitnessed += i64::from(!second.witnessed);
            }
            (State::Vacant, _) => self.known.vacant += 1,
            (State::Unknown, None) => self.known.unknown += 1,
            (State::Unknown, Some(bucket)) => *self.partial.entry(bucket).or_default() += 1,
        }
    }

    /// Whether any second is in a partial bucket.
    pub fn is_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    /// What is certain of the seconds added.
    pub fn known(&self, partials: &[Partial]) -> Known {
        let mut known = self.known;
        for (&bucket, &n) in &self.partial {
            let bucket = &partials[bucket as usize];
            let occupied = bucket.certainly_occupied(n);
            let vacant = bucket.certainly_vacant(n);
            known.occupied += occupied;
            known.vacant += vacant;
            known.unknown += n - occupied - vacant;
            if !bucket.proves_vacancy {
                known.unwitnessed += occupied;
            }
        }
        known
    }
}
