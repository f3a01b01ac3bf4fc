//! What buckets prove about the seconds that exact evidence left unknown (contract, section 3.3).

use std::collections::BTreeMap;

use collector_model::usage::Kind;

use crate::exact::Exact;
use crate::spans::Spans;
use crate::statement::Bucket;
use crate::witness::Class;

/// What a bucket that counts proves.
#[derive(Debug)]
pub(crate) struct Proof<'a> {
    pub(crate) source: &'a str,
    pub(crate) kind: Kind,
    /// L: the seconds of the bucket that exact evidence left unknown.
    pub(crate) left: Spans,
    /// d: how many of these are occupied.
    pub(crate) occupied: i64,
}

/// A bucket that proves something about some of its seconds, and nobody knows which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partial {
    /// L: the seconds of the bucket that exact evidence left unknown.
    pub(crate) left: Spans,
    /// l: how many these are.
    pub(crate) length: i64,
    /// d: how many of these are occupied; more than none and fewer than all.
    pub(crate) occupied: i64,
    /// Whether it is of presence or in-use, and so proves the others vacant.
    pub(crate) proves_vacant: bool,
}

impl Partial {
    /// How many of any `n` seconds of L are certainly occupied, and how many certainly vacant.
    pub(crate) fn certain(&self, n: i64) -> (i64, i64) {
        let occupied = (self.occupied - (self.length - n)).max(0);
        let vacant = if self.proves_vacant {
            (n - self.occupied).max(0)
        } else {
            0
        };
        (occupied, vacant)
    }
}

/// What the buckets of a room prove: of those whose seconds overlap, the first in the contract's order.
pub(crate) fn prove<'a>(mut buckets: Vec<Bucket<'a>>, exact: &Exact) -> Vec<Proof<'a>> {
    buckets.sort_by(|one, other| rank(one).cmp(&rank(other)));
    // Begins and ends of the L of all buckets that counted; no two overlap.
    let mut taken: BTreeMap<i64, i64> = BTreeMap::new();
    let mut proofs = Vec::new();
    for bucket in buckets {
        let left = bucket.seconds.minus(&exact.occupied).minus(&exact.vacant);
        let known = bucket.seconds.shared(&exact.occupied);
        let occupied = (bucket.value - known).clamp(0, left.seconds());
        let overlaps = left.iter().any(|span| {
            let before = taken.range(..span.end()).next_back();
            before.is_some_and(|(_, end)| *end > span.start())
        });
        let proves_vacant = Class::of(bucket.four.kind).proves_vacant();
        if left.is_empty() || overlaps || (!proves_vacant && occupied == 0) {
            continue;
        }
        taken.extend(left.iter().map(|span| (span.start(), span.end())));
        proofs.push(Proof {
            source: &bucket.four.source,
            kind: bucket.four.kind,
            left,
            occupied,
        });
    }
    proofs
}

/// Shorter before longer, of equal length the higher value first, then presence and in-use before call and presentation, then by start,
/// source, space, device (null first), kind (by its word) and key.
fn rank<'a>(bucket: &'a Bucket<'_>) -> impl Ord + use<'a> {
    let record = bucket.record;
    let four = bucket.four;
    (
        record.end.unwrap_or(record.start) - record.start,
        -bucket.value,
        Class::of(four.kind),
        record.start,
        (&four.source, &four.space, &four.device),
        four.kind.as_str(),
        &record.origin.key,
    )
}
