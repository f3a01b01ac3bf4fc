//! Everything countable of one room and one local date, computed anew from what is known (contract, sections 3, 5 and 8): [`day`] is a pure
//! function whose result can be stored, added up with other days, and replaced when something changed.
//!
//! # What a day needs
//! [`needed`] is the span `[from, to)` that a day depends on: the local date, the ten minutes before it, and the whole of every booking that
//! starts on it. [`crate::base::Base`] then has
//!
//! - all bookings that overlap the span or start on the date, removed and tentative ones too;
//! - what was read of the span;
//! - the evidence about the span, from the records that [`crate::evidence`] names ("What a span of time needs").
//!
//! So a day has to be computed anew when one of these changed: a booking, a reading or a record that touches the span (before the change or
//! after it), a bucket that is connected to it by [`crate::evidence::reach`], a change or sample that holds into it, the
//! [`crate::witness::Witnesses`] of the room (the first `observed` record of a four changes all its days, and the first record of a class
//! may change verdicts), the hours of its building; and while time passes, until two hours after the end of the date and of its bookings.

use collector_model::usage::Kind;
use serde::{Deserialize, Serialize};

use crate::base::Base;
use crate::booking::Booking;
use crate::clock::LocalDay;
use crate::spans::{Span, Spans};
use crate::sums::{Cells, Sums};
use crate::verdict::{Judged, judge};

/// Seconds for which a room must have been vacant to be falsely full.
pub const VACANT_ALREADY: i64 = 600;
/// Longest gap within a session, in seconds.
pub(crate) const BRIDGED: i64 = 300;
/// Fewest occupied seconds of a session.
pub(crate) const SESSION: i64 = 600;
/// Seconds of a slot above which it is in use: half of it.
pub(crate) const IN_USE: i64 = 450;

/// In which of its slots a room was in use: bit n is quarter hour n of the local date, from 0 to 95. The slots that count are those of
/// [`LocalDay::slots`]; no other bit is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// More than half of it was booked, of the seconds that were read.
    pub booked: u128,
    /// The same, occupied for certain.
    pub occupied: u128,
    /// The same, occupied or unknown.
    pub possible: u128,
}

/// What is counted about the time of one room and one local date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayValues {
    /// The sums of each local hour that the date has. A session is in the hour of its first second.
    pub hours: Vec<(u8, Sums)>,
    /// Its use by quarter hours.
    pub slots: Slots,
    /// Open and read seconds that are booked: a group of rooms is full where all of them are.
    pub held: Spans,
    /// Open seconds at which the room has been vacant for ten minutes already.
    pub vacant_already: Spans,
}

impl DayValues {
    /// The sums of the date.
    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        for (_, sums) in &self.hours {
            total += *sums;
        }
        total
    }
}

/// All that is computed of a room and a local date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// What is counted about its time.
    pub values: DayValues,
    /// The bookings that start on it and are judged, by start and id.
    pub judged: Vec<Judged>,
}

/// The span that a date depends on, given bookings of which those matter that start on it. None if the zone skipped the date.
pub fn needed<'a>(local_day: &LocalDay, bookings: impl IntoIterator<Item = &'a Booking>) -> Option<Span> {
    let own = local_day.hull()?;
    let before = Span::new(own.start() - VACANT_ALREADY, own.end())?;
    let starting = bookings
        .into_iter()
        .filter(|booking| starts_on(booking, local_day));
    Some(starting.filter_map(Booking::span).fold(before, Span::hull))
}

/// Computes a room's local date.
pub fn day(base: &Base<'_>, local_day: &LocalDay) -> Day {
    let starting = base
        .bookings
        .iter()
        .filter(|booking| starts_on(booking, local_day));
    let mut judged: Vec<Judged> = starting.filter_map(|booking| judge(booking, base)).collect();
    judged.sort_by(|one, other| {
        let order = |judged: &Judged| (judged.booking.start, judged.booking.id.clone());
        order(one).cmp(&order(other))
    });
    Day {
        values: values(base, local_day),
        judged,
    }
}

fn starts_on(booking: &Booking, local_day: &LocalDay) -> bool {
    local_day.seconds.contains(booking.start)
}

/// The time of a room on a local date, without its verdicts.
pub fn values(base: &Base<'_>, local_day: &LocalDay) -> DayValues {
    let Some(hull) = local_day.hull() else {
        return DayValues::default();
    };
    let time = Time {
        base,
        open: base.passed(&local_day.open),
        read: base.passed(&base.read.clip(hull)),
        booked: base.booked(hull),
    };
    let mut hours: Vec<(u8, Sums)> = local_day
        .hours
        .iter()
        .map(|(hour, seconds)| (*hour, time.sums(&base.passed(seconds))))
        .collect();
    for session in time.sessions() {
        let hour = local_day
            .hours
            .iter()
            .position(|(_, seconds)| seconds.contains(session.first));
        if let Some((_, sums)) = hour.and_then(|hour| hours.get_mut(hour)) {
            sums.sessions += 1;
            sums.session_seconds += session.seconds;
        }
    }
    if let Some((_, sums)) = hours.iter_mut().find(|(_, sums)| sums.read() > 0) {
        sums.working_days = 1;
    }
    DayValues {
        hours,
        slots: time.slots(local_day),
        held: time.open.and(&time.read).and(&time.booked),
        vacant_already: time.vacant_already(),
    }
}

/// The time of a date that has passed.
struct Time<'a> {
    base: &'a Base<'a>,
    open: Spans,
    read: Spans,
    booked: Spans,
}

/// Somebody is in a room that nobody booked.
struct Session {
    first: i64,
    seconds: i64,
}

impl Time<'_> {
    /// The sums of some seconds that are alike in local hour.
    fn sums(&self, seconds: &Spans) -> Sums {
        let open = seconds.and(&self.open);
        let inside = open.and(&self.read);
        let outside = seconds.minus(&open).and(&self.read);
        let (cells, booked_unwitnessed, unbooked_unwitnessed) = self.cells(&inside);
        let counts = self.base.evidence.counts(&inside);
        let counted = counts.values().sum();
        let counts_people = self.base.evidence.witnesses().kinds.contains(&Kind::PeopleCount);
        Sums {
            open: open.seconds(),
            unread: open.seconds() - inside.seconds(),
            inside: cells,
            outside: self.cells(&outside).0,
            booked_unwitnessed,
            unbooked_unwitnessed,
            conflict: inside.shared(self.base.evidence.conflicts()),
            person_seconds: counts
                .iter()
                .map(|(people, seconds)| i64::from(*people) * seconds)
                .sum(),
            counted,
            people_known: match counts_people {
                true => counted + cells.vacant(),
                false => 0,
            },
            ..Sums::default()
        }
    }

    /// The cells of read seconds that are alike in hour and open time, with what of booked and unbooked occupied seconds is unwitnessed.
    fn cells(&self, seconds: &Spans) -> (Cells, i64, i64) {
        let (booked, unbooked) = (seconds.and(&self.booked), seconds.minus(&self.booked));
        let with = self.base.evidence.seen(&booked);
        let without = self.base.evidence.seen(&unbooked);
        let cells = Cells {
            booked_occupied: with.occupied,
            booked_vacant: with.vacant,
            booked_unknown: booked.seconds() - with.occupied - with.vacant,
            unbooked_occupied: without.occupied,
            unbooked_vacant: without.vacant,
            unbooked_unknown: unbooked.seconds() - without.occupied - without.vacant,
        };
        (cells, with.unwitnessed, without.unwitnessed)
    }

    fn sessions(&self) -> Vec<Session> {
        let free = self.open.and(&self.read).minus(&self.booked);
        let mut sessions: Vec<Session> = Vec::new();
        let mut last_end = None;
        for span in self.base.evidence.occupied().and(&free).iter() {
            let is_near = last_end.is_some_and(|end| span.start() - end <= BRIDGED);
            match sessions.last_mut() {
                Some(session) if is_near => session.seconds += span.seconds(),
                _ => sessions.push(Session {
                    first: span.start(),
                    seconds: span.seconds(),
                }),
            }
            last_end = Some(span.end());
        }
        sessions.retain(|session| session.seconds >= SESSION);
        sessions
    }

    fn slots(&self, local_day: &LocalDay) -> Slots {
        let mut slots = Slots::default();
        for (quarter, seconds) in local_day.slots(self.base.now) {
            let read = seconds.and(&self.read);
            let seen = self.base.evidence.seen(&read);
            let bit = |seconds: i64| u128::from(seconds > IN_USE) << quarter;
            slots.booked |= bit(read.shared(&self.booked));
            slots.occupied |= bit(seen.occupied);
            slots.possible |= bit(read.seconds() - seen.vacant);
        }
        slots
    }

    fn vacant_already(&self) -> Spans {
        let runs = self
            .open
            .hull()
            .into_iter()
            .flat_map(|hull| self.base.evidence.vacant().near(hull));
        let late = runs.filter_map(|run| Span::new(run.start() + VACANT_ALREADY, run.end()));
        late.collect::<Spans>().and(&self.open)
    }
}
