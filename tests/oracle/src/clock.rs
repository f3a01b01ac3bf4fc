//! Instants and the wall clock of a zone: dates as days since 1970-01-01, and what a room's clock shows at a second.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// What a room's clock shows at one second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wall {
    /// Days since 1970-01-01.
    pub date: i64,
    /// Seconds since its midnight as the clock shows them: 09:00 is 32,400 on every day.
    pub second: i64,
}

impl Wall {
    /// 0 to 23.
    pub fn hour(&self) -> i64 {
        self.second / 3600
    }

    /// The quarter of the hour, 0 to 3.
    pub fn quarter(&self) -> i64 {
        self.second % 3600 / 900
    }
}

/// What the clocks of a zone show at each second of `[start, end)`.
pub fn walls(zone: &TimeZone, start: i64, end: i64) -> Vec<Wall> {
    let mut offset = 0;
    let mut shown = Vec::new();
    for t in start..end {
        // No zone of today changes its clocks within a minute.
        if t == start || t % 60 == 0 {
            offset = offset_at(zone, t);
        }
        let local = t + offset;
        shown.push(Wall {
            date: local.div_euclid(86_400),
            second: local.rem_euclid(86_400),
        });
    }
    shown
}

/// What the clocks of a zone show at one second.
pub fn wall(zone: &TimeZone, t: i64) -> Wall {
    walls(zone, t, t + 1)[0]
}

/// The first second that shows `date` or a later one.
pub fn first_second(zone: &TimeZone, date: i64) -> i64 {
    let mut t = (date - 2) * 86_400;
    while wall(zone, t).date < date {
        t += 60;
    }
    t
}

fn offset_at(zone: &TimeZone, t: i64) -> i64 {
    let instant = Timestamp::from_second(t).expect("an instant");
    i64::from(zone.to_offset(instant).seconds())
}

/// `2026-03-10` as days since 1970-01-01.
pub fn day_of(date: &str) -> i64 {
    let date: Date = date.parse().expect("a date");
    let midnight = TimeZone::UTC
        .to_timestamp(date.to_datetime(Time::midnight()))
        .expect("a date");
    midnight.as_second() / 86_400
}

/// The date of a day since 1970-01-01.
pub fn date_of(day: i64) -> Date {
    Date::constant(1970, 1, 1)
        .checked_add(Span::new().days(day))
        .expect("a date")
}

/// `mon` to `sun`.
pub fn weekday_of(day: i64) -> &'static str {
    match date_of(day).weekday() {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

/// The whole second of an instant in RFC 3339.
pub fn seconds_of(instant: &str) -> i64 {
    let instant: Timestamp = instant.parse().expect("an instant");
    // Cut, not rounded: also before 1970.
    instant.as_nanosecond().div_euclid(1_000_000_000) as i64
}

/// A second in RFC 3339.
pub fn instant_of(second: i64) -> String {
    Timestamp::from_second(second).expect("an instant").to_string()
}
