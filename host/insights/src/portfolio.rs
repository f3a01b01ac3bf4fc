//! All rooms at once: composes the report and the verdicts from everything that is known, without anything stored in between. It shows how
//! the parts fit together, and is fast enough for small installations and tests.

use std::collections::{BTreeMap, BTreeSet};

use collector_model::usage::Record;
use jiff::civil::Date;

use crate::base::Base;
use crate::booking::Booking;
use crate::clock::{Local, LocalDay, end_of_period};
use crate::day::{DayValues, values};
use crate::evidence::Evidence;
use crate::figures::Figures;
use crate::group::Question;
use crate::hours::Buildings;
use crate::peers::{InUse, full};
use crate::report::{Report, VerdictLine};
use crate::room::{Peers, Room};
use crate::spans::Spans;
use crate::verdict::{Judged, judge};
use crate::witness::Witnesses;
use crate::zombie::{Occurrence, zombie};

/// Everything that is known about a room.
#[derive(Debug, Clone)]
pub struct Known {
    /// The room.
    pub room: Room,
    /// Its bookings.
    pub bookings: Vec<Booking>,
    /// The windows of its complete readings.
    pub read: Spans,
    /// The records joined to it, the newest revision of each: at least those that say something about the period and its bookings.
    pub records: Vec<Record>,
    /// What all of its records tell, of any time.
    pub witnesses: Witnesses,
}

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
    /// The answer to a question.
    pub fn report(&self, question: &Question) -> Report {
        let calendar = self.calendar(question);
        let computed = self.computed(question, &calendar);
        let in_scope = || {
            computed
                .iter()
                .filter(|computed| question.is_about(&computed.known.room))
        };
        let mut figures = Figures::new(question.by, in_scope().map(|computed| &computed.known.room));
        for computed in in_scope() {
            let room = &computed.known.room;
            for (date, values) in &computed.days {
                for (hour, sums) in &values.hours {
                    figures.add_seconds(
                        room,
                        Local {
                            date: *date,
                            hour: *hour,
                        },
                        sums,
                    );
                }
            }
            for judged in computed
                .judged
                .iter()
                .filter(|judged| question.has(judged.date()))
            {
                figures.add_booking(room, judged);
            }
            computed.add_zombies(&mut figures, question, self);
        }
        self.add_peers(&mut figures, &computed, question, &calendar);
        figures.report(question)
    }

    /// The bookings of the period with their verdicts, sorted by source, room, start and id.
    pub fn verdicts(&self, question: &Question) -> Vec<VerdictLine> {
        let mut all: Vec<(&Room, Judged)> = Vec::new();
        for known in self.rooms.iter().filter(|known| question.is_about(&known.room)) {
            let judged = self.judged(known, &self.evidence(known));
            let starting = judged.into_iter().filter(|judged| question.has(judged.date()));
            all.extend(starting.map(|judged| (&known.room, judged)));
        }
        let place = |(room, judged): &(&Room, Judged)| {
            let booking = &judged.booking;
            (
                room.source.clone(),
                room.address.clone(),
                booking.start,
                booking.id.clone(),
            )
        };
        all.sort_by_cached_key(place);
        all.iter()
            .map(|(room, judged)| VerdictLine::of(room, judged))
            .collect()
    }

    fn evidence(&self, known: &Known) -> Evidence {
        Evidence::of(&known.records, known.witnesses.clone(), self.now)
    }

    fn base<'a>(&'a self, known: &'a Known, evidence: &'a Evidence) -> Base<'a> {
        Base {
            hours: self.buildings.hours(known.room.building.as_deref()),
            bookings: &known.bookings,
            read: &known.read,
            evidence,
            now: self.now,
        }
    }

    fn judged(&self, known: &Known, evidence: &Evidence) -> Vec<Judged> {
        let base = self.base(known, evidence);
        known
            .bookings
            .iter()
            .filter_map(|booking| judge(booking, &base))
            .collect()
    }

    /// The days of the period by building.
    fn calendar(&self, question: &Question) -> Calendar {
        let mut calendar = Calendar::new();
        for known in &self.rooms {
            let building = &known.room.building;
            calendar.entry(building.clone()).or_insert_with(|| {
                let hours = self.buildings.hours(building.as_deref());
                question.dates().map(|date| LocalDay::of(hours, date)).collect()
            });
        }
        calendar
    }

    /// The rooms in scope, and those that share building and band with one of them.
    fn computed<'a>(&'a self, question: &Question, calendar: &Calendar) -> Vec<Computed<'a>> {
        let peers: BTreeSet<Peers> = self
            .rooms
            .iter()
            .filter(|known| question.is_about(&known.room))
            .filter_map(|known| Peers::of(&known.room))
            .collect();
        let is_needed = |room: &Room| {
            question.is_about(room) || Peers::of(room).is_some_and(|of_room| peers.contains(&of_room))
        };
        let needed = self.rooms.iter().filter(|known| is_needed(&known.room));
        needed
            .map(|known| {
                let evidence = self.evidence(known);
                let base = self.base(known, &evidence);
                let days = days_of(calendar, &known.room)
                    .iter()
                    .map(|local_day| (local_day.date, values(&base, local_day)));
                Computed {
                    days: days.collect(),
                    judged: self.judged(known, &evidence),
                    known,
                }
            })
            .collect()
    }

    fn add_peers<'a>(
        &self,
        figures: &mut Figures<'a>,
        computed: &'a [Computed<'_>],
        question: &Question,
        calendar: &Calendar,
    ) {
        let mut groups: BTreeMap<Peers, Vec<&'a Computed<'_>>> = BTreeMap::new();
        for one in computed {
            if let Some(peers) = Peers::of(&one.known.room) {
                groups.entry(peers).or_default().push(one);
            }
        }
        for (peers, all) in groups {
            let in_scope: Vec<&&Computed<'_>> = all
                .iter()
                .filter(|one| question.is_about(&one.known.room))
                .collect();
            let Some(first) = in_scope.first() else { continue };
            let one = &first.known.room;
            let mut in_use = InUse::new(peers, i64::try_from(in_scope.len()).unwrap_or(i64::MAX));
            for local_day in days_of(calendar, one) {
                let date = local_day.date;
                let on = |one: &&'a Computed<'_>| one.days.get(&date);
                let of_scope: Vec<&DayValues> = in_scope.iter().filter_map(|one| on(one)).collect();
                in_use.add(local_day, &of_scope, self.now);
                let of_all: Vec<&DayValues> = all.iter().filter_map(on).collect();
                for full in full(local_day, &of_all) {
                    figures.add_full(
                        one,
                        Local {
                            date,
                            hour: full.hour,
                        },
                        &full,
                    );
                }
            }
            figures.add_in_use(in_use);
        }
    }
}

/// The days of a period by building.
type Calendar = BTreeMap<Option<String>, Vec<LocalDay>>;

fn days_of<'a>(calendar: &'a Calendar, room: &Room) -> &'a [LocalDay] {
    calendar.get(&room.building).map_or(&[], Vec::as_slice)
}

/// What is computed of a room.
struct Computed<'a> {
    known: &'a Known,
    days: BTreeMap<Date, DayValues>,
    judged: Vec<Judged>,
}

impl Computed<'_> {
    fn add_zombies(&self, figures: &mut Figures<'_>, question: &Question, portfolio: &Portfolio) {
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
                    verdict: verdicts.get(booking.id.as_str()).map(|judged| judged.verdict),
                    counted: booking.counted(),
                });
            }
        }
        let zone = portfolio
            .buildings
            .hours(self.known.room.building.as_deref())
            .zone();
        let as_of = end_of_period(zone, question.to).map_or(portfolio.now, |end| end.min(portfolio.now));
        for (id, occurrences) in series {
            if let Some(zombie) = zombie(&occurrences, &self.known.read, as_of) {
                figures.add_zombie(&self.known.room, id, &zombie);
            }
        }
    }
}

#[cfg(test)]
mod tests;
