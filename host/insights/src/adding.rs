//! Adds months of rooms to the figures of their groups: into what a month has to be divided for a question, and which of it is of which group.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;

use crate::class::Classes;
use crate::clock::Local;
use crate::figures::{Figures, GroupNumber};
use crate::group::{By, Key, PartOfMonth};
use crate::month::{Hours, Level, Month};
use crate::peers::Peaks;
use crate::room::{Peers, Room};

/// Adds months of some rooms to the answer to a question.
pub struct Adding<'a> {
    by: By,
    peers: Option<Peers>,
    rooms: Vec<(usize, &'a Room)>,
    figures: &'a mut Figures,
    /// Rooms (by their numbers among these) with a witnessed second.
    observed: BTreeSet<(GroupNumber, usize)>,
    /// The parties of each room.
    parties: BTreeMap<(GroupNumber, usize), Vec<u32>>,
}

impl<'a> Adding<'a> {
    /// Begins with rooms that share building and band, numbered from 0 in this order.
    pub(crate) fn new(
        by: By,
        peers: Option<Peers>,
        rooms: Vec<(usize, &'a Room)>,
        figures: &'a mut Figures,
    ) -> Self {
        Self {
            by,
            peers,
            rooms,
            figures,
            observed: BTreeSet::new(),
            parties: BTreeMap::new(),
        }
    }

    /// Adds a part of a month.
    ///
    /// # Errors
    /// The month cannot be read.
    pub fn month<M: Month>(&mut self, part: &PartOfMonth, month: &M) -> Result<(), M::Error> {
        if let Some(classes) = self.by.classes() {
            return self.classes(classes, part, month);
        }
        let Some(level) = level(self.by, part.is_whole) else {
            return Ok(());
        };
        let mut groups = Groups::new(self.by, *part, self.rooms.len());
        for cell in month.cells(level)?.iter() {
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

    /// Adds what became of the bookings of each class.
    fn classes<M: Month>(&mut self, classes: Classes, part: &PartOfMonth, month: &M) -> Result<(), M::Error> {
        for cell in month.classes(classes, !part.is_whole)?.iter() {
            if !part.is_whole && part.date(cell.day).is_none() {
                continue;
            }
            let key = Key::of_class(classes, cell.class);
            let group = key.map(|key| self.figures.group_of(key));
            if let Some(group) = group.and_then(|group| self.figures.group(group)) {
                group.row.add_row(&cell.row);
            }
        }
        Ok(())
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
                for (day, slot) in month.slots()?.iter() {
                    if part.date(*day).is_some() {
                        peaks.add(slot);
                    }
                }
                Rc::new(peaks)
            }
        };
        if let Some(group) = self.figures.group(group) {
            group.in_use(&peers, &peaks);
        }
        Ok(())
    }

    /// Adds what is known only once all months were added.
    pub fn end(mut self) {
        self.end_observed();
        self.end_parties();
    }
}

/// Into what a month must be divided for a question. None by series: months know nothing of them. None by class: they have parts of their own.
fn level(by: By, is_whole: bool) -> Option<Level> {
    Some(match (by, is_whole) {
        (By::Series | By::LeadTime | By::Length, _) => return None,
        (By::All | By::Building | By::Seats | By::Month, true) => Level::Whole,
        (By::All | By::Building | By::Seats | By::Month, false) | (By::Date | By::Week | By::Weekday, _) => {
            Level::Dates
        }
        (By::Hour, true) => Level::Hours,
        (By::Hour, false) | (By::HourOfWeek, _) => Level::DatesAndHours,
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
    /// By what tells groups apart: nothing, or number of the day, hour, hour of the week or room.
    known: Vec<Option<GroupNumber>>,
}

impl Groups {
    fn new(by: By, part: PartOfMonth, rooms: usize) -> Self {
        let mut dates = [None; 32];
        for (date, day) in dates.iter_mut().zip(0..) {
            *date = part.date(day);
        }
        let places = match by {
            By::Room => rooms,
            By::HourOfWeek => 7 * 24,
            _ => 32,
        };
        Self {
            by,
            dates,
            one: part.from,
            known: vec![None; places],
        }
    }

    /// The number of a day of the part that is on a day of the week, counted from Monday.
    fn any_on(&self, weekday: usize) -> Option<usize> {
        let is_on = |date: &Option<Date>| {
            date.is_some_and(|date| usize::try_from(date.weekday().to_monday_zero_offset()) == Ok(weekday))
        };
        self.dates.iter().position(is_on)
    }

    /// How many places there are.
    fn places(&self) -> usize {
        self.known.len()
    }

    /// What tells groups apart of what is of a room, a day (0: of all) and an hour: nothing, or the number of the day, hour, hour of the week or room. None if the
    /// day is not in the part.
    fn place(&self, room: usize, day: u8, hour: u8) -> Option<usize> {
        if day != 0 {
            (*self.dates.get(usize::from(day))?)?;
        }
        Some(match self.by {
            By::All | By::Building | By::Seats | By::Month | By::Series | By::LeadTime | By::Length => 0,
            By::Date | By::Week | By::Weekday => usize::from(day),
            By::Hour => usize::from(hour),
            By::HourOfWeek => {
                let date = (*self.dates.get(usize::from(day))?)?;
                let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
                weekday * 24 + usize::from(hour)
            }
            By::Room => room,
        })
    }

    /// The group of a place, and of a room that is there.
    fn at(&mut self, figures: &mut Figures, place: usize, room: &Room) -> Option<GroupNumber> {
        if self.known.get(place)?.is_none() {
            let (day, hour) = match self.by {
                By::Date | By::Week | By::Weekday => (place, 0),
                By::Hour => (0, u8::try_from(place).ok()?),
                By::HourOfWeek => (self.any_on(place / 24)?, u8::try_from(place % 24).ok()?),
                _ => (0, 0),
            };
            let date = match day {
                0 => self.one,
                day => (*self.dates.get(day)?)?,
            };
            let key = self.by.key(room, Local { date, hour })?;
            *self.known.get_mut(place)? = Some(figures.group_of(key));
        }
        *self.known.get(place)?
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
        let mut left = if self.by.is_of_hours() { witnessed } else { 1 };
        std::iter::from_fn(move || {
            let hour = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            u8::try_from(hour).ok()
        })
    }
}
