//! Months of rooms that share building and band: added up from their days, and kept until one of these changes.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use collector_insights::base::Base;
use collector_insights::clock::{Local, LocalDay};
use collector_insights::day::{DayValues, values};
use collector_insights::evidence::Evidence;
use collector_insights::hours::OpenHours;
use collector_insights::month::{ByRoom, Cell, Hours, Level, Month, MonthOfRooms, Of};
use collector_insights::peers::{Peaks, SlotUse};
use collector_insights::room::{Peers, Room};
use collector_insights::spans::Spans;
use jiff::civil::Date;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compute::Calendar;
use crate::content::{Packed, StoredDay, date_of, month_of, number_of};
use crate::file::{Rollups, RollupsError};
use crate::scope::Scope;

/// What is kept of a month, apart from its amounts: those are numbered by their levels.
#[derive(Clone, Copy)]
enum Part {
    Amounts(Level),
    Witnessed,
    Parties,
    Leads,
    Peaks,
    Slots,
}

impl Part {
    fn number(self) -> i64 {
        match self {
            Self::Amounts(level) => level as i64,
            Self::Witnessed => 16,
            Self::Parties => 17,
            Self::Leads => 18,
            Self::Peaks => 19,
            Self::Slots => 20,
        }
    }
}

/// Rooms whose months are kept as one.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) number: i64,
    /// Their numbers in the file and positions in the scope, by number: in a month they are numbered in this order.
    pub(crate) rooms: Vec<(i64, usize)>,
    /// The first and the last date of which something is kept; none if nothing is.
    pub(crate) dates: Option<(i64, i64)>,
}

impl Set {
    /// Whether something may be kept of a month.
    pub(crate) fn has(&self, month: i64) -> bool {
        self.dates.is_some_and(|(first, last)| {
            month_of(date_of(first)) <= month && month <= month_of(date_of(last))
        })
    }

    /// The room that stands for all in what they share.
    pub(crate) fn one<'a>(&self, scope: &'a Scope) -> Option<&'a Room> {
        scope.rooms.get(self.rooms.first()?.1)
    }
}

/// The sets of which a room (a position in the scope) is in `rooms`.
pub(crate) fn sets(file: &Connection, scope: &Scope, rooms: &[usize]) -> Result<Vec<Set>, rusqlite::Error> {
    let positions: HashMap<(&str, &str), usize> = (0..)
        .zip(&scope.rooms)
        .map(|(position, room)| ((room.source.as_str(), room.address.as_str()), position))
        .collect();
    let mut sets: BTreeMap<i64, Set> = BTreeMap::new();
    let mut statement = file.prepare_cached(
        "SELECT source, address, room.number, alike.number, alike.first, alike.last FROM room JOIN alike ON alike.number = alike
         ORDER BY room.number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(position) = positions.get(&(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)) else {
            continue;
        };
        let number = row.get(3)?;
        let (first, last): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
        let set = sets.entry(number).or_insert_with(|| Set {
            number,
            rooms: Vec::new(),
            dates: first.zip(last),
        });
        set.rooms.push((row.get(2)?, *position));
    }
    let mut asked = vec![false; scope.rooms.len()];
    for position in rooms {
        if let Some(asked) = asked.get_mut(*position) {
            *asked = true;
        }
    }
    let is_asked = |position: &usize| asked.get(*position).copied().unwrap_or_default();
    let mut sets: Vec<Set> = sets.into_values().collect();
    sets.retain(|set| set.rooms.iter().any(|(_, position)| is_asked(position)));
    // Those with the same open time share their calendar.
    sets.sort_by_cached_key(|set| {
        let building = set.one(scope).and_then(|room| room.building.as_deref());
        format!("{:?}", scope.buildings.hours(building))
    });
    Ok(sets)
}

/// Forgets all months of some rooms.
pub(crate) fn forget_months(file: &Connection, alike: i64) -> Result<(), rusqlite::Error> {
    file.prepare_cached("DELETE FROM built WHERE alike = ?1")?
        .execute([alike])?;
    Ok(())
}

/// Forgets a month of the rooms that are alike to one.
pub(crate) fn forget_month(file: &Connection, room: i64, month: i64) -> Result<(), rusqlite::Error> {
    file.prepare_cached(
        "DELETE FROM built WHERE alike = (SELECT alike FROM room WHERE number = ?1) AND month = ?2",
    )?
    .execute([room, month])?;
    Ok(())
}

/// Notes that something is kept of dates of a room.
pub(crate) fn widen(file: &Connection, room: i64, first: i64, last: i64) -> Result<(), rusqlite::Error> {
    file.prepare_cached(
        "UPDATE alike SET first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?3), ?3)
         WHERE number = (SELECT alike FROM room WHERE number = ?1) AND (first IS NULL OR first > ?2 OR last < ?3)",
    )?
    .execute([room, first, last])?;
    Ok(())
}

impl Rollups {
    /// Adds up all months of all that share building and band with some rooms (positions in the scope), where they are not up to date.
    pub(crate) fn build_all(
        &mut self,
        scope: &Scope,
        rooms: &[usize],
        as_of: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), RollupsError> {
        let sets = sets(&self.connection, scope, rooms).map_err(|error| self.failed(error.into()))?;
        let mut plain = Plain::new(scope, as_of);
        for set in sets {
            if !go_on() {
                return Ok(());
            }
            let Some((first, last)) = set.dates else { continue };
            self.build(
                &set,
                (month_of(date_of(first)), month_of(date_of(last))),
                &mut plain,
            )?;
        }
        Ok(())
    }

    /// Adds up the months from one to another (both included) that are not up to date, of rooms whose months are kept as one.
    pub(crate) fn build(
        &mut self,
        set: &Set,
        (first, last): (i64, i64),
        plain: &mut Plain<'_>,
    ) -> Result<(), RollupsError> {
        let missing =
            missing(&self.connection, set, first, last).map_err(|error| self.failed(error.into()))?;
        if missing.is_empty() {
            return Ok(());
        }
        self.within(|file| {
            for month in missing {
                build(file, set, month, plain)?;
            }
            Ok(())
        })
    }
}

fn missing(file: &Connection, set: &Set, first: i64, last: i64) -> Result<Vec<i64>, rusqlite::Error> {
    let built: Vec<i64> = file
        .prepare_cached("SELECT month FROM built WHERE alike = ?1 AND month BETWEEN ?2 AND ?3")?
        .query_map([set.number, first, last], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok((first..=last)
        .filter(|month| set.has(*month) && !built.contains(month))
        .collect())
}

fn build(file: &Connection, set: &Set, month: i64, plain: &mut Plain<'_>) -> Result<(), rusqlite::Error> {
    let (Some(one), Some(first)) = (set.one(plain.scope), first_of(month)) else {
        return Ok(());
    };
    let (from, to) = (number_of(first), number_of(first.last_of_month()) + 1);
    let mut all = add_up(file, &set.rooms, (from, to), plain)?;
    if Peers::of(one).is_some() {
        all.count_in_use(plain.days(one, from, to).iter().map(|day| &**day), plain.as_of);
        all.find_full(plain.days(one, from, to).iter().map(|day| &**day));
    }
    let place = (set.number, month);
    for level in Level::ALL {
        let Ok(cells) = all.cells(level);
        put(file, Part::Amounts(level), place, &cells)?;
    }
    let (Ok(witnessed), Ok(parties), Ok(leads), Ok(peaks), Ok(slots)) = (
        all.witnessed(),
        all.parties(),
        all.leads(),
        all.peaks(),
        all.slots(),
    );
    put(file, Part::Witnessed, place, &witnessed)?;
    put(file, Part::Parties, place, &parties)?;
    put(file, Part::Leads, place, &leads)?;
    put(file, Part::Peaks, place, &peaks)?;
    put(file, Part::Slots, place, &slots)?;
    file.prepare_cached("INSERT OR REPLACE INTO built (alike, month) VALUES (?1, ?2)")?
        .execute([set.number, month])?;
    Ok(())
}

fn put(
    file: &Connection,
    part: Part,
    (alike, month): (i64, i64),
    content: &impl Serialize,
) -> Result<(), rusqlite::Error> {
    file.prepare_cached(
        "INSERT OR REPLACE INTO month (part, alike, month, content) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![part.number(), alike, month, Packed(content)])?;
    Ok(())
}

/// Adds up dates of one month, from one up to another, of some rooms that share building and band.
pub(crate) fn add_up(
    file: &Connection,
    rooms: &[(i64, usize)],
    (from, to): (i64, i64),
    plain: &mut Plain<'_>,
) -> Result<MonthOfRooms, rusqlite::Error> {
    let mut all = MonthOfRooms::new(rooms.len());
    for (number, (stored, position)) in rooms.iter().enumerate() {
        let Some(room) = plain.scope.rooms.get(*position) else {
            continue;
        };
        let mut statement = file.prepare_cached(
            "SELECT date, content FROM day WHERE room = ?1 AND date >= ?2 AND date < ?3 ORDER BY date",
        )?;
        let mut rows = statement.query([*stored, from, to])?;
        let mut next = from;
        while let Some(row) = rows.next()? {
            let (day, Packed(content)): (i64, Packed<StoredDay>) = (row.get(0)?, row.get(1)?);
            for unknown in next..day {
                all.add_day(
                    number,
                    room.seats(),
                    date_of(unknown),
                    &*plain.values(room, unknown),
                );
            }
            next = day + 1;
            let date = date_of(day);
            all.add_day(number, room.seats(), date, &content.values(day));
            for booking in &content.bookings {
                let at = Local {
                    date,
                    hour: booking.hour,
                };
                all.add_booking(number, at, &booking.counts);
            }
        }
        for unknown in next..to {
            all.add_day(
                number,
                room.seats(),
                date_of(unknown),
                &*plain.values(room, unknown),
            );
        }
    }
    Ok(all)
}

/// The first date of a stored month.
pub(crate) fn first_of(month: i64) -> Option<Date> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1).ok()
}

/// Dates and months of rooms of which nothing is known but when they are open: they have not begun, or nobody read them. Those of one open time
/// are kept at once, because a large company has many buildings and years.
pub(crate) struct Plain<'a> {
    pub(crate) scope: &'a Scope,
    /// UTC seconds.
    pub(crate) as_of: i64,
    hours: Option<&'a OpenHours>,
    calendar: Calendar,
    values: HashMap<i64, Rc<DayValues>>,
    months: HashMap<i64, Rc<MonthOfRooms>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(scope: &'a Scope, as_of: i64) -> Self {
        Self {
            scope,
            as_of,
            hours: None,
            calendar: Calendar::default(),
            values: HashMap::new(),
            months: HashMap::new(),
        }
    }

    /// The open time of a room, which from now on is the one of which something is kept.
    fn hours(&mut self, room: &Room) -> &'a OpenHours {
        let hours = self.scope.buildings.hours(room.building.as_deref());
        if self.hours != Some(hours) {
            self.hours = Some(hours);
            self.values.clear();
            self.months.clear();
        }
        hours
    }

    /// The local days of a room from one up to another.
    pub(crate) fn days(&mut self, room: &Room, from: i64, to: i64) -> Vec<Rc<LocalDay>> {
        let hours = self.hours(room);
        (from..to).map(|day| self.calendar.day(hours, day)).collect()
    }

    fn values(&mut self, room: &Room, day: i64) -> Rc<DayValues> {
        let hours = self.hours(room);
        if let Some(known) = self.values.get(&day) {
            return Rc::clone(known);
        }
        let base = Base {
            hours,
            bookings: &[],
            read: &Spans::NONE,
            evidence: &Evidence::default(),
            now: self.as_of,
        };
        let made = Rc::new(values(&base, &self.calendar.day(hours, day)));
        self.values.insert(day, Rc::clone(&made));
        made
    }

    /// The month of one room.
    pub(crate) fn month(&mut self, room: &Room, first: Date) -> Rc<MonthOfRooms> {
        self.hours(room);
        let from = number_of(first);
        if let Some(known) = self.months.get(&from) {
            return Rc::clone(known);
        }
        let mut month = MonthOfRooms::new(1);
        let to = number_of(first.last_of_month()) + 1;
        for day in from..to {
            month.add_day(0, None, date_of(day), &self.values(room, day));
        }
        let days = self.days(room, from, to);
        month.count_in_use(days.iter().map(|day| &**day), self.as_of);
        let made = Rc::new(month);
        self.months.insert(from, Rc::clone(&made));
        made
    }
}

/// A month that is kept.
pub(crate) struct StoredMonth<'a> {
    pub(crate) file: &'a Connection,
    /// The number of the rooms' set.
    pub(crate) alike: i64,
    pub(crate) month: i64,
}

impl StoredMonth<'_> {
    fn part<A: DeserializeOwned>(&self, part: Part) -> Result<A, rusqlite::Error> {
        self.file
            .prepare_cached("SELECT content FROM month WHERE part = ?1 AND alike = ?2 AND month = ?3")?
            .query_row([part.number(), self.alike, self.month], |row| row.get(0))
            .map(|Packed(content)| content)
    }
}

impl Month for StoredMonth<'_> {
    type Error = rusqlite::Error;

    fn cells(&self, level: Level) -> Result<Vec<Cell>, rusqlite::Error> {
        self.part(Part::Amounts(level))
    }

    fn witnessed(&self) -> Result<ByRoom<(u8, Hours)>, rusqlite::Error> {
        self.part(Part::Witnessed)
    }

    fn parties(&self) -> Result<ByRoom<Of<u32>>, rusqlite::Error> {
        self.part(Part::Parties)
    }

    fn leads(&self) -> Result<ByRoom<Of<i64>>, rusqlite::Error> {
        self.part(Part::Leads)
    }

    fn peaks(&self) -> Result<Peaks, rusqlite::Error> {
        self.part(Part::Peaks)
    }

    fn slots(&self) -> Result<Vec<(u8, SlotUse)>, rusqlite::Error> {
        self.part(Part::Slots)
    }
}
