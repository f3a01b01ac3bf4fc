//! A day in UTC.

use chrono::NaiveDate;
use collector_model::instant::{INSTANTS, rfc3339};
use collector_model::window::Window;

const SECONDS: i64 = 24 * 60 * 60;
const FORM: &str = "%Y-%m-%d";

/// A day in UTC, of the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of an instant in UTC seconds.
    pub fn of(instant: i64) -> Self {
        Self(
            instant
                .clamp(*INSTANTS.start(), *INSTANTS.end())
                .div_euclid(SECONDS),
        )
    }

    /// Its number, counted from 1970-01-01.
    pub(super) fn number(self) -> i64 {
        self.0
    }

    /// The day with a number.
    pub(super) fn of_number(number: i64) -> Self {
        Self::of(number.saturating_mul(SECONDS))
    }

    /// Its first instant, UTC seconds.
    pub fn start(self) -> i64 {
        self.0 * SECONDS
    }

    /// The time from its begin on.
    pub fn onward(self) -> Window {
        Window::new(self.start(), Window::ALWAYS.end()).unwrap_or(Window::ALWAYS)
    }

    /// From the begin of this day to the end of another, or of this one if that is earlier.
    pub fn until(self, last: Self) -> Window {
        Window::new(self.start(), last.max(self).start() + SECONDS).unwrap_or(Window::ALWAYS)
    }

    /// As `2026-03-10`.
    pub fn date(self) -> String {
        rfc3339(self.start())
            .chars()
            .take_while(|character| *character != 'T')
            .collect()
    }

    /// The day of a date that is written as [`Self::date`] writes it.
    pub fn from_date(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, FORM).ok()?;
        let day = Self::of(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp());
        (day.date() == text).then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let day = Day::from_date("2026-03-10").unwrap();
        assert_eq!(day.start(), 1_773_100_800);
        assert_eq!((Day::of(1_773_100_800), Day::of(1_773_187_199)), (day, day));
        assert_eq!(Day::of(1_773_187_200).date(), "2026-03-11");
        assert_eq!(Day::of(1_773_100_799).date(), "2026-03-09");
        assert_eq!(Day::of(-1).date(), "1969-12-31");
        let window = day.until(Day::of(1_773_187_200));
        assert_eq!((window.start(), window.end()), (1_773_100_800, 1_773_273_600));
    }

    #[test]
    fn every_day_is_read_as_it_is_written_and_nothing_else_is() {
        for day in [Day::of(i64::MIN), Day::of(-1), Day::of(0), Day::of(i64::MAX)] {
            assert_eq!(Day::from_date(&day.date()), Some(day), "{}", day.date());
        }
        for text in [
            "",
            "2026-3-10",
            "2026-02-30",
            " 2026-03-10",
            "2026-03-10T00:00:00Z",
            "+2026-03-10",
            "..",
        ] {
            assert_eq!(Day::from_date(text), None, "{text}");
        }
    }
}
