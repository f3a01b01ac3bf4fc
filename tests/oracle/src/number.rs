//! Rates and percentiles from whole numbers.

use serde_json::{Value, json};

/// A rate with 4 decimals, rounded half up; null when there is nothing to divide by.
pub fn rate(part: i64, whole: i64) -> Value {
    if whole == 0 {
        return Value::Null;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let ten_thousandths = (part * 20_000 + whole).div_euclid(2 * whole);
    json!(ten_thousandths as f64 / 10_000.0)
}

/// The percentile by nearest rank: of n sorted values the one at ceil(n·p / 100).
pub fn percentile(values: &[i64], p: usize) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * p).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}
