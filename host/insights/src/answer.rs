//! The answer to a question: room by room, so that the records of only one room need to be in memory at a time. Nothing is stored in between.

use std::collections::BTreeMap;

use collector_model::usage::Record;
use jiff::civil::Date;

use crate::base::Base;
use crate::booking::Booking;
use crate::clock::{Local, LocalDay, end_of_period};
use crate::day::{DayValues, values};
use crate::evidence::Evidence;
use crate::figures::{Figures, RoomNumber};
use crate::group::Question;
use crate::hours::Buildings;
use crate::peers::{InUse, PeersDay};
use crate::report::{Report, VerdictLine};
use crate::room::{Peers, Room};
use crate::spans::Spans;
use crate::verdict::{Counts, Judged, judge};
use crate::witness::Witnesses;
use crate::zombie::{Occurrence, Zombie, zombie};

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

impl Known {
    /// What its records prove.
    pub fn evidence(&self, now: i64) -> Evidence {
        Evidence::of(&self.records, self.witnesses.clone(), now)
    }

    /// From which each of its seconds gets its cell.
    pub fn base<'a>(&'a self, evidence: &'a Evidence, buildings: &'a Buildings, now: i64) -> Base<'a> {
        Base {
            hours: buildings.hours(self.room.building.as_deref()),
            bookings: &self.bookings,
            read: &self.read,
            evidence,
            now,
        }
    }
}

/// The bookings of a period with their verdicts, once every room in scope was added.
#[derive(Debug)]
pub struct Verdicts<'q> {
    question: &'q Question,
    buildings: &'q Buildings,
    now: i64,
    judged: Vec<(Room, Judged)>,
}

impl<'q> Verdicts<'q> {
    /// Begins. `now` is UTC seconds.
    pub fn new(question: &'q Question, buildings: &'q Buildings, now: i64) -> Self {
        Self {
            question,
            buildings,
            now,
            judged: Vec::new(),
        }
    }

    /// Judges the bookings of a room, if it is in scope.
    pub fn add(&mut self, known: &Known) {
        if !self.question.is_about(&known.room) {
            return;
        }
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, self.buildings, self.now);
        let judged = known.bookings.iter().filter_map(|booking| judge(booking, &base));
        let starting = judged.filter(|judged| self.question.has(judged.date()));
        self.judged
            .extend(starting.map(|judged| (known.room.clone(), judged)));
    }

    /// The verdicts, sorted by source, room, start and id.
    pub fn lines(mut self) -> Vec<VerdictLine> {
        self.judged.sort_by_cached_key(|(room, judged)| {
            let booking = &judged.booking;
            (
                room.source.clone(),
                room.address.clone(),
                booking.start,
                booking.id.clone(),
            )
        });
        self.judged
            .iter()
            .map(|(room, judged)| VerdictLine::of(room, judged))
            .collect()
    }
}

/// The report that answers a question, once everything that it needs of each room was added.
#[derive(Debug)]
pub struct Answer<'q> {
    question: &'q Question,
    buildings: &'q Buildings,
    now: i64,
    rooms: &'q [Room],
    calendar: Calendar,
    /// The rooms that can stand in for each other, where one of them is in scope.
    peers: BTreeMap<Peers, PeersOf>,
    figures: Figures,
}

/// Rooms that can stand in for each other.
#[derive(Debug, Default)]
struct PeersOf {
    /// One of those in scope.
    one: RoomNumber,
    /// How many are in scope.
    rooms: i64,
    days: BTreeMap<Date, PeersDay>,
}

impl<'q> Answer<'q> {
    /// Begins, with all rooms that there are: their positions are their numbers. `now` is UTC seconds.
    pub fn new(question: &'q Question, buildings: &'q Buildings, now: i64, rooms: &'q [Room]) -> Self {
        let mut calendar = Calendar::new();
        let mut peers: BTreeMap<Peers, PeersOf> = BTreeMap::new();
        for (number, room) in rooms.iter().enumerate() {
            calendar.entry(room.building.clone()).or_insert_with(|| {
                let hours = buildings.hours(room.building.as_deref());
                question.dates().map(|date| LocalDay::of(hours, date)).collect()
            });
            if let Some(own) = Peers::of(room).filter(|_| question.is_about(room)) {
                let own = peers.entry(own).or_default();
                own.one = number;
                own.rooms += 1;
            }
        }
        Self {
            figures: Figures::new(question.by, rooms.iter().filter(|room| question.is_about(room))),
            question,
            buildings,
            now,
            rooms,
            calendar,
            peers,
        }
    }

    /// The rooms that the answer depends on: those in scope, and those that share building and band with one of them.
    pub fn needed(&self) -> Vec<(RoomNumber, &'q Room)> {
        let needs = |room: &Room| {
            self.question.is_about(room)
                || Peers::of(room).is_some_and(|peers| self.peers.contains_key(&peers))
        };
        let all = self.rooms.iter().enumerate();
        all.filter(|(_, room)| needs(room)).collect()
    }

    /// The end of the period on a room's clock, or now, whichever is earlier: as of when series are looked at. UTC seconds.
    pub fn as_of(&self, room: &Room) -> i64 {
        let zone = self.buildings.hours(room.building.as_deref()).zone();
        end_of_period(zone, self.question.to).map_or(self.now, |end| end.min(self.now))
    }

    /// Adds a date of the period.
    pub fn add_day(&mut self, number: RoomNumber, date: Date, values: &DayValues) {
        let Some(room) = self.rooms.get(number) else {
            return;
        };
        let is_in_scope = self.question.is_about(room);
        if is_in_scope {
            for (hour, sums) in &values.hours {
                let at = Local { date, hour: *hour };
                self.figures.add_seconds(number, room, at, sums);
            }
        }
        if let Some(peers) = Peers::of(room).and_then(|peers| self.peers.get_mut(&peers)) {
            peers.days.entry(date).or_default().add(values, is_in_scope);
        }
    }

    /// Adds a judged booking that starts in the period, at this local time.
    pub fn add_booking(&mut self, number: RoomNumber, at: Local, series: Option<&str>, counts: &Counts) {
        if let Some(room) = self.rooms.get(number).filter(|room| self.question.is_about(room)) {
            self.figures.add_booking(number, room, at, series, counts);
        }
    }

    /// Adds a series that nobody attends any more, as of [`Answer::as_of`].
    pub fn add_zombie(&mut self, number: RoomNumber, series: &str, zombie: &Zombie) {
        if let Some(room) = self.rooms.get(number).filter(|room| self.question.is_about(room)) {
            self.figures.add_zombie(room, series, zombie);
        }
    }

    /// Computes what the answer needs of a room, and adds it.
    pub fn compute(&mut self, number: RoomNumber, known: &Known) {
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, self.buildings, self.now);
        let days: Vec<(Date, DayValues)> = days_of(&self.calendar, &known.room)
            .iter()
            .map(|local_day| (local_day.date, values(&base, local_day)))
            .collect();
        for (date, values) in days {
            self.add_day(number, date, &values);
        }
        let judged = known.bookings.iter().filter_map(|booking| judge(booking, &base));
        let judged: Vec<Judged> = judged.collect();
        for judged in judged.iter().filter(|judged| self.question.has(judged.date())) {
            let series = judged.booking.series.as_deref();
            self.add_booking(number, judged.local, series, &judged.counts);
        }
        self.add_zombies(number, known, &judged);
    }

    fn add_zombies(&mut self, number: RoomNumber, known: &Known, judged: &[Judged]) {
        let verdicts: BTreeMap<&str, &Judged> = judged
            .iter()
            .map(|judged| (judged.booking.id.as_str(), judged))
            .collect();
        let mut series: BTreeMap<&str, Vec<Occurrence>> = BTreeMap::new();
        for booking in &known.bookings {
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
        let as_of = self.as_of(&known.room);
        for (id, occurrences) in series {
            if let Some(zombie) = zombie(&occurrences, &known.read, as_of) {
                self.add_zombie(number, id, &zombie);
            }
        }
    }

    /// The report.
    pub fn report(mut self) -> Report {
        for (peers, own) in self.peers {
            let Some(one) = self.rooms.get(own.one) else {
                continue;
            };
            let mut in_use = InUse::new(peers, own.rooms);
            for local_day in days_of(&self.calendar, one) {
                let date = local_day.date;
                let nothing = PeersDay::default();
                let day = own.days.get(&date).unwrap_or(&nothing);
                in_use.add(local_day, day, self.now);
                for full in day.full(local_day) {
                    let at = Local {
                        date,
                        hour: full.hour,
                    };
                    self.figures.add_full(one, at, &full);
                }
            }
            self.figures.add_in_use(in_use);
        }
        self.figures.report(self.question)
    }
}

/// The days of a period by building.
type Calendar = BTreeMap<Option<String>, Vec<LocalDay>>;

fn days_of<'a>(calendar: &'a Calendar, room: &Room) -> &'a [LocalDay] {
    calendar.get(&room.building).map_or(&[], Vec::as_slice)
}
