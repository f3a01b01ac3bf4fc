//! DATE and DATE-TIME values, and durations (RFC 5545, sections 3.3.4 to 3.3.6).

use crate::zone::Zone;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};

/// A value as it is written, before anything is known about its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// `20260310`
    Day(NaiveDate),
    /// `20260310T090000`
    Local(NaiveDateTime),
    /// `20260310T090000Z`
    Utc(NaiveDateTime),
}

/// Reads a value. None when it is not exactly of one of the three forms: a half-read date is a wrong one.
pub(crate) fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    // chrono would also take signs, and years of any length.
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (date, time) = match text.split_once(['T', 't']) {
        None => (text, None),
        Some((date, time)) => (date, Some(time)),
    };
    if date.len() != 8 || !is_digits(date) {
        return None;
    }
    let day = NaiveDate::parse_from_str(date, "%Y%m%d").ok()?;
    let Some(time) = time else {
        return Some(Written::Day(day));
    };
    let (time, utc) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, true),
        None => (time, false),
    };
    if time.len() != 6 || !is_digits(time) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u32>().ok();
    // A leap second (60) is the last of its minute, as the section on TIME allows.
    let at = day.and_hms_opt(number(0..2)?, number(2..4)?, number(4..6)?.min(59))?;
    Some(if utc { Written::Utc(at) } else { Written::Local(at) })
}

/// A day or a point of time in its zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// What the clocks of the zone show; midnight when it is a day.
    pub(crate) local: NaiveDateTime,
    /// Whether it is a DATE.
    pub(crate) is_day: bool,
    pub(crate) zone: Zone,
}

impl Moment {
    /// The instant, in seconds.
    pub(crate) fn instant(&self) -> i64 {
        self.zone.instant(self.local)
    }
}

/// Reads a DURATION: the days and weeks, which are of the calendar, and the seconds, which pass (RFC 5545, section 3.3.6).
/// None for what is none, for negative ones, and for more than a century.
pub(crate) fn duration(text: &str) -> Option<(TimeDelta, i64)> {
    const CENTURY: i64 = 36_525 * 86_400;
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (days, seconds) = match iso8601::parsers::parse_duration(text.as_bytes()) {
        Ok((b"", iso8601::Duration::Weeks(weeks))) => (i64::from(weeks) * 7, 0),
        Ok((
            b"",
            iso8601::Duration::YMDHMS {
                year: 0,
                month: 0,
                day,
                hour,
                minute,
                second,
                millisecond: 0,
            },
        )) => {
            let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
            (i64::from(day), seconds)
        }
        _ => return None,
    };
    (days * 86_400 + seconds <= CENTURY).then(|| (TimeDelta::days(days), seconds))
}

/// An instant as ids write it.
pub(crate) fn written(instant: i64) -> String {
    match DateTime::from_timestamp(instant, 0) {
        Some(at) => at.format("%Y%m%dT%H%M%SZ").to_string(),
        None => instant.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Written, duration, read};
    use chrono::{NaiveDate, TimeDelta};

    #[test]
    fn the_three_forms_are_read() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
        let at = day.and_hms_opt(9, 30, 0).unwrap();
        assert_eq!(read("20260310"), Some(Written::Day(day)));
        assert_eq!(read("20260310T093000"), Some(Written::Local(at)));
        assert_eq!(read("20260310T093000Z"), Some(Written::Utc(at)));
    }

    #[test]
    fn what_is_nearly_a_date_is_none() {
        for text in [
            "",
            "2026031",
            "202603100",
            "2026-03-10",
            "20260310T0930",
            "20260310T093000+0100",
            "20260310T",
            "20260230",
            "20261310",
            "20260310T250000",
            "+2026031",
            "20260310 093000",
            "20260310T0930000",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn durations_keep_days_apart_from_seconds() {
        assert_eq!(duration("PT1H30M"), Some((TimeDelta::zero(), 5400)));
        assert_eq!(duration("P1W"), Some((TimeDelta::days(7), 0)));
        assert_eq!(duration("+P1DT2H"), Some((TimeDelta::days(1), 7200)));
        for text in [
            "",
            "-PT1H",
            "P1Y",
            "P1M",
            "PT1H30",
            "1H",
            "P99999999999D",
            "P4000000000D",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
