//! The bookings of a room over the years, with everything that happens to them: found by a pass, moved, removed, attended or not.
//!
//! The week of a room has fixed places for meetings. In each place series follow each other, which run for weeks or months; between them the
//! place is free for single meetings.

use collector_model::meeting::Status;

use crate::days::Day;
use crate::passes::Passes;
use crate::portfolio::Place;
use crate::size::{AHEAD, DAY, HOUR, NOW, Size};
use crate::words::{THE_CALENDAR, happens, of_weight};

const MINUTE: i64 = 60;
/// Lengths of meetings, in minutes.
const LENGTHS: [(u32, i64); 6] = [(40, 30), (34, 60), (10, 45), (9, 90), (5, 15), (2, 120)];
/// Minutes between places for meetings.
const GAPS: [(u32, i64); 4] = [(55, 0), (15, 15), (20, 30), (10, 60)];
/// Seconds for which a single meeting is booked ahead, at most; at least half of it.
const LEADS: [(u32, i64); 4] = [(12, HOUR), (28, DAY), (40, 7 * DAY), (20, 30 * DAY)];

/// A booking with its fate. Instants are UTC seconds.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    /// Unique in its room.
    pub(crate) number: u32,
    pub(crate) series: Option<u32>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) all_day: bool,
    /// As it was found.
    pub(crate) status: Status,
    /// The pass that found it.
    pub(crate) first_seen: i64,
    /// What had been read before of the time from then on.
    pub(crate) read_before: Vec<(i64, i64)>,
    pub(crate) removed: Option<Removed>,
    /// The pass that found it moved, and by how many seconds it was later before.
    pub(crate) moved: Option<(i64, i64)>,
}

/// The end of a booking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removed {
    /// The pass that found it removed.
    pub(crate) at: i64,
    /// Whether it stays in the calendar as cancelled. Most go.
    pub(crate) stays: bool,
}

/// Seconds in which somebody was in the room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) people: u32,
}

/// A room's calendar, and who was there.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) bookings: Vec<Booking>,
    /// In order, with at least a minute between two.
    pub(crate) sessions: Vec<Session>,
    pub(crate) passes: Passes,
}

impl Calendar {
    /// That of a room.
    pub(crate) fn of(size: &Size, place: &Place, days: &[Day]) -> Self {
        let mut random = size.random(place.number, THE_CALENDAR);
        let passes = Passes::of(size, &mut random);
        let mut making = Making {
            random,
            seats: place.capacity.unwrap_or(8),
            calendar: Self {
                bookings: Vec::new(),
                sessions: Vec::new(),
                passes,
            },
            series: 0,
        };
        making.working_weeks(days);
        for day in days {
            making.single_days(*day);
        }
        let mut calendar = making.calendar;
        calendar.sessions = apart(calendar.sessions);
        calendar
    }
}

/// Sessions in order: of two that overlap the later one begins when the room is empty, or is left out.
fn apart(mut sessions: Vec<Session>) -> Vec<Session> {
    sessions.sort_by_key(|session| session.start);
    let mut free = i64::MIN;
    let mut kept = Vec::with_capacity(sessions.len());
    for mut session in sessions {
        session.start = session.start.max(free);
        if session.start + MINUTE < session.end {
            free = session.end + MINUTE;
            kept.push(session);
        }
    }
    kept
}

/// A calendar that is being made.
struct Making {
    random: fastrand::Rng,
    seats: u32,
    calendar: Calendar,
    /// How many series there are.
    series: u32,
}

impl Making {
    /// Lays out a week, and fills each of its places through the years.
    fn working_weeks(&mut self, days: &[Day]) {
        // Some rooms are in demand, others are not.
        let demand = self.random.u32(730..=1_000);
        for weekday in 0..5 {
            let zeros: Vec<i64> = days
                .iter()
                .filter(|day| day.weekday == weekday)
                .map(|day| day.zero)
                .collect();
            let mut at = 8 * HOUR;
            while at < 18 * HOUR {
                at += self.minutes(&GAPS);
                let length = self.minutes(&LENGTHS);
                if happens(&mut self.random, demand) {
                    self.place_of_the_week(&zeros, at, length);
                }
                at += length;
            }
        }
    }

    /// Fills a place of the week, which is `at` seconds after each of these instants.
    fn place_of_the_week(&mut self, zeros: &[i64], at: i64, length: i64) {
        // The first run began before anybody looked.
        let mut week = 0_usize;
        let mut skipped = self.random.usize(0..30);
        while week < zeros.len() {
            let is_series = happens(&mut self.random, 230);
            let weeks = match is_series {
                true => self.random.usize(6..60),
                false => self.random.usize(3..16),
            };
            let own = zeros.iter().skip(week).take(weeks.saturating_sub(skipped));
            let starts: Vec<i64> = own.map(|zero| zero + at).collect();
            week += starts.len();
            skipped = skipped.saturating_sub(weeks);
            if is_series {
                self.run_of_series(&starts, length);
            } else {
                for start in starts {
                    if happens(&mut self.random, 900) {
                        self.single(start, length);
                    }
                }
            }
        }
    }

    /// A series that books a place in all these weeks, or in every second of them.
    fn run_of_series(&mut self, starts: &[i64], length: i64) {
        self.series += 1;
        let step = if happens(&mut self.random, 200) { 2 } else { 1 };
        // Of some, nobody comes any more after a while.
        let attended = match happens(&mut self.random, 90) {
            true => starts.len() / 2,
            false => starts.len(),
        };
        let made = starts.first().map_or(0, |first| first - 10 * DAY);
        for (week, start) in starts.iter().enumerate().step_by(step) {
            let comes = week < attended && !happens(&mut self.random, 80);
            self.book((*start, start + length), Some(self.series), made, comes);
        }
    }

    /// What happens on one day: meetings at weekends, whole days, and people who come without a booking.
    fn single_days(&mut self, day: Day) {
        if !day.is_of_work() {
            if happens(&mut self.random, 80) {
                let start = day.zero + self.random.i64(16..40) * 30 * MINUTE;
                self.single(start, HOUR);
            }
            return;
        }
        if happens(&mut self.random, 4) {
            let whole = (day.zero, day.zero + DAY);
            self.book(whole, None, day.zero - 5 * DAY, false);
        }
        if happens(&mut self.random, 550) {
            let start = day.zero + self.random.i64(8 * HOUR..18 * HOUR);
            let end = start + self.random.i64(10..45) * MINUTE;
            self.session(start, end);
        }
    }

    /// A meeting that is no series.
    fn single(&mut self, start: i64, length: i64) {
        let lead = of_weight(&mut self.random, &LEADS).unwrap_or(DAY);
        let made = start - self.random.i64(lead / 2..=lead);
        let comes = !happens(&mut self.random, 110);
        self.book((start, start + length), None, made, comes);
    }

    /// Books a span at the moment `made`, unless no pass ever sees it, and decides about its fate.
    fn book(&mut self, (start, end): (i64, i64), series: Option<u32>, made: i64, comes: bool) {
        let Some(first_seen) = self.calendar.passes.first_from(made.max(start - AHEAD)) else {
            return;
        };
        if !Passes::sees(first_seen, start, end) {
            return;
        }
        let status = match self.random.u32(..1_000) {
            0..30 => Status::Tentative,
            30..35 => Status::Cancelled,
            _ => Status::Confirmed,
        };
        let removed = self.removed((start, end), first_seen, status);
        let moved = match removed {
            None if happens(&mut self.random, 30) => self.moved(start, first_seen),
            _ => None,
        };
        let number = u32::try_from(self.calendar.bookings.len()).unwrap_or(u32::MAX);
        self.calendar.bookings.push(Booking {
            number,
            series,
            start,
            end,
            all_day: end - start == DAY,
            status,
            first_seen,
            read_before: self.calendar.passes.read_before(first_seen),
            removed,
            moved,
        });
        if comes && removed.is_none() && status != Status::Cancelled {
            let late = self.random.i64(-3..12) * MINUTE + self.random.i64(0..60);
            let early = self.random.i64(-5..15) * MINUTE + self.random.i64(0..60);
            // Now and then somebody only looks in.
            let left = match happens(&mut self.random, 30) {
                true => start + late + 4 * MINUTE,
                false => end - early,
            };
            self.session(start + late, left);
        }
    }

    fn removed(&mut self, (start, end): (i64, i64), first_seen: i64, status: Status) -> Option<Removed> {
        if status != Status::Confirmed || !happens(&mut self.random, 60) {
            return None;
        }
        let (from, to) = match self.random.u32(..100) {
            0..65 => (first_seen, start - HOUR),
            65..85 => (start - HOUR, start),
            _ => (start, end),
        };
        let at = self.instant_after(first_seen, from, to)?;
        let stays = happens(&mut self.random, 200);
        Some(Removed { at, stays })
    }

    fn moved(&mut self, start: i64, first_seen: i64) -> Option<(i64, i64)> {
        let at = self.instant_after(first_seen, first_seen, start)?;
        Some((at, self.random.i64(1..8) * 30 * MINUTE))
    }

    /// A pass after the one that found a booking, at some instant of a span; none if there is none.
    fn instant_after(&mut self, first_seen: i64, from: i64, to: i64) -> Option<i64> {
        let at = if from < to {
            self.random.i64(from..to)
        } else {
            from
        };
        self.calendar.passes.first_from(at.max(first_seen + 1))
    }

    fn session(&mut self, start: i64, end: i64) {
        if start < end && start < NOW + DAY {
            let people = self.random.u32(1..=self.seats.max(2) * 4 / 5);
            self.calendar.sessions.push(Session { start, end, people });
        }
    }

    fn minutes(&mut self, choices: &[(u32, i64)]) -> i64 {
        of_weight(&mut self.random, choices).unwrap_or_default() * MINUTE
    }
}
