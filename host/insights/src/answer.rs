//! The answer to a question: room by room, so that the records of only one room need to be in memory at a time. Nothing is stored in between.

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

/// The report that answers a question, once every room that it needs was added.
#[derive(Debug)]
pub struct Answer<'q> {
    question: &'q Question,
    buildings: &'q Buildings,
    now: i64,
    calendar: Calendar,
    /// The rooms that can stand in for one in scope are looked at with it.
    peers: BTreeSet<Peers>,
    computed: Vec<Computed>,
}

impl<'q> Answer<'q> {
    /// Begins, with all rooms that there are. `now` is UTC seconds.
    pub fn new<'r>(
        question: &'q Question,
        buildings: &'q Buildings,
        now: i64,
        rooms: impl IntoIterator<Item = &'r Room>,
    ) -> Self {
        let mut calendar = Calendar::new();
        let mut peers = BTreeSet::new();
        for room in rooms {
            calendar.entry(room.building.clone()).or_insert_with(|| {
                let hours = buildings.hours(room.building.as_deref());
                question.dates().map(|date| LocalDay::of(hours, date)).collect()
            });
            if question.is_about(room) {
                peers.extend(Peers::of(room));
            }
        }
        Self {
            question,
            buildings,
            now,
            calendar,
            peers,
            computed: Vec::new(),
        }
    }

    /// Whether the answer depends on a room: it is in scope, or shares building and band with one that is.
    pub fn needs(&self, room: &Room) -> bool {
        self.question.is_about(room) || Peers::of(room).is_some_and(|peers| self.peers.contains(&peers))
    }

    /// Computes what the answer needs of a room.
    pub fn add(&mut self, known: &Known) {
        if !self.needs(&known.room) {
            return;
        }
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, self.buildings, self.now);
        let days = days_of(&self.calendar, &known.room)
            .iter()
            .map(|local_day| (local_day.date, values(&base, local_day)));
        let judged = known.bookings.iter().filter_map(|booking| judge(booking, &base));
        self.computed.push(Computed {
            days: days.collect(),
            judged: judged.collect(),
            room: known.room.clone(),
            bookings: known.bookings.clone(),
            read: known.read.clone(),
        });
    }

    /// The report.
    pub fn report(&self) -> Report {
        let question = self.question;
        let mut figures = Figures::new(question.by, self.in_scope().map(|computed| &computed.room));
        for computed in self.in_scope() {
            let room = &computed.room;
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
            self.add_zombies(&mut figures, computed);
        }
        self.add_peers(&mut figures);
        figures.report(question)
    }

    fn in_scope(&self) -> impl Iterator<Item = &Computed> {
        self.computed
            .iter()
            .filter(|computed| self.question.is_about(&computed.room))
    }

    fn add_peers<'a>(&'a self, figures: &mut Figures<'a>) {
        let mut groups: BTreeMap<Peers, Vec<&'a Computed>> = BTreeMap::new();
        for one in &self.computed {
            if let Some(peers) = Peers::of(&one.room) {
                groups.entry(peers).or_default().push(one);
            }
        }
        for (peers, all) in groups {
            let in_scope: Vec<&&Computed> = all
                .iter()
                .filter(|one| self.question.is_about(&one.room))
                .collect();
            let Some(first) = in_scope.first() else { continue };
            let one = &first.room;
            let mut in_use = InUse::new(peers, i64::try_from(in_scope.len()).unwrap_or(i64::MAX));
            for local_day in days_of(&self.calendar, one) {
                let date = local_day.date;
                let on = |one: &&'a Computed| one.days.get(&date);
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

    fn add_zombies(&self, figures: &mut Figures<'_>, computed: &Computed) {
        let verdicts: BTreeMap<&str, &Judged> = computed
            .judged
            .iter()
            .map(|judged| (judged.booking.id.as_str(), judged))
            .collect();
        let mut series: BTreeMap<&str, Vec<Occurrence>> = BTreeMap::new();
        for booking in &computed.bookings {
            if let Some(id) = &booking.series {
                series.entry(id).or_default().push(Occurrence {
                    start: booking.start,
                    id: booking.id.clone(),
                    verdict: verdicts.get(booking.id.as_str()).map(|judged| judged.verdict),
                    counted: booking.counted(),
                });
            }
        }
        let zone = self.buildings.hours(computed.room.building.as_deref()).zone();
        let as_of = end_of_period(zone, self.question.to).map_or(self.now, |end| end.min(self.now));
        for (id, occurrences) in series {
            if let Some(zombie) = zombie(&occurrences, &computed.read, as_of) {
                figures.add_zombie(&computed.room, id, &zombie);
            }
        }
    }
}

/// The days of a period by building.
type Calendar = BTreeMap<Option<String>, Vec<LocalDay>>;

fn days_of<'a>(calendar: &'a Calendar, room: &Room) -> &'a [LocalDay] {
    calendar.get(&room.building).map_or(&[], Vec::as_slice)
}

/// What is computed of a room.
#[derive(Debug)]
struct Computed {
    room: Room,
    bookings: Vec<Booking>,
    read: Spans,
    days: BTreeMap<Date, DayValues>,
    judged: Vec<Judged>,
}
