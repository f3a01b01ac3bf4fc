//! The window: the half-open span of time that is collected.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime};

use crate::instant::{INSTANTS, rfc3339};

/// A span of time `[start, end)` in UTC seconds that is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: i64,
    end: i64,
}

/// Why a window is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It would end at or before its start.
    #[error("the window is empty: it starts at {start} and ends at {end}; --to must be later than --from")]
    Empty {
        /// Its start, RFC 3339.
        start: String,
        /// Its end, RFC 3339.
        end: String,
    },
    /// The text is neither an instant nor a date.
    #[error(
        "{option} {value:?} is neither a date nor an RFC 3339 instant; write it like 2026-03-10 (its start in UTC), 2026-03-10T00:00:00Z or \
         2026-03-10T00:00:00+01:00"
    )]
    NotAnInstant {
        /// `--from` or `--to`.
        option: &'static str,
        /// What was given.
        value: String,
    },
}

impl Window {
    /// The window of all instants that can be written.
    pub const ALWAYS: Self = Self {
        start: *INSTANTS.start(),
        // Exclusive.
        end: *INSTANTS.end() + 1,
    };

    /// A window from two instants in UTC seconds; none if it would be empty.
    pub fn new(start: i64, end: i64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The start, UTC seconds.
    pub fn start(self) -> i64 {
        self.start
    }

    /// The end, exclusive, UTC seconds.
    pub fn end(self) -> i64 {
        self.end
    }

    /// Whether a meeting belongs to the window: it starts before the window's end and ends after the window's start, or it has no length
    /// and starts inside.
    pub fn overlaps(self, start: i64, end: i64) -> bool {
        start < self.end && (end > self.start || start >= self.start)
    }

    /// Replaces the start and end by `--from` and `--to`.
    ///
    /// # Errors
    /// One of them is invalid, or the window would be empty.
    pub fn replace(self, from: Option<&str>, to: Option<&str>) -> Result<Self, WindowError> {
        let start = from.map_or(Ok(self.start), |value| instant("--from", value))?;
        let end = to.map_or(Ok(self.end), |value| instant("--to", value))?;
        Self::new(start, end).ok_or_else(|| WindowError::Empty {
            start: rfc3339(start),
            end: rfc3339(end),
        })
    }
}

/// Reads an instant in RFC 3339, or a date, which means its start in UTC.
fn instant(option: &'static str, value: &str) -> Result<i64, WindowError> {
    let date = || {
        let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc().timestamp())
    };
    DateTime::parse_from_rfc3339(value)
        .ok()
        .map(|instant| instant.timestamp())
        .or_else(date)
        .filter(|instant| INSTANTS.contains(instant))
        .ok_or_else(|| WindowError::NotAnInstant {
            option,
            value: value.to_owned(),
        })
}

/// How far a source looks back and ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Before now.
    pub back: Duration,
    /// After now.
    pub ahead: Duration,
}

impl Default for Span {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            back: Duration::from_secs(DAY),
            ahead: Duration::from_secs(14 * DAY),
        }
    }
}

impl Span {
    /// The window around `now`, in UTC seconds. Never empty, whatever the span.
    pub fn around(self, now: i64) -> Window {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let start = now.saturating_sub(seconds(self.back));
        let end = now
            .saturating_add(seconds(self.ahead))
            .max(start.saturating_add(1));
        Window { start, end }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_meeting_that_touches_the_window_from_outside_is_not_in_it() {
        let window = Window::new(100, 200).unwrap();
        assert!(!window.overlaps(50, 100));
        assert!(!window.overlaps(200, 250));
        assert!(window.overlaps(50, 101));
        assert!(window.overlaps(199, 250));
        assert!(window.overlaps(0, 1_000));
    }

    #[test]
    fn a_meeting_without_length_is_in_the_window_that_it_starts_in() {
        let window = Window::new(100, 200).unwrap();
        assert!(window.overlaps(100, 100));
        assert!(!window.overlaps(200, 200));
        assert!(!window.overlaps(99, 99));
    }

    #[test]
    fn from_and_to_replace_the_sources_window_and_keep_their_offsets() {
        let window = Window::new(0, 10)
            .unwrap()
            .replace(Some("2026-03-10T01:00:00+01:00"), Some("2026-03-11T00:00:00Z"));
        assert_eq!(window, Ok(Window::new(1_773_100_800, 1_773_187_200).unwrap()));
    }

    #[test]
    fn a_date_is_its_begin_in_utc() {
        let window = Window::new(0, 10)
            .unwrap()
            .replace(Some("2026-03-10"), Some("2026-03-11"));
        assert_eq!(window, Ok(Window::new(1_773_100_800, 1_773_187_200).unwrap()));
        for no_date in [
            "2026-02-30",
            "2026-3",
            "10.03.2026",
            "2026-03-10 12:00",
            "99999-01-01",
        ] {
            assert!(Window::ALWAYS.replace(Some(no_date), None).is_err(), "{no_date}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_instant_is_said() {
        let window = Window::new(0, 10).unwrap();
        assert_eq!(
            window.replace(Some("yesterday"), None).unwrap_err().to_string(),
            "--from \"yesterday\" is neither a date nor an RFC 3339 instant; write it like 2026-03-10 (its start in UTC), \
             2026-03-10T00:00:00Z or 2026-03-10T00:00:00+01:00"
        );
        assert_eq!(
            window
                .replace(Some("2026-03-10T00:00:00Z"), Some("2026-03-09T00:00:00Z"))
                .unwrap_err()
                .to_string(),
            "the window is empty: it starts at 2026-03-10T00:00:00Z and ends at 2026-03-09T00:00:00Z; --to must be later than --from"
        );
    }

    proptest! {
        #[test]
        fn two_windows_side_by_side_share_no_meeting_without_length(at in 0i64..300) {
            let (first, second) = (Window::new(0, 150).unwrap(), Window::new(150, 300).unwrap());
            prop_assert_ne!(first.overlaps(at, at), second.overlaps(at, at));
        }

        #[test]
        fn a_window_around_any_now_is_never_empty(now: i64, back: u64, ahead: u64) {
            let span = Span { back: Duration::from_secs(back), ahead: Duration::from_secs(ahead) };
            let window = span.around(now.clamp(i64::MIN / 2, i64::MAX / 2));
            prop_assert!(window.start() < window.end());
        }

        #[test]
        fn any_instant_can_be_written(seconds: i64) {
            prop_assert!(DateTime::parse_from_rfc3339(&rfc3339(seconds)).is_ok());
        }
    }
}
