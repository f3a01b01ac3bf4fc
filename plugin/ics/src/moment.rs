//! DATE and DATE-TIME values, and durations (RFC 5545, sections 3.3.4 to 3.3.6).

use crate::zone::Zone;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

/// A value as written, before its zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// `20260310`
    Day(NaiveDate),
    /// `20260310T090000`
    Local(NaiveDateTime),
    /// `20260310T090000Z`
    Utc(NaiveDateTime),
}

/// Reads a value. None unless it has exactly one of the three forms: a date that is half read is wrong.
pub(crate) fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    // chrono would also accept signs, and years of any length.
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
    /// The local time in the zone; midnight for a day.
    pub(crate) local: NaiveDateTime,
    /// Whether it is a DATE.
    pub(crate) is_day: bool,
    pub(crate) zone: Zone,
    /// Whether it was written without a zone, and takes that of its event or of the feed.
    pub(crate) floating: bool,
}

/// The day that an instant denotes, for an event that takes whole days in this zone. The instant is the midnight that begins the day in this
/// zone, or in the writer's zone; in the latter case the nearest midnight in UTC is of the same day. The last second of a day denotes it, too.
pub(crate) fn named_day(at: NaiveDateTime, zone: &Zone) -> Option<NaiveDate> {
    let instant = at.and_utc().timestamp();
    let here = zone.local(instant)?;
    if here.time() == NaiveTime::MIN {
        return Some(here.date());
    }
    if at.second() == 59 {
        let next = at.checked_add_signed(TimeDelta::seconds(1))?;
        return named_day(next, zone)?.pred_opt();
    }
    // All zones are whole quarters of an hour from UTC.
    if at.second() == 0 && at.minute().is_multiple_of(15) {
        return Some(at.checked_add_signed(TimeDelta::hours(12))?.date());
    }
    Some(here.date())
}

impl Moment {
    /// The day that it denotes, for an event that takes whole days in this zone.
    pub(crate) fn day(&self, zone: &Zone) -> NaiveDate {
        if self.zone == Zone::UTC && !self.is_day && !self.floating {
            return named_day(self.local, zone).unwrap_or(self.local.date());
        }
        // The local time in its own zone is what the writer meant.
        self.local.date()
    }

    /// The end in the form of the start: a day or a time. None if the start is a day and the end is a time other than midnight.
    pub(crate) fn of_the_kind_of(self, start: &Self) -> Option<Self> {
        if self.is_day == start.is_day {
            return Some(self);
        }
        let zone = start.zone.clone();
        if start.is_day {
            let is_midnight =
                self.local.time() == NaiveTime::MIN || (self.zone == Zone::UTC && !self.floating);
            let local = self.day(&zone).and_time(NaiveTime::MIN);
            return is_midnight.then_some(Self {
                local,
                is_day: true,
                zone,
                floating: true,
            });
        }
        // A day ends where the next begins; an end equal to the start means that day.
        let day = self.local.date().max(start.local.date());
        let begins = day.and_time(NaiveTime::MIN);
        let local = if begins > start.local {
            begins
        } else {
            day.succ_opt()?.and_time(NaiveTime::MIN)
        };
        Some(Self {
            local,
            is_day: false,
            zone,
            floating: true,
        })
    }

    /// The instant, in seconds.
    pub(crate) fn instant(&self) -> i64 {
        self.zone.instant(self.local)
    }
}

/// Reads a DURATION: its days and weeks, which count by the calendar, and its seconds, which count as elapsed time (RFC 5545, section 3.3.6).
/// None if it is invalid, negative, or longer than a century.
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

/// An instant, as written in ids.
pub(crate) fn written(instant: i64) -> String {
    match DateTime::from_timestamp(instant, 0) {
        Some(at) => at.format("%Y%m%dT%H%M%SZ").to_string(),
        None => instant.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Written, duration, named_day, read};
    use crate::zone::{Zone, named};
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
    fn a_midnight_names_a_day_in_the_zone_of_the_event_or_the_nearest_in_utc() {
        for (at, zone, day) in [
            // 11 March begins, in the zone itself,
            ("20260310T230000Z", "Europe/Berlin", "2026-03-11"),
            ("20260311T040000Z", "America/New_York", "2026-03-11"),
            ("20260310T110000Z", "Pacific/Auckland", "2026-03-11"),
            // and elsewhere.
            ("20260311T000000Z", "America/New_York", "2026-03-11"),
            ("20260311T000000Z", "Asia/Tokyo", "2026-03-11"),
            ("20260310T230000Z", "America/New_York", "2026-03-11"),
            ("20260311T080000Z", "Europe/Berlin", "2026-03-11"),
            ("20260310T150000Z", "Europe/Berlin", "2026-03-11"),
            ("20260310T183000Z", "Europe/Berlin", "2026-03-11"),
            // It ends.
            ("20260311T235959Z", "Europe/Berlin", "2026-03-11"),
            ("20260311T225959Z", "Europe/Berlin", "2026-03-11"),
            ("20260312T035959Z", "America/New_York", "2026-03-11"),
            // Some time of it.
            ("20260311T091700Z", "Europe/Berlin", "2026-03-11"),
        ] {
            let Some(Written::Utc(utc)) = read(at) else {
                panic!("{at}")
            };
            let zone = Zone::Named(named(zone).unwrap());
            assert_eq!(named_day(utc, &zone).unwrap().to_string(), day, "{at} {zone:?}");
        }
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
