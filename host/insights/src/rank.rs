//! Percentiles and rates by whole numbers (contract, section 5).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// A rate, in ten-thousandths: 4 decimals, rounded half up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(i64);

impl Rate {
    /// `part` / `whole`; none if the whole is 0. Neither is negative.
    pub fn of(part: i64, whole: i64) -> Option<Self> {
        if whole <= 0 {
            return None;
        }
        let (part, whole) = (i128::from(part), i128::from(whole));
        let rounded = (2 * 10_000 * part + whole) / (2 * whole);
        i64::try_from(rounded).ok().map(Self)
    }

    /// Ten-thousandths.
    pub fn ten_thousandths(self) -> i64 {
        self.0
    }
}

impl Serialize for Rate {
    /// As a number such as 0.8125: the nearest one that a binary fraction can be, which is written with these decimals.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[allow(clippy::cast_precision_loss)]
        serializer.serialize_f64(self.0 as f64 / 10_000.0)
    }
}

/// The percentile by nearest rank: of n sorted values the one at ceil(n·p / 100). None of no values.
pub fn nearest_rank<T: Copy + Ord>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The same of values that each occur many times: value and number.
pub fn nearest_rank_of<T: Copy>(counted: &BTreeMap<T, i64>, percent: i64) -> Option<T> {
    let all: i64 = counted.values().sum();
    let rank = (all * percent + 99) / 100;
    let mut before = 0;
    let reaches = |(value, number): (&T, &i64)| {
        before += number;
        (before >= rank && rank > 0).then_some(*value)
    };
    counted.iter().find_map(reaches)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_rounded_half_up_to_four_decimals() {
        for (part, whole, written) in [
            (1, 3, "0.3333"),
            (2, 3, "0.6667"),
            (1, 20_000, "0.0001"),
            (1, 20_001, "0.0"),
            (3, 20_000, "0.0002"),
            (81, 100, "0.81"),
            (7, 7, "1.0"),
            (9, 8, "1.125"),
        ] {
            let rate = Rate::of(part, whole).unwrap();
            assert_eq!(serde_json::to_string(&rate).unwrap(), written, "{part}/{whole}");
        }
        assert_eq!(Rate::of(0, 0), None);
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        assert_eq!(nearest_rank(&[40, 10, 20, 30], 50), Some(20));
        assert_eq!(nearest_rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90), Some(10));
        assert_eq!(nearest_rank(&[7], 95), Some(7));
        assert_eq!(nearest_rank::<i64>(&[], 50), None);
    }

    proptest! {
        #[test]
        fn counted_values_have_the_percentile_of_all_of_them(values in prop::collection::vec(0i64..9, 0..50), percent in 1i64..=100) {
            let mut counted = BTreeMap::new();
            for value in &values {
                *counted.entry(*value).or_insert(0) += 1;
            }
            let all = nearest_rank(&values, usize::try_from(percent).unwrap());
            prop_assert_eq!(nearest_rank_of(&counted, percent), all);
        }
    }
}
