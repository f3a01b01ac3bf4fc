//! Series: what became of their bookings, so that those that nobody attends any more can be told as of any moment (contract, section 5, `zombies`).

use std::collections::{BTreeMap, BTreeSet};

use collector_insights::booking::Booking;
use collector_insights::spans::Spans;
use collector_insights::verdict::Verdict;
use collector_insights::zombie::{AHEAD, STREAK, Zombie};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::content::Packed;
use crate::scope::digest;

/// A booking of a series, up to today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Occurred {
    /// The local date of its start, as days since 1970.
    date: i64,
    /// UTC seconds.
    start: i64,
    came: Came,
    /// Seconds that it books, as far as they were read.
    seconds: i64,
}

/// Whether anybody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Came {
    /// It has no verdict, or one that does not tell.
    Unknown,
    Nobody,
    Briefly,
    Attended,
}

/// A booking of a series that starts after today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ahead {
    /// A digest of the series' id.
    series: i64,
    /// UTC seconds.
    start: i64,
    /// Seconds that it books, as far as they were read.
    seconds: i64,
}

impl Occurred {
    pub(crate) fn new(date: i64, booking: &Booking, verdict: Option<Verdict>, read: &Spans) -> Self {
        Self {
            date,
            start: booking.start,
            came: match verdict {
                Some(Verdict::NoShow | Verdict::ReleasedEmpty) => Came::Nobody,
                Some(Verdict::Attended) => Came::Attended,
                Some(Verdict::Brief) => Came::Briefly,
                _ => Came::Unknown,
            },
            seconds: seconds(booking, read),
        }
    }
}

impl Ahead {
    /// None if it belongs to no series, or books nothing that was read.
    pub(crate) fn of(booking: &Booking, read: &Spans) -> Option<Self> {
        Some(Self {
            series: digest(booking.series.as_ref()?),
            start: booking.start,
            seconds: Some(seconds(booking, read)).filter(|seconds| *seconds > 0)?,
        })
    }
}

fn seconds(booking: &Booking, read: &Spans) -> i64 {
    booking
        .counted()
        .map_or(0, |counted| read.clip(counted).seconds())
}

/// What changes about the series of a room.
#[derive(Default)]
pub(crate) struct Changes {
    /// The dates that were computed anew or forgotten.
    dates: BTreeSet<i64>,
    /// By the series' numbers: what now starts on these dates.
    series: BTreeMap<i64, Vec<Occurred>>,
}

impl Changes {
    /// Notes that a date has nothing of these series any more.
    pub(crate) fn gone(&mut self, date: i64, series: &[i64]) {
        self.dates.insert(date);
        for number in series {
            self.series.entry(*number).or_default();
        }
    }

    /// Notes what a date now has of a series.
    pub(crate) fn now(&mut self, date: i64, series: i64, occurred: Vec<Occurred>) {
        self.dates.insert(date);
        self.series.entry(series).or_default().extend(occurred);
    }

    /// Stores the changes.
    pub(crate) fn write(self, file: &Connection) -> Result<(), rusqlite::Error> {
        for (number, now) in self.series {
            let Packed(before): Packed<Vec<Occurred>> = file
                .prepare_cached("SELECT history FROM series WHERE number = ?1")?
                .query_row([number], |row| row.get(0))?;
            let mut history = before.clone();
            history.retain(|occurred| !self.dates.contains(&occurred.date));
            history.extend(now);
            // Those of one start are of one date, and came in the order of their ids.
            history.sort_by_key(|occurred| occurred.start);
            if history == before {
                continue;
            }
            write_zombies(file, number, &streaks(&history))?;
            file.prepare_cached("UPDATE series SET history = ?2 WHERE number = ?1")?
                .execute(params![number, Packed(history)])?;
        }
        Ok(())
    }
}

/// When nobody attended a series any more: a row of the table `zombie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Streak {
    until: i64,
    since: i64,
    streak: i64,
    last_attended: Option<i64>,
}

/// When nobody attended a series any more, given its bookings up to today.
fn streaks(history: &[Occurred]) -> Vec<Streak> {
    let mut telling = history
        .iter()
        .filter(|occurred| occurred.came != Came::Unknown)
        .peekable();
    let (mut streak, mut last_attended) = (0, None);
    let mut streaks = Vec::new();
    while let Some(occurred) = telling.next() {
        match occurred.came {
            Came::Nobody => streak += 1,
            Came::Briefly | Came::Unknown => streak = 0,
            Came::Attended => {
                streak = 0;
                last_attended = Some(occurred.start);
            }
        }
        // Until the next one begins it is the last one.
        let until = telling.peek().map_or(i64::MAX, |next| next.start);
        if streak >= STREAK && occurred.start < until {
            streaks.push(Streak {
                until,
                since: occurred.start,
                streak,
                last_attended,
            });
        }
    }
    streaks
}

/// Stores when nobody attended a series any more. Most of it is stored already: rows that stay as they are, all over the table, are not written.
fn write_zombies(file: &Connection, series: i64, now: &[Streak]) -> Result<(), rusqlite::Error> {
    let before: Vec<Streak> = file
        .prepare_cached("SELECT until, since, streak, last_attended FROM zombie WHERE series = ?1")?
        .query_map([series], |row| {
            Ok(Streak {
                until: row.get(0)?,
                since: row.get(1)?,
                streak: row.get(2)?,
                last_attended: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    for gone in before.iter().filter(|streak| !now.contains(streak)) {
        file.prepare_cached("DELETE FROM zombie WHERE until = ?1 AND series = ?2 AND since = ?3")?
            .execute([gone.until, series, gone.since])?;
    }
    for new in now.iter().filter(|streak| !before.contains(streak)) {
        file.prepare_cached(
            "INSERT INTO zombie (until, series, since, streak, last_attended) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            new.until,
            series,
            new.since,
            new.streak,
            new.last_attended
        ])?;
    }
    Ok(())
}

/// The number of a series of a room; it gets one if it has none.
pub(crate) fn series_number(file: &Connection, room: i64, id: &str) -> Result<i64, rusqlite::Error> {
    let known = file
        .prepare_cached("SELECT number FROM series WHERE room = ?1 AND digest = ?2 AND id = ?3")?
        .query_row(params![room, digest(&id), id], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => file
            .prepare_cached(
                "INSERT INTO series (room, digest, id, history) VALUES (?1, ?2, ?3, ?4) RETURNING number",
            )?
            .query_row(
                params![room, digest(&id), id, Packed(Vec::<Occurred>::new())],
                |row| row.get(0),
            ),
    }
}

/// A series that nobody attends any more.
pub(crate) struct Found {
    /// The number of its room in the file.
    pub(crate) room: i64,
    pub(crate) id: String,
    pub(crate) zombie: Zombie,
}

/// The series of rooms that nobody attends any more, each as of the moment that is asked for its room (UTC seconds); none for rooms that nobody
/// asks about.
pub(crate) fn zombies(file: &Connection, as_of: &BTreeMap<i64, i64>) -> Result<Vec<Found>, rusqlite::Error> {
    let (Some(first), Some(last)) = (as_of.values().min(), as_of.values().max()) else {
        return Ok(Vec::new());
    };
    let mut statement = file.prepare_cached(
        "SELECT room, series, since, until, streak, last_attended FROM zombie JOIN series ON series.number = series
         WHERE until >= ?1 AND since < ?2",
    )?;
    let mut rows = statement.query([first, last])?;
    let mut ahead_of_rooms: BTreeMap<i64, Vec<Ahead>> = BTreeMap::new();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let room: i64 = row.get(0)?;
        let Some(at) = as_of.get(&room).copied() else {
            continue;
        };
        if !(row.get::<_, i64>(2)? < at && at <= row.get::<_, i64>(3)?) {
            continue;
        }
        let series: i64 = row.get(1)?;
        let (id, digest, history): (String, i64, Packed<Vec<Occurred>>) = file
            .prepare_cached("SELECT id, digest, history FROM series WHERE number = ?1")?
            .query_row([series], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let of_room = match ahead_of_rooms.entry(room) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(ahead_of(file, room)?),
        };
        let until = at.saturating_add(AHEAD);
        let past = history
            .0
            .iter()
            .map(|occurred| (occurred.start, occurred.seconds));
        let later = of_room
            .iter()
            .filter(|ahead| ahead.series == digest)
            .map(|ahead| (ahead.start, ahead.seconds));
        let mut ahead: Vec<(i64, i64)> = past
            .chain(later)
            .filter(|(start, seconds)| (at..until).contains(start) && *seconds > 0)
            .collect();
        ahead.sort_unstable();
        found.push(Found {
            room,
            id,
            zombie: Zombie {
                streak: row.get(4)?,
                last_attended: row.get(5)?,
                seconds_ahead: ahead.iter().map(|(_, seconds)| seconds).sum(),
                last_missed: row.get(2)?,
                ahead: ahead.into_iter().map(|(start, _)| start).collect(),
            },
        });
    }
    Ok(found)
}

fn ahead_of(file: &Connection, room: i64) -> Result<Vec<Ahead>, rusqlite::Error> {
    let stored: Option<Packed<Vec<Ahead>>> = file
        .prepare_cached("SELECT ahead FROM room WHERE number = ?1")?
        .query_row([room], |row| row.get(0))?;
    Ok(stored.unwrap_or_default().0)
}
