//! All rooms at once, as a value: the report and the verdicts from everything that is known. For tests, and for worlds that are given as one
//! document.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::answer::{Answer, Known, RoomNumber, Verdicts};
use crate::clock::LocalDay;
use crate::day::{DayValues, values};
use crate::evidence::Evidence;
use crate::group::{By, PartOfMonth, Question};
use crate::hours::Buildings;
use crate::month::MonthOfRooms;
use crate::report::{Report, VerdictLine};
use crate::room::{Band, Peers, Room};
use crate::verdict::{Judged, judge};
use crate::zombie::{Occurrence, zombie};

/// Everything that is known about all rooms.
#[derive(Debug, Clone)]
pub struct Portfolio {
    /// UTC seconds.
    pub now: i64,
    /// The open time of all buildings.
    pub buildings: Buildings,
    /// The rooms.
    pub rooms: Vec<Known>,
}

impl Portfolio {
    /// The report that answers a question.
    pub fn report(&self, question: &Question) -> Report {
        let rooms: Vec<Room> = self.rooms.iter().map(|known| known.room.clone()).collect();
        let mut answer = Answer::new(question, &self.buildings, self.now, &rooms);
        let mut alike: BTreeMap<(Option<String>, Band), Vec<RoomNumber>> = BTreeMap::new();
        for (number, room) in rooms.iter().enumerate() {
            let own = alike.entry((room.building.clone(), room.band())).or_default();
            own.push(number);
        }
        for numbers in alike.values() {
            self.add(&mut answer, question, numbers);
        }
        answer.report()
    }

    /// Adds those of some rooms of a building and a band that are in scope.
    fn add(&self, answer: &mut Answer<'_>, question: &Question, numbers: &[RoomNumber]) {
        let all: Vec<Computing<'_>> = numbers
            .iter()
            .filter_map(|number| Some(Computing::new(self, *number, self.rooms.get(*number)?)))
            .collect();
        let (own, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|computing| question.is_about(&computing.known.room));
        for computing in &own {
            computing.add_series(answer, question);
        }
        let in_scope: Vec<RoomNumber> = own.iter().map(|computing| computing.number).collect();
        let Some(mut adding) = answer.adding(&in_scope) else {
            return;
        };
        for part in question.months() {
            let Ok(()) = adding.month(&part, &self.month(&part, &own, &others));
        }
        adding.end();
    }

    fn month(&self, part: &PartOfMonth, own: &[Computing<'_>], others: &[Computing<'_>]) -> MonthOfRooms {
        let mut month = MonthOfRooms::new(own.len());
        let Some(one) = own.first() else {
            return month;
        };
        let building = one.known.room.building.as_deref();
        let hours = self.buildings.hours(building);
        let days: Vec<LocalDay> = part.dates().map(|date| LocalDay::of(hours, date)).collect();
        for (number, computing) in own.iter().enumerate() {
            let seats = computing.known.room.seats();
            for local_day in &days {
                month.add_day(number, seats, local_day.date, &computing.values(local_day));
            }
            for judged in computing.judged_of(part.from, part.to) {
                month.add_booking(number, judged.local, &judged.counts);
            }
        }
        if Peers::of(&one.known.room).is_some() {
            for (computing, local_day) in others
                .iter()
                .flat_map(|room| days.iter().map(move |day| (room, day)))
            {
                month.add_day_of_another(local_day.date, &computing.values(local_day));
            }
            month.count_in_use(&days, self.now);
            month.find_full(&days);
        }
        month
    }

    /// The bookings of the period with their verdicts, sorted by source, room, start and id.
    pub fn verdicts(&self, question: &Question) -> Vec<VerdictLine> {
        let mut verdicts = Verdicts::new(question, &self.buildings, self.now);
        for known in &self.rooms {
            verdicts.add(known);
        }
        verdicts.lines()
    }
}

/// A room whose figures are computed.
struct Computing<'a> {
    portfolio: &'a Portfolio,
    number: RoomNumber,
    known: &'a Known,
    evidence: Evidence,
    /// By start and id.
    judged: Vec<Judged>,
}

impl<'a> Computing<'a> {
    fn new(portfolio: &'a Portfolio, number: RoomNumber, known: &'a Known) -> Self {
        let evidence = known.evidence(portfolio.now);
        let base = known.base(&evidence, &portfolio.buildings, portfolio.now);
        let mut judged: Vec<Judged> = known
            .bookings
            .iter()
            .filter_map(|booking| judge(booking, &base))
            .collect();
        judged.sort_by_cached_key(|judged| (judged.booking.start, judged.booking.id.clone()));
        Self {
            portfolio,
            number,
            known,
            evidence,
            judged,
        }
    }

    fn values(&self, local_day: &LocalDay) -> DayValues {
        let portfolio = self.portfolio;
        let base = self
            .known
            .base(&self.evidence, &portfolio.buildings, portfolio.now);
        values(&base, local_day)
    }

    /// The judged bookings that start on the local dates of `[from, to)`.
    fn judged_of(&self, from: Date, to: Date) -> impl Iterator<Item = &Judged> {
        let all = self.judged.iter();
        all.filter(move |judged| from <= judged.date() && judged.date() < to)
    }

    /// Adds what is known of its series: zombies, and for a question by series their bookings.
    fn add_series(&self, answer: &mut Answer<'_>, question: &Question) {
        if question.by == By::Series {
            let starting = self.judged_of(question.from, question.to);
            let of_series =
                starting.filter_map(|judged| Some((judged.booking.series.as_deref()?, &judged.counts)));
            answer.add_bookings(self.number, of_series);
        }
        let verdicts: BTreeMap<&str, &Judged> = self
            .judged
            .iter()
            .map(|judged| (judged.booking.id.as_str(), judged))
            .collect();
        let mut series: BTreeMap<&str, Vec<Occurrence>> = BTreeMap::new();
        for booking in &self.known.bookings {
            if let Some(id) = &booking.series {
                series.entry(id).or_default().push(Occurrence {
                    start: booking.start,
                    id: booking.id.clone(),
                    verdict: verdicts
                        .get(booking.id.as_str())
                        .map(|judged| judged.counts.verdict),
                    counted: booking.counted(),
                });
            }
        }
        let as_of = answer.as_of(&self.known.room);
        for (id, occurrences) in series {
            if let Some(zombie) = zombie(&occurrences, &self.known.read, as_of) {
                answer.add_zombie(self.number, id, &zombie);
            }
        }
    }
}

#[cfg(test)]
mod tests;
