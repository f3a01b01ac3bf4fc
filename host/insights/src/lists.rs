//! Values of which a report shows percentiles, and so has to have all of them: parties, and how long before their start bookings are made.
//! There may be many millions.

use std::collections::BTreeMap;

use crate::rank::nearest_rank_of;

/// Values below this are counted one by one; hardly any party is larger.
const SMALL: usize = 256;
/// From so many values on they are looked for by their upper halves first.
const MANY: usize = 1 << 16;

/// How often each value occurs: for values of which few differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    small: Vec<i64>,
    large: BTreeMap<u32, i64>,
}

impl Counted {
    /// No values.
    pub(crate) const EMPTY: Self = Self {
        small: Vec::new(),
        large: BTreeMap::new(),
    };

    /// Adds a value.
    pub(crate) fn add(&mut self, value: u32) {
        match self.small.get_mut(value as usize) {
            Some(number) => *number += 1,
            None if (value as usize) < SMALL => {
                self.small.resize(value as usize + 1, 0);
                self.add(value);
            }
            None => *self.large.entry(value).or_insert(0) += 1,
        }
    }

    /// Adds other values.
    pub(crate) fn add_all(&mut self, other: Self) {
        let longer = self.small.len().max(other.small.len());
        self.small.resize(longer, 0);
        for (own, more) in self.small.iter_mut().zip(other.small) {
            *own += more;
        }
        for (value, number) in other.large {
            *self.large.entry(value).or_insert(0) += number;
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> i64 {
        self.small.iter().chain(self.large.values()).sum()
    }

    /// The percentile by nearest rank; none of no values.
    pub(crate) fn percentile(&self, percent: i64) -> Option<u32> {
        let small = (0..).zip(self.small.iter().copied());
        let all = small.chain(self.large.iter().map(|(value, number)| (*value, *number)));
        nearest_rank_of(&all.collect(), percent)
    }
}

/// Seconds: values of which most differ. They are kept in as many pieces as they come in, because one list would be copied while it grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seconds {
    pieces: Vec<Vec<u32>>,
    /// Those that need more than 32 bits: more than 136 years. They are larger than all others.
    large: Vec<i64>,
}

impl Seconds {
    /// No values.
    pub(crate) const EMPTY: Self = Self {
        pieces: Vec::new(),
        large: Vec::new(),
    };

    /// Adds values, none of them negative.
    pub(crate) fn extend(&mut self, values: impl IntoIterator<Item = i64>) {
        let mut piece = Vec::new();
        for value in values {
            match u32::try_from(value) {
                Ok(small) => piece.push(small),
                Err(_) => self.large.push(value),
            }
        }
        self.push(piece);
    }

    /// Adds other values.
    pub(crate) fn add_all(&mut self, other: Self) {
        other.pieces.into_iter().for_each(|piece| self.push(piece));
        self.large.extend(other.large);
    }

    fn push(&mut self, piece: Vec<u32>) {
        // Many short lists would take more room than their values.
        match self.pieces.last_mut() {
            Some(last) if last.len() + piece.len() <= last.capacity().max(64) => last.extend(piece),
            _ if piece.is_empty() => {}
            _ => self.pieces.push(piece),
        }
    }

    /// The median by nearest rank; none of no values.
    pub(crate) fn median(&self) -> Option<i64> {
        let small: usize = self.pieces.iter().map(Vec::len).sum();
        let rank = (small + self.large.len()).div_ceil(2);
        if rank > small {
            let mut large = self.large.clone();
            large.sort_unstable();
            return large.get(rank - small - 1).copied();
        }
        self.small_at(small, rank.checked_sub(1)?).map(i64::from)
    }

    /// The small value that has so many before it.
    fn small_at(&self, all: usize, before: usize) -> Option<u32> {
        let values = || self.pieces.iter().flatten().copied();
        if all < MANY {
            return at(values().collect(), before);
        }
        let mut halves = vec![0_usize; 1 << 16];
        for value in values() {
            if let Some(number) = halves.get_mut((value >> 16) as usize) {
                *number += 1;
            }
        }
        let mut passed = 0;
        let upper = halves.iter().position(|number| {
            passed += number;
            passed > before
        })?;
        let within = before + halves.get(upper)? - passed;
        at(
            values().filter(|value| (value >> 16) as usize == upper).collect(),
            within,
        )
    }
}

fn at(mut values: Vec<u32>, before: usize) -> Option<u32> {
    (before < values.len()).then(|| *values.select_nth_unstable(before).1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rank::nearest_rank;

    fn value() -> impl Strategy<Value = u32> {
        prop_oneof![8 => 0..20_u32, 1 => 200..300_u32, 1 => any::<u32>()]
    }

    proptest! {
        #[test]
        fn counted_values_have_the_percentiles_of_all_of_them(
            pieces in prop::collection::vec(prop::collection::vec(value(), 0..9), 0..9), percent in 1..=100_i64,
        ) {
            let mut counted = Counted::default();
            for piece in &pieces {
                let mut own = Counted::default();
                piece.iter().for_each(|value| own.add(*value));
                counted.add_all(own);
            }
            let all: Vec<u32> = pieces.concat();
            prop_assert_eq!(counted.len(), i64::try_from(all.len()).unwrap());
            prop_assert_eq!(counted.percentile(percent), nearest_rank(&all, usize::try_from(percent).unwrap()));
        }

        #[test]
        fn seconds_have_the_median_of_all_of_them(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![4 => 0..5_000_000_i64, 1 => any::<u32>().prop_map(|far| i64::from(far) * 3)], 0..9), 0..9),
            copies in prop_oneof![8 => Just(1), 1 => Just(20_000)],
        ) {
            let mut seconds = Seconds::default();
            let mut all = Vec::new();
            for piece in &pieces {
                let own = || std::iter::repeat_n(piece.iter().copied(), copies).flatten();
                seconds.extend(own());
                all.extend(own());
            }
            prop_assert_eq!(seconds.median(), nearest_rank(&all, 50));
        }
    }
}
