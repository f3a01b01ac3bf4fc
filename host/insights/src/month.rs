//! A month of rooms that share building and band: everything that reports add up, computed from days, in parts of which a question needs few.
//! [`MonthOfRooms`] has all of it; what stores months has the parts as they are here, and is asked like it ([`Month`]).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::amounts::{Amounts, Row};
use crate::class::{ClassCell, ClassNumber, Classes};
use crate::clock::{Local, LocalDay};
use crate::day::DayValues;
use crate::peers::{Peaks, PeersDay, SlotUse};
use crate::verdict::Counts;

/// Into what the amounts of a month are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing: all rooms, dates and hours are one.
    Whole,
    /// Local hours.
    Hours,
    /// Local dates.
    Dates,
    /// Dates and hours.
    DatesAndHours,
    /// Rooms.
    Rooms,
    /// Rooms and dates.
    RoomsAndDates,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 6] = [
        Self::Whole,
        Self::Hours,
        Self::Dates,
        Self::DatesAndHours,
        Self::Rooms,
        Self::RoomsAndDates,
    ];

    /// The level that tells the same and rooms apart; none if there is none.
    pub fn by_rooms(self) -> Option<Self> {
        match self {
            Self::Whole | Self::Rooms => Some(Self::Rooms),
            Self::Dates | Self::RoomsAndDates => Some(Self::RoomsAndDates),
            Self::Hours | Self::DatesAndHours => None,
        }
    }

    /// Whether rooms are told apart.
    pub fn has_rooms(self) -> bool {
        matches!(self, Self::Rooms | Self::RoomsAndDates)
    }

    fn has_dates(self) -> bool {
        matches!(self, Self::Dates | Self::DatesAndHours | Self::RoomsAndDates)
    }

    fn has_hours(self) -> bool {
        matches!(self, Self::Hours | Self::DatesAndHours)
    }
}

/// A part of a month's amounts: of all rooms or one, all dates or one, all hours or one, as the level says. What it does not divide is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The room's number among those of the month.
    pub room: usize,
    /// The day of the month, from 1.
    pub day: u8,
    /// The local hour.
    pub hour: u8,
    /// What it adds up to.
    pub row: Row,
}

/// A value of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of<A> {
    /// The day of the month of its start, from 1.
    pub day: u8,
    /// The local hour of its start.
    pub hour: u8,
    /// The value.
    pub value: A,
}

/// Hours of a date at which a room was witnessed: bit n is hour n.
pub type Hours = u32;

/// A list for each room of a month, by the rooms' numbers.
pub type ByRoom<A> = Vec<Vec<A>>;

/// What is known of a month of rooms that share building and band, read part by part. Several questions may share a part.
pub trait Month {
    /// Why a part cannot be read.
    type Error;

    /// The amounts. There is one for every date and hour that the month has on the rooms' clock, also where nothing was counted.
    ///
    /// # Errors
    /// They cannot be read.
    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, Self::Error>;

    /// What bookings of each class add up to, of all rooms together, and date by date if that is asked for. Classes without are left out.
    ///
    /// # Errors
    /// They cannot be read.
    fn classes(&self, classes: Classes, by_dates: bool) -> Result<Rc<Vec<ClassCell>>, Self::Error>;

    /// When rooms were witnessed: day of the month, and hours. Days without are left out.
    ///
    /// # Errors
    /// They cannot be read.
    fn witnessed(&self) -> Result<Rc<ByRoom<(u8, Hours)>>, Self::Error>;

    /// The parties, in the order of their bookings.
    ///
    /// # Errors
    /// They cannot be read.
    fn parties(&self) -> Result<Rc<ByRoom<Of<u32>>>, Self::Error>;

    /// How long before their start bookings were first seen, in seconds, in their order.
    ///
    /// # Errors
    /// They cannot be read.
    fn leads(&self) -> Result<Rc<ByRoom<Of<i64>>>, Self::Error>;

    /// How many rooms were in use at once, over the whole month.
    ///
    /// # Errors
    /// They cannot be read.
    fn peaks(&self) -> Result<Rc<Peaks>, Self::Error>;

    /// The same, slot by slot: day of the month, and use.
    ///
    /// # Errors
    /// They cannot be read.
    fn slots(&self) -> Result<Rc<Vec<(u8, SlotUse)>>, Self::Error>;
}

/// A month of rooms, added up from days.
#[derive(Debug, Clone, Default)]
pub struct MonthOfRooms {
    grid: BTreeMap<(u8, u8), Amounts>,
    classes: BTreeMap<(Classes, ClassNumber, u8), Amounts>,
    rooms: Vec<MonthOfRoom>,
    peers: BTreeMap<u8, PeersDay>,
    slots: Vec<(u8, SlotUse)>,
}

#[derive(Debug, Clone, Default)]
struct MonthOfRoom {
    days: BTreeMap<u8, Amounts>,
    witnessed: Vec<(u8, Hours)>,
    parties: Vec<Of<u32>>,
    leads: Vec<Of<i64>>,
}

impl MonthOfRooms {
    /// Of so many rooms, which are numbered from 0.
    pub fn new(rooms: usize) -> Self {
        Self {
            rooms: vec![MonthOfRoom::default(); rooms],
            ..Self::default()
        }
    }

    /// Adds a date of a room with so many seats. The dates of a room are added in their order.
    pub fn add_day(&mut self, room: usize, seats: Option<u32>, date: Date, values: &DayValues) {
        let day = day_of(date);
        let Some(own) = self.rooms.get_mut(room) else {
            return;
        };
        let mut witnessed: Hours = 0;
        let of_day = own.days.entry(day).or_default();
        for (hour, sums) in &values.hours {
            self.grid.entry((day, *hour)).or_default().add_time(sums, seats);
            of_day.add_time(sums, seats);
            if sums.witnessed() > 0 {
                witnessed |= 1 << hour;
            }
        }
        if witnessed != 0 {
            own.witnessed.push((day, witnessed));
        }
        self.peers.entry(day).or_default().add(values, true);
    }

    /// Adds a date of a room that is not one of these, but of their building and band: all rooms are full only if it is.
    pub fn add_day_of_another(&mut self, date: Date, values: &DayValues) {
        self.peers.entry(day_of(date)).or_default().add(values, false);
    }

    /// Adds a judged booking of a room that starts at this local time. The bookings of a room are added in their order.
    pub fn add_booking(&mut self, room: usize, at: Local, counts: &Counts) {
        let (day, hour) = (day_of(at.date), at.hour);
        let Some(own) = self.rooms.get_mut(room) else {
            return;
        };
        self.grid.entry((day, hour)).or_default().add_booking(counts);
        own.days.entry(day).or_default().add_booking(counts);
        for classes in Classes::ALL {
            let place = (classes, classes.of(counts), day);
            self.classes.entry(place).or_default().add_booking(counts);
        }
        own.parties
            .extend(counts.party.map(|value| Of { day, hour, value }));
        own.leads.extend(counts.lead.map(|value| Of { day, hour, value }));
    }

    /// Counts how many rooms were in use at once, after all days were added. `now` is UTC seconds.
    pub fn count_in_use<'a>(&mut self, days: impl IntoIterator<Item = &'a LocalDay>, now: i64) {
        for local_day in days {
            let day = day_of(local_day.date);
            let nothing = PeersDay::default();
            let peers = self.peers.get(&day).unwrap_or(&nothing);
            self.slots
                .extend(peers.slots(local_day, now).map(|slot| (day, slot)));
        }
    }

    /// Finds when all rooms were booked, after all days of all rooms of a building and a band were added.
    pub fn find_full<'a>(&mut self, days: impl IntoIterator<Item = &'a LocalDay>) {
        for local_day in days {
            let day = day_of(local_day.date);
            let Some(peers) = self.peers.get(&day) else {
                continue;
            };
            for full in peers.full(local_day) {
                let amounts = self.grid.entry((day, full.hour)).or_default();
                amounts.full += full.full;
                amounts.false_full += full.false_full;
            }
        }
    }

    fn of_rooms<A: Clone>(&self, of: impl Fn(&MonthOfRoom) -> &Vec<A>) -> ByRoom<A> {
        self.rooms.iter().map(|room| of(room).clone()).collect()
    }
}

impl Month for MonthOfRooms {
    type Error = Infallible;

    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, Infallible> {
        let mut rows: BTreeMap<(usize, u8, u8), Row> = BTreeMap::new();
        let mut add = |room: usize, day: u8, hour: u8, amounts: &Amounts| {
            let place = (
                if level.has_rooms() { room } else { 0 },
                if level.has_dates() { day } else { 0 },
                if level.has_hours() { hour } else { 0 },
            );
            rows.entry(place).or_insert(Row::ZERO).add(*amounts);
        };
        if level.has_rooms() {
            for (room, own) in self.rooms.iter().enumerate() {
                own.days
                    .iter()
                    .for_each(|(day, amounts)| add(room, *day, 0, amounts));
            }
        } else {
            self.grid
                .iter()
                .for_each(|((day, hour), amounts)| add(0, *day, *hour, amounts));
        }
        let cells = rows
            .into_iter()
            .map(|((room, day, hour), row)| Cell { room, day, hour, row });
        Ok(Rc::new(cells.collect()))
    }

    fn classes(&self, classes: Classes, by_dates: bool) -> Result<Rc<Vec<ClassCell>>, Infallible> {
        let mut rows: BTreeMap<(ClassNumber, u8), Row> = BTreeMap::new();
        for ((_, class, day), amounts) in self.classes.iter().filter(|((of, ..), _)| *of == classes) {
            let place = (*class, if by_dates { *day } else { 0 });
            rows.entry(place).or_insert(Row::ZERO).add(*amounts);
        }
        let cells = rows
            .into_iter()
            .map(|((class, day), row)| ClassCell { class, day, row });
        Ok(Rc::new(cells.collect()))
    }

    fn witnessed(&self) -> Result<Rc<ByRoom<(u8, Hours)>>, Infallible> {
        Ok(Rc::new(self.of_rooms(|room| &room.witnessed)))
    }

    fn parties(&self) -> Result<Rc<ByRoom<Of<u32>>>, Infallible> {
        Ok(Rc::new(self.of_rooms(|room| &room.parties)))
    }

    fn leads(&self) -> Result<Rc<ByRoom<Of<i64>>>, Infallible> {
        Ok(Rc::new(self.of_rooms(|room| &room.leads)))
    }

    fn peaks(&self) -> Result<Rc<Peaks>, Infallible> {
        let mut peaks = Peaks::default();
        for (_, slot) in &self.slots {
            peaks.add(slot);
        }
        Ok(Rc::new(peaks))
    }

    fn slots(&self) -> Result<Rc<Vec<(u8, SlotUse)>>, Infallible> {
        Ok(Rc::new(self.slots.clone()))
    }
}

/// A month of several rooms of which nothing is known but when they are open: all of them are like one.
#[derive(Debug, Clone)]
pub struct Repeated<'a> {
    /// The month of one of them.
    pub one: &'a MonthOfRooms,
    /// How many there are.
    pub rooms: usize,
}

impl Month for Repeated<'_> {
    type Error = Infallible;

    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, Infallible> {
        let one = self.one.cells(level)?;
        let cells = if level.has_rooms() {
            let rooms = 0..self.rooms;
            rooms
                .flat_map(|room| one.iter().map(move |cell| Cell { room, ..cell.clone() }))
                .collect()
        } else {
            let times = i64::try_from(self.rooms).unwrap_or(i64::MAX);
            let mut cells = one.to_vec();
            for number in cells.iter_mut().flat_map(|cell| &mut cell.row.0) {
                *number *= times;
            }
            cells
        };
        Ok(Rc::new(cells))
    }

    fn classes(&self, _: Classes, _: bool) -> Result<Rc<Vec<ClassCell>>, Infallible> {
        Ok(Rc::default())
    }

    fn witnessed(&self) -> Result<Rc<ByRoom<(u8, Hours)>>, Infallible> {
        Ok(Rc::default())
    }

    fn parties(&self) -> Result<Rc<ByRoom<Of<u32>>>, Infallible> {
        Ok(Rc::default())
    }

    fn leads(&self) -> Result<Rc<ByRoom<Of<i64>>>, Infallible> {
        Ok(Rc::default())
    }

    fn peaks(&self) -> Result<Rc<Peaks>, Infallible> {
        self.one.peaks()
    }

    fn slots(&self) -> Result<Rc<Vec<(u8, SlotUse)>>, Infallible> {
        self.one.slots()
    }
}

/// The day of the month, from 1.
fn day_of(date: Date) -> u8 {
    // jiff's days of the month are from 1 to 31.
    date.day().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::Sums;

    #[test]
    fn every_level_adds_up_to_the_whole() {
        let mut month = MonthOfRooms::new(2);
        for (room, day) in [(0, 1), (0, 31), (1, 31)] {
            let hours = [8, 9].map(|hour| {
                let sums = Sums {
                    open: 3_600,
                    unread: i64::from(hour),
                    ..Sums::default()
                };
                (hour, sums)
            });
            let values = DayValues {
                hours: hours.to_vec(),
                ..DayValues::default()
            };
            month.add_day(room, Some(4), Date::new(2026, 3, day).unwrap(), &values);
        }
        for (level, cells) in Level::ALL.into_iter().zip([1, 2, 2, 4, 2, 3]) {
            let Ok(found) = month.cells(level);
            let mut sum = Row::ZERO;
            found.iter().for_each(|cell| sum.add_row(&cell.row));
            let amounts = Amounts::from(sum);
            assert_eq!(found.len(), cells, "{level:?}");
            assert_eq!(
                (amounts.sums.open, amounts.sums.unread),
                (21_600, 51),
                "{level:?}"
            );
        }
    }
}
