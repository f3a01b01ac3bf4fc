//! Zombies: series that nobody attends any more and that go on booking a room (contract, section 5, `zombies`), and when they take place.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::hours::WEEKDAYS;
use crate::report::ZombieReport;
use crate::spans::{Span, Spans};
use crate::verdict::Verdict;

/// Meetings in a row that nobody attended, from which on a series is a zombie.
pub const STREAK: i64 = 3;
/// How far ahead its bookings are counted, in seconds: 56 days.
pub const AHEAD: i64 = 56 * 86_400;

/// A booking of a series in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its start, UTC seconds.
    pub start: i64,
    /// Its id, which orders bookings of one start.
    pub id: String,
    /// Its verdict, if it has one.
    pub verdict: Option<Verdict>,
    /// The seconds that it books, if it counts.
    pub counted: Option<Span>,
}

/// A series that nobody attends any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zombie {
    /// How many of its last judged meetings were no-shows or released empty.
    pub streak: i64,
    /// The start of the last one that was attended, UTC seconds.
    pub last_attended: Option<i64>,
    /// Seconds that it books in the next 56 days, as far as they are read.
    pub seconds_ahead: i64,
    /// The start of the last one to which nobody came, UTC seconds.
    pub last_missed: i64,
    /// The starts of those that book these seconds, UTC seconds in order.
    pub ahead: Vec<i64>,
}

/// Whether a series is a zombie at `as_of`: the period's end or now, whichever is earlier. `occurrences` are all bookings of one series in
/// one room, in any order; `read` is what was read of the room.
pub fn zombie(occurrences: &[Occurrence], read: &Spans, as_of: i64) -> Option<Zombie> {
    let mut before: Vec<&Occurrence> = occurrences.iter().filter(|one| one.start < as_of).collect();
    before.sort_by_key(|one| (one.start, &one.id));
    let mut missed = Vec::new();
    for occurrence in before.iter().rev() {
        match occurrence.verdict {
            Some(Verdict::NoShow | Verdict::ReleasedEmpty) => missed.push(occurrence.start),
            Some(Verdict::Attended | Verdict::Brief) => break,
            _ => {}
        }
    }
    let ahead = occurrences
        .iter()
        .filter(|one| one.start >= as_of && one.start < as_of.saturating_add(AHEAD));
    let mut ahead: Vec<(i64, i64)> = ahead
        .filter_map(|one| Some((one.start, read.clip(one.counted?).seconds())))
        .filter(|(_, seconds)| *seconds > 0)
        .collect();
    ahead.sort_unstable();
    let streak = i64::try_from(missed.len()).unwrap_or(i64::MAX);
    let is_attended = |one: &&&Occurrence| one.verdict == Some(Verdict::Attended);
    (streak >= STREAK).then(|| Zombie {
        streak,
        last_attended: before.iter().rev().find(is_attended).map(|one| one.start),
        seconds_ahead: ahead.iter().map(|(_, seconds)| seconds).sum(),
        last_missed: missed.first().copied().unwrap_or_default(),
        ahead: ahead.into_iter().map(|(start, _)| start).collect(),
    })
}

/// When a series takes place, on the clock of its room: what somebody needs who looks for it in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurs {
    /// The days of the week on which it begins, from Monday, by their keys in reports.
    pub weekdays: Vec<&'static str>,
    /// When it begins, early before late.
    pub times: Vec<Time>,
    /// The start of the next one that is read.
    pub next: Option<ZonedDateTime>,
    /// The start of the last one to which nobody came.
    pub last_missed: Option<ZonedDateTime>,
    /// The start of the last one that was attended.
    pub last_attended: Option<ZonedDateTime>,
}

impl Occurs {
    /// Of a zombie in a room of a time zone, as IANA names it. Where no occurrence lies ahead, day and time are those of the last one.
    pub fn of(zombie: &ZombieReport, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let local = |at: i64| Some(Timestamp::from_second(at).ok()?.to_zoned_datetime(zone.clone()));
        let last_missed = local(zombie.last_missed);
        let ahead: Vec<ZonedDateTime> = zombie.ahead.iter().filter_map(|at| local(*at)).collect();
        let usual = match ahead.is_empty() {
            true => last_missed.as_slice(),
            false => &ahead,
        };
        let has = |day| usual.iter().any(|start| start.weekday() == day);
        let times: BTreeSet<Time> = usual.iter().map(ZonedDateTime::time).collect();
        Self {
            weekdays: WEEKDAYS
                .iter()
                .filter(|(_, day)| has(*day))
                .map(|(key, _)| *key)
                .collect(),
            times: times.into_iter().collect(),
            next: ahead.first().cloned(),
            last_attended: zombie
                .last_attended
                .as_deref()
                .and_then(|at| at.parse::<Timestamp>().ok())
                .map(|at| at.to_zoned_datetime(zone.clone())),
            last_missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn zombie(ahead: &[&str]) -> ZombieReport {
        ZombieReport {
            room: "a@contoso.com".into(),
            series: "s".into(),
            streak: 3,
            last_attended: None,
            seconds_ahead: 0,
            last_missed: at("2026-10-20T07:00:00Z"),
            ahead: ahead.iter().map(|start| at(start)).collect(),
        }
    }

    #[test]
    fn a_series_keeps_its_time_when_the_clocks_change() {
        let series = zombie(&[
            "2026-10-22T07:00:00Z",
            "2026-10-27T08:00:00Z",
            "2026-10-29T08:00:00Z",
        ]);
        let occurs = Occurs::of(&series, "Europe/Berlin");
        assert_eq!(occurs.weekdays, ["tue", "thu"]);
        assert_eq!(occurs.times, [Time::constant(9, 0, 0, 0)]);
        assert_eq!(
            occurs.next.unwrap().to_string(),
            "2026-10-22T09:00:00+02:00[Europe/Berlin]"
        );
    }

    #[test]
    fn one_of_which_nothing_is_known_ahead_is_looked_for_where_it_was() {
        let occurs = Occurs::of(&zombie(&[]), "America/New_York");
        assert_eq!((occurs.weekdays, occurs.next), (vec!["tue"], None));
        assert_eq!(occurs.times, [Time::constant(3, 0, 0, 0)]);
        assert_eq!(
            Occurs::of(&zombie(&[]), "Nowhere").times,
            [Time::constant(7, 0, 0, 0)]
        );
    }
}
