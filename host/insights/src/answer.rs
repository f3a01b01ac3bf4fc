//! The answer to a question, for some rooms after others, so that only little of all needs to be in memory at a time. Nothing is stored in between.

use std::collections::BTreeMap;

use collector_model::usage::Record;

use crate::amounts::Amounts;
use crate::base::Base;
use crate::booking::Booking;
use crate::clock::end_of_period;
use crate::evidence::Evidence;
use crate::figures::Figures;
use crate::group::{Key, Question};
use crate::hours::Buildings;
use crate::report::{Report, VerdictLine};
use crate::room::{Peers, Room};
use crate::spans::Spans;
use crate::verdict::{Counts, Judged, judge};
use crate::witness::Witnesses;
use crate::zombie::Zombie;

pub use crate::adding::Adding;

/// Tells rooms apart within one answer: the position in the list of all rooms.
pub type RoomNumber = usize;

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
#[derive(Debug, Clone)]
pub struct Answer<'q> {
    question: &'q Question,
    buildings: &'q Buildings,
    now: i64,
    rooms: &'q [Room],
    figures: Figures,
}

impl<'q> Answer<'q> {
    /// Begins, with all rooms that there are: their positions are their numbers. `now` is UTC seconds.
    pub fn new(question: &'q Question, buildings: &'q Buildings, now: i64, rooms: &'q [Room]) -> Self {
        let in_scope = rooms.iter().filter(|room| question.is_about(room));
        Self {
            figures: Figures::new(question.by, in_scope),
            question,
            buildings,
            now,
            rooms,
        }
    }

    /// The end of the period on a room's clock, or now, whichever is earlier: as of when series are looked at. UTC seconds.
    pub fn as_of(&self, room: &Room) -> i64 {
        let zone = self.buildings.hours(room.building.as_deref()).zone();
        end_of_period(zone, self.question.to).map_or(self.now, |end| end.min(self.now))
    }

    /// Begins to add what is known of some rooms, month by month. They are in scope and share building and band; a month numbers them in this
    /// order. None if there are none. By series a month has nothing to tell: see [`Answer::add_bookings`].
    pub fn adding(&mut self, rooms: &[RoomNumber]) -> Option<Adding<'_>> {
        let all = self.rooms;
        let numbered: Vec<(RoomNumber, &Room)> = rooms
            .iter()
            .filter_map(|number| Some((*number, all.get(*number)?)))
            .collect();
        let (_, one) = numbered.first()?;
        Some(Adding::new(
            self.question.by,
            Peers::of(one),
            numbered,
            &mut self.figures,
        ))
    }

    /// Adds all judged bookings of a room in scope that start in the period and belong to a series, for a question by series.
    pub fn add_bookings<'a>(
        &mut self,
        number: RoomNumber,
        bookings: impl IntoIterator<Item = (&'a str, &'a Counts)>,
    ) {
        let Some(room) = self.rooms.get(number) else {
            return;
        };
        let mut all: BTreeMap<&str, Vec<&Counts>> = BTreeMap::new();
        for (series, counts) in bookings {
            all.entry(series).or_default().push(counts);
        }
        for (series, own) in all {
            let group = self.figures.group_of(Key::of_series(series));
            let Some(group) = self.figures.group(group) else {
                continue;
            };
            let parties: Vec<u32> = own.iter().filter_map(|counts| counts.party).collect();
            let mut amounts = Amounts::default();
            own.iter().for_each(|counts| amounts.add_booking(counts));
            group.row.add(amounts);
            parties.iter().for_each(|party| group.parties.add(*party));
            group.fit(room.seats(), &parties);
            group.leads.extend(own.iter().filter_map(|counts| counts.lead));
        }
    }

    /// Adds a series that nobody attends any more, as of [`Answer::as_of`].
    pub fn add_zombie(&mut self, number: RoomNumber, series: &str, zombie: &Zombie) {
        if let Some(room) = self.rooms.get(number).filter(|room| self.question.is_about(room)) {
            self.figures.add_zombie(room, series, zombie);
        }
    }

    /// Adds the answer to the same question about other rooms.
    pub fn add(&mut self, other: Self) {
        self.figures.add(other.figures);
    }

    /// The report.
    pub fn report(self) -> Report {
        self.figures.report(self.question)
    }
}
