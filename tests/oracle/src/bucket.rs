//! What buckets prove of the seconds that exact evidence left unknown.

use crate::evidence::{Exact, State};
use crate::four::{Four, Name, seconds};
use crate::world::{Record, Says, Span};

/// A bucket that counts, and neither fills nor empties its seconds: of any of them only a number is certain.
#[derive(Clone, Debug)]
pub struct Partial {
    /// Whether it is of presence or in-use, which can prove vacancy.
    pub proves_vacancy: bool,
    /// Its seconds that exact evidence left unknown.
    pub unknown: i64,
    /// How many of these were occupied.
    pub occupied: i64,
}

impl Partial {
    /// How many of any `n` of its unknown seconds are occupied for certain.
    pub fn certainly_occupied(&self, n: i64) -> i64 {
        (self.occupied - (self.unknown - n)).max(0)
    }

    /// How many of any `n` of its unknown seconds are vacant for certain.
    pub fn certainly_vacant(&self, n: i64) -> i64 {
        if self.proves_vacancy {
            (n - self.occupied).max(0)
        } else {
            0
        }
    }
}

/// What the buckets of a room prove.
pub struct Proof {
    /// Second by second, what a bucket fills or empties.
    pub state: Vec<State>,
    /// Whether a bucket of a call or presentation did.
    pub by_call: Vec<bool>,
    /// Which of the partial buckets a second belongs to.
    pub partial: Vec<Option<u32>>,
    /// The partial buckets.
    pub partials: Vec<Partial>,
    /// Whether a second is one of a bucket of presence or in-use, counted or not.
    pub witnessed: Vec<bool>,
}

/// A bucket beside the four that it is of.
pub struct Bucket<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Seconds of use.
    pub value: i64,
    /// Its four.
    pub name: Name<'a>,
    /// What that four says.
    pub four: &'a Four,
}

impl<'a> Bucket<'a> {
    /// Of a record that is a bucket; of people counts it proves nothing.
    pub fn new(record: &'a Record, name: Name<'a>, four: &'a Four) -> Option<Bucket<'a>> {
        match &record.says {
            Says::Usage {
                form, value, kind, ..
            } if form == "bucket" && kind != "people-count" => Some(Bucket {
                record,
                value: *value,
                name,
                four,
            }),
            _ => None,
        }
    }

    fn span(&self) -> Span {
        (self.record.start, self.record.end.expect("an end"))
    }

    fn proves_vacancy(&self) -> bool {
        matches!(self.four.kind.as_str(), "presence" | "in-use")
    }

    /// Shorter first, the higher value first, presence and in-use first, then by start, source, space, device, kind and key.
    fn rank(&self) -> impl Ord {
        let (source, space, device, kind) = self.name;
        let (start, end) = self.span();
        let class = !self.proves_vacancy();
        (
            end - start,
            -self.value,
            class,
            start,
            source,
            space,
            device,
            kind,
            self.record.key.as_str(),
        )
    }
}

/// What the buckets prove of the seconds of `span`, in which all of them lie.
pub fn prove(mut buckets: Vec<Bucket>, exact: &[Exact], span: Span) -> Proof {
    let mut proof = Proof {
        state: vec![State::Unknown; exact.len()],
        by_call: vec![false; exact.len()],
        partial: vec![None; exact.len()],
        partials: Vec::new(),
        witnessed: vec![false; exact.len()],
    };
    let mut taken = vec![false; exact.len()];
    buckets.sort_by(|one, other| one.rank().cmp(&other.rank()));
    for bucket in &buckets {
        let own: Vec<usize> = seconds(bucket.span(), span)
            .filter(|&t| bucket.four.live[t])
            .collect();
        if bucket.proves_vacancy() {
            for &t in &own {
                proof.witnessed[t] = true;
            }
        }
        let unknown: Vec<usize> = own
            .iter()
            .copied()
            .filter(|&t| exact[t].state == State::Unknown)
            .collect();
        let seen = own.iter().filter(|&&t| exact[t].state == State::Occupied).count() as i64;
        let l = unknown.len() as i64;
        let d = (bucket.value - seen).clamp(0, l);
        if l == 0 || unknown.iter().any(|&t| taken[t]) || (!bucket.proves_vacancy() && d == 0) {
            continue;
        }
        for &t in &unknown {
            taken[t] = true;
            if d == 0 {
                proof.state[t] = State::Vacant;
            } else if d == l {
                proof.state[t] = State::Occupied;
                proof.by_call[t] = !bucket.proves_vacancy();
            } else {
                proof.partial[t] = Some(proof.partials.len() as u32);
            }
        }
        if 0 < d && d < l {
            let proves_vacancy = bucket.proves_vacancy();
            proof.partials.push(Partial {
                proves_vacancy,
                unknown: l,
                occupied: d,
            });
        }
    }
    proof
}
