//! The answer to a question, for some rooms after others, so that only little of all needs to be in memory at a time. Nothing is stored in between.

use std::collections::{BTreeMap, BTreeSet};

use collector_model::usage::Record;
use jiff::civil::Date;

use crate::amounts::Amounts;
use crate::base::Base;
use crate::booking::Booking;
use crate::clock::{Local, end_of_period};
use crate::evidence::Evidence;
use crate::figures::{Figures, GroupNumber};
use crate::group::{By, Key, PartOfMonth, Question};
use crate::hours::Buildings;
use crate::month::{Hours, Level, Month};
use crate::peers::Peaks;
use crate::report::{Report, VerdictLine};
use crate::room::{Peers, Room};
use crate::spans::Spans;
use crate::verdict::{Counts, Judged, judge};
use crate::witness::Witnesses;
use crate::zombie::Zombie;

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

    /// Adds what is known of some rooms, month by month. They are in scope and share building and band; a month numbers them in this order.
    /// By series a month has nothing to tell: see [`Answer::add_bookings`].
    ///
    /// # Errors
    /// A month cannot be read.
    pub fn add_rooms<M: Month>(
        &mut self,
        rooms: &[RoomNumber],
        month_of: impl Fn(&PartOfMonth) -> Result<M, M::Error>,
    ) -> Result<(), M::Error> {
        let all = self.rooms;
        let numbered: Vec<(RoomNumber, &Room)> = rooms
            .iter()
            .filter_map(|number| Some((*number, all.get(*number)?)))
            .collect();
        let Some((_, one)) = numbered.first() else {
            return Ok(());
        };
        let mut adding = Adding {
            by: self.question.by,
            peers: Peers::of(one),
            rooms: &numbered,
            figures: &mut self.figures,
            observed: BTreeSet::new(),
            parties: BTreeMap::new(),
        };
        for part in self.question.months() {
            adding.month(&part, &month_of(&part)?)?;
        }
        adding.end();
        Ok(())
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

/// Adds months of some rooms to the figures of their groups.
struct Adding<'a> {
    by: By,
    peers: Option<Peers>,
    rooms: &'a [(RoomNumber, &'a Room)],
    figures: &'a mut Figures,
    /// Rooms (by their numbers among these) with a witnessed second.
    observed: BTreeSet<(GroupNumber, usize)>,
    /// The parties of each room.
    parties: BTreeMap<(GroupNumber, usize), Vec<u32>>,
}

impl Adding<'_> {
    fn month<M: Month>(&mut self, part: &PartOfMonth, month: &M) -> Result<(), M::Error> {
        let Some(level) = level(self.by, part.is_whole) else {
            return Ok(());
        };
        let mut groups = Groups::new(self.by, *part, self.rooms.len());
        for cell in month.cells(level)? {
            let group = self.group(&mut groups, cell.room, cell.day, cell.hour);
            if let Some(group) = group.and_then(|group| self.figures.group(group)) {
                group.row.add_row(&cell.row);
            }
        }
        self.witnessed(&mut groups, month)?;
        self.parties(&mut groups, month)?;
        self.leads(&mut groups, month)?;
        self.in_use(&mut groups, part, month)
    }

    fn group(&mut self, groups: &mut Groups, room: usize, day: u8, hour: u8) -> Option<GroupNumber> {
        let (_, one) = self.rooms.get(room)?;
        groups.of(self.figures, (room, one), day, hour)
    }

    /// The group of what is at a place, and of a room that is there.
    fn group_at(&mut self, groups: &mut Groups, place: usize, room: usize) -> Option<GroupNumber> {
        let (_, one) = self.rooms.get(room)?;
        groups.at(self.figures, place, one)
    }

    fn witnessed<M: Month>(&mut self, groups: &mut Groups, month: &M) -> Result<(), M::Error> {
        let mut seen = vec![false; groups.places()];
        for (room, days) in month.witnessed()?.iter().enumerate() {
            for (day, hours) in days {
                for hour in groups.hours(*hours) {
                    let place = groups.place(room, *day, hour);
                    if let Some(seen) = place.and_then(|place| seen.get_mut(place)) {
                        *seen = true;
                    }
                }
            }
            for (place, seen) in seen.iter_mut().enumerate() {
                if std::mem::take(seen) {
                    let group = self.group_at(groups, place, room);
                    self.observed.extend(group.map(|group| (group, room)));
                }
            }
        }
        // A date is in one month: no need to remember its rooms.
        if matches!(self.by, By::Date | By::Month) {
            self.end_observed();
        }
        Ok(())
    }

    fn end_observed(&mut self) {
        for (group, _) in std::mem::take(&mut self.observed) {
            if let Some(group) = self.figures.group(group) {
                group.observed += 1;
            }
        }
    }

    fn parties<M: Month>(&mut self, groups: &mut Groups, month: &M) -> Result<(), M::Error> {
        let mut of_room: Vec<Vec<u32>> = vec![Vec::new(); groups.places()];
        for (room, parties) in month.parties()?.iter().enumerate() {
            for party in parties {
                if let Some(own) = groups
                    .place(room, party.day, party.hour)
                    .and_then(|place| of_room.get_mut(place))
                {
                    own.push(party.value);
                }
            }
            for (place, parties) in of_room.iter_mut().enumerate().filter(|(_, own)| !own.is_empty()) {
                let Some(number) = self.group_at(groups, place, room) else {
                    continue;
                };
                if let Some(group) = self.figures.group(number) {
                    parties.iter().for_each(|party| group.parties.add(*party));
                    self.parties.entry((number, room)).or_default().append(parties);
                }
            }
        }
        if matches!(self.by, By::Date | By::Month) {
            self.end_parties();
        }
        Ok(())
    }

    fn end_parties(&mut self) {
        for ((group, room), parties) in std::mem::take(&mut self.parties) {
            let seats = self.rooms.get(room).and_then(|(_, room)| room.seats());
            if let Some(group) = self.figures.group(group) {
                group.fit(seats, &parties);
            }
        }
    }

    fn leads<M: Month>(&mut self, groups: &mut Groups, month: &M) -> Result<(), M::Error> {
        let mut by_place: Vec<Vec<i64>> = vec![Vec::new(); groups.places()];
        let all = month.leads()?;
        for (room, leads) in all.iter().enumerate() {
            for lead in leads {
                if let Some(own) = groups
                    .place(room, lead.day, lead.hour)
                    .and_then(|place| by_place.get_mut(place))
                {
                    own.push(lead.value);
                }
            }
        }
        for (place, leads) in by_place
            .into_iter()
            .enumerate()
            .filter(|(_, own)| !own.is_empty())
        {
            // By room, the place is the room.
            let group = self.group_at(groups, place, place.min(all.len().saturating_sub(1)));
            if let Some(group) = group.and_then(|group| self.figures.group(group)) {
                group.leads.extend(leads);
            }
        }
        Ok(())
    }

    fn in_use<M: Month>(
        &mut self,
        groups: &mut Groups,
        part: &PartOfMonth,
        month: &M,
    ) -> Result<(), M::Error> {
        if !matches!(self.by, By::All | By::Building) {
            return Ok(());
        }
        let (Some(peers), Some(group)) = (self.peers.clone(), self.group(groups, 0, 0, 0)) else {
            return Ok(());
        };
        let peaks = match part.is_whole {
            true => month.peaks()?,
            false => {
                let mut peaks = Peaks::default();
                for (day, slot) in month.slots()? {
                    if part.date(day).is_some() {
                        peaks.add(&slot);
                    }
                }
                peaks
            }
        };
        if let Some(group) = self.figures.group(group) {
            group.in_use(&peers, &peaks);
        }
        Ok(())
    }

    fn end(mut self) {
        self.end_observed();
        self.end_parties();
    }
}

/// Into what a month must be divided for a question. None by series: months know nothing of them.
fn level(by: By, is_whole: bool) -> Option<Level> {
    Some(match (by, is_whole) {
        (By::Series, _) => return None,
        (By::All | By::Building | By::Seats | By::Month, true) => Level::Whole,
        (By::All | By::Building | By::Seats | By::Month, false) | (By::Date | By::Week | By::Weekday, _) => {
            Level::Dates
        }
        (By::Hour, true) => Level::Hours,
        (By::Hour, false) => Level::DatesAndHours,
        (By::Room, true) => Level::Rooms,
        (By::Room, false) => Level::RoomsAndDates,
    })
}

/// The groups of what is in a part of a month, looked up once each.
struct Groups {
    by: By,
    /// By the day of the month, those that are in the part.
    dates: [Option<Date>; 32],
    /// Any date of the part.
    one: Date,
    /// By what tells groups apart: nothing, or number of the day, hour or room.
    known: Vec<Option<GroupNumber>>,
}

impl Groups {
    fn new(by: By, part: PartOfMonth, rooms: usize) -> Self {
        let mut dates = [None; 32];
        for (date, day) in dates.iter_mut().zip(0..) {
            *date = part.date(day);
        }
        Self {
            by,
            dates,
            one: part.from,
            known: vec![None; rooms.max(32)],
        }
    }

    /// How many places there are.
    fn places(&self) -> usize {
        self.known.len()
    }

    /// What tells groups apart of what is of a room, a day (0: of all) and an hour: nothing, or the number of the day, hour or room. None if the
    /// day is not in the part.
    fn place(&self, room: usize, day: u8, hour: u8) -> Option<usize> {
        if day != 0 {
            (*self.dates.get(usize::from(day))?)?;
        }
        Some(match self.by {
            By::All | By::Building | By::Seats | By::Month | By::Series => 0,
            By::Date | By::Week | By::Weekday => usize::from(day),
            By::Hour => usize::from(hour),
            By::Room => room,
        })
    }

    /// The group of a place, and of a room that is there.
    fn at(&mut self, figures: &mut Figures, place: usize, room: &Room) -> Option<GroupNumber> {
        let known = self.known.get_mut(place)?;
        if known.is_none() {
            let (day, hour) = match self.by {
                By::Date | By::Week | By::Weekday => (place, 0),
                By::Hour => (0, u8::try_from(place).ok()?),
                _ => (0, 0),
            };
            let date = match day {
                0 => self.one,
                day => (*self.dates.get(day)?)?,
            };
            let key = self.by.key(room, Local { date, hour })?;
            *known = Some(figures.group_of(key));
        }
        *known
    }

    /// The group of what is of a room, a day (0: of all) and an hour. None if the day is not in the part.
    fn of(
        &mut self,
        figures: &mut Figures,
        (number, room): (usize, &Room),
        day: u8,
        hour: u8,
    ) -> Option<GroupNumber> {
        let place = self.place(number, day, hour)?;
        self.at(figures, place, room)
    }

    /// The hours that matter of a day at which a room was witnessed: any one, but by hour.
    fn hours(&self, witnessed: Hours) -> impl Iterator<Item = u8> + use<> {
        let mut left = if self.by == By::Hour { witnessed } else { 1 };
        std::iter::from_fn(move || {
            let hour = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            u8::try_from(hour).ok()
        })
    }
}
