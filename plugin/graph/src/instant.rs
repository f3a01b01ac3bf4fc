//! Graph's `dateTime` texts: `2016-12-09T20:30:00.0000000`, with any number of fraction digits or none, and, against
//! the documentation, sometimes a `Z` or an offset at the end.

/// A date and time of day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Seconds from 1970-01-01T00:00:00 of the same clock.
    pub seconds: i64,
    /// The year of the Gregorian calendar.
    pub year: i32,
    /// The seconds that the clock is ahead of UTC, if the text tells.
    pub offset: Option<i32>,
}

impl Local {
    /// Whether it means "never": Exchange writes the first or the last year of .NET.
    pub fn is_sentinel(self) -> bool {
        self.year <= 1 || self.year >= 9999
    }

    /// Whether it is the beginning of a day.
    pub fn is_midnight(self) -> bool {
        self.seconds.rem_euclid(86_400) == 0
    }
}

/// Reads a `dateTime`. A fraction of a second is cut off. None if it is invalid.
pub fn parse(text: &str) -> Option<Local> {
    let (fixed, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
    ] = *fixed
    else {
        return None;
    };
    let year = 100 * pair(y0, y1)? + pair(y2, y3)?;
    let (month, day) = (pair(m0, m1)?, pair(d0, d1)?);
    let (hour, minute, second) = (pair(h0, h1)?, pair(n0, n1)?, pair(s0, s1)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_from_epoch(year, month, day) * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
    Some(Local {
        seconds,
        year,
        offset: offset(after_fraction(rest)?)?,
    })
}

fn pair(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

fn after_fraction(rest: &[u8]) -> Option<&[u8]> {
    let [b'.', digits @ ..] = rest else {
        return Some(rest);
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { None } else { digits.get(count..) }
}

/// The offset at the end of a text; the inner none means that there is no offset.
fn offset(rest: &[u8]) -> Option<Option<i32>> {
    match *rest {
        [] => Some(None),
        [b'Z' | b'z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (pair(h0, h1)?, pair(m0, m1)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            Some(Some(if sign == b'-' { -seconds } else { seconds }))
        }
        _ => None,
    }
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. Counts years from March, so that the leap day is the last of its year.
fn days_from_epoch(year: i32, month: i32, day: i32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (century, of_century) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = of_century * 365 + of_century / 4 - of_century / 100 + day_of_year;
    i64::from(century * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<i64> {
        parse(text).map(|local| local.seconds)
    }

    #[test]
    fn fraction_digits_of_any_number_are_cut_off() {
        for text in [
            "2026-03-10T10:00:00",
            "2026-03-10T10:00:00.0",
            "2026-03-10T10:00:00.9999999",
        ] {
            assert_eq!(seconds(text), Some(1_773_136_800), "{text}");
        }
    }

    #[test]
    fn a_stray_z_and_an_offset_are_read() {
        assert_eq!(
            parse("2026-03-10T10:00:00.0000000").and_then(|local| local.offset),
            None
        );
        assert_eq!(
            parse("2026-03-10T10:00:00.0000000Z").and_then(|local| local.offset),
            Some(0)
        );
        assert_eq!(
            parse("2026-03-10T10:00:00+05:30").and_then(|local| local.offset),
            Some(19_800)
        );
        assert_eq!(
            parse("2026-03-10T10:00:00-08:00").and_then(|local| local.offset),
            Some(-28_800)
        );
    }

    #[test]
    fn the_first_and_the_last_year_are_sentinels() {
        assert!(parse("0001-01-01T00:00:00Z").is_some_and(Local::is_sentinel));
        assert!(parse("9999-12-31T23:59:59.9999999").is_some_and(Local::is_sentinel));
        assert!(!parse("2026-03-10T10:00:00").is_some_and(Local::is_sentinel));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-03-10",
            "2026-02-29T10:00:00",
            "2026-13-01T10:00:00",
            "2026-03-10T24:00:00",
            "2026-03-10T10:00:60",
            "2026-03-10T10:00:00.",
            "2026-03-10T10:00:00 UTC",
            "2026-03-10 10:00:00",
            "+026-03-10T10:00:00",
            "２026-03-10T10:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_chrono(at in -62_135_596_800_i64..253_402_300_800, digits in 0_usize..9) {
            let date = chrono::DateTime::from_timestamp(at, 0).unwrap();
            let fraction = if digits == 0 { String::new() } else { format!(".{}", "9".repeat(digits)) };
            let text = format!("{}{fraction}", date.format("%Y-%m-%dT%H:%M:%S"));
            prop_assert_eq!(seconds(&text), Some(at));
        }

        #[test]
        fn it_takes_only_what_chrono_takes(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]") {
            let chrono = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S").ok();
            let chrono = chrono.filter(|_| !text.ends_with(":60"));
            prop_assert_eq!(seconds(&text), chrono.map(|date| date.and_utc().timestamp()));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
