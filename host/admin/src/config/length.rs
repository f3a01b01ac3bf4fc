//! A length of time in the words of a problem.

use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

/// Whole days as days, however many: `3660days`, and not years of 365 days and a quarter. Anything else as `1h 30m`.
pub(super) fn in_words(length: Duration) -> String {
    match length.as_secs() / DAY {
        days if days > 1 && length == Duration::from_secs(days.saturating_mul(DAY)) => format!("{days}days"),
        _ => humantime::format_duration(length).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_days_are_days() {
        for (seconds, words) in [
            (0, "0s"),
            (DAY, "1day"),
            (30 * DAY, "30days"),
            (3_660 * DAY, "3660days"),
            (5_400, "1h 30m"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
