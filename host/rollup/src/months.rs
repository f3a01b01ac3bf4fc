//! Months of rooms that share building and band, as they are kept: which rooms, in which parts, and until a day changes.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use collector_insights::class::{ClassCell, Classes};
use collector_insights::group::Question;
use collector_insights::month::{ByRoom, Cell, Hours, Level, Month, Of};
use collector_insights::peers::{Peaks, SlotUse};
use collector_insights::room::Room;
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::content::{Packed, date_of, month_of};
use crate::scope::Scope;

/// What is kept of a month, apart from its amounts: those are numbered by their levels.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Amounts(Level),
    /// Of bookings by class, and whether date by date.
    Classes(Classes, bool),
    Witnessed,
    Parties,
    Leads,
    Peaks,
    Slots,
}

impl Part {
    fn all() -> impl Iterator<Item = Self> {
        let others = [
            Self::Witnessed,
            Self::Parties,
            Self::Leads,
            Self::Peaks,
            Self::Slots,
        ];
        Level::ALL
            .into_iter()
            .map(Self::Amounts)
            .chain(Self::of_classes().map(|(classes, by_dates)| Self::Classes(classes, by_dates)))
            .chain(others)
    }

    /// Every division into classes, as a whole and date by date.
    pub(crate) fn of_classes() -> impl Iterator<Item = (Classes, bool)> {
        Classes::ALL
            .into_iter()
            .flat_map(|classes| [(classes, false), (classes, true)])
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Amounts(level) => level as i64,
            Self::Witnessed => 16,
            Self::Parties => 17,
            Self::Leads => 18,
            Self::Peaks => 19,
            Self::Slots => 20,
            Self::Classes(classes, by_dates) => 21 + 2 * (classes as i64) + i64::from(by_dates),
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

    /// Its rooms that a question is about.
    pub(crate) fn about(&self, question: &Question, scope: &Scope) -> impl Iterator<Item = (i64, usize)> {
        let is_about = |position: usize| {
            let room = scope.rooms.get(position);
            room.is_some_and(|room| question.is_about(room))
        };
        let all = self.rooms.iter().copied();
        all.filter(move |(_, position)| is_about(*position))
    }

    /// The room that stands for all in what they share.
    pub(crate) fn one<'a>(&self, scope: &'a Scope) -> Option<&'a Room> {
        scope.rooms.get(self.rooms.first()?.1)
    }
}

/// The sets of which a room (a position in the scope) is in `rooms`.
pub(crate) fn sets(file: &Connection, scope: &Scope, rooms: &[usize]) -> Result<Vec<Set>, rusqlite::Error> {
    let positions = scope.positions();
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
    let asked: HashSet<usize> = rooms.iter().copied().collect();
    let mut sets: Vec<Set> = sets.into_values().collect();
    sets.retain(|set| set.rooms.iter().any(|(_, position)| asked.contains(position)));
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

/// Forgets the dates of a month from one on, of the rooms that are alike to one. Those before stay: most questions end yesterday, while today changes
/// as it passes.
pub(crate) fn forget_from(file: &Connection, room: i64, date: i64) -> Result<(), rusqlite::Error> {
    file.prepare_cached(
        "UPDATE built SET until = ?3
         WHERE alike = (SELECT alike FROM room WHERE number = ?1) AND month = ?2 AND (until IS NULL OR until > ?3)",
    )?
    .execute([room, month_of(date_of(date)), date])?;
    Ok(())
}

/// Forgets sets that have no room any more.
pub(crate) fn forget_empty(file: &Connection) -> Result<(), rusqlite::Error> {
    let empty: Vec<i64> = file
        .prepare_cached(
            "SELECT number FROM alike WHERE NOT EXISTS (SELECT 1 FROM room WHERE alike = alike.number)",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for alike in empty {
        forget_months(file, alike)?;
        for part in Part::all() {
            file.prepare_cached("DELETE FROM month WHERE part = ?1 AND alike = ?2")?
                .execute([part.number(), alike])?;
        }
        file.prepare_cached("DELETE FROM alike WHERE number = ?1")?
            .execute([alike])?;
    }
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

/// A month that is kept. Each part is read once, however many questions need it.
pub(crate) struct StoredMonth<'a> {
    file: &'a Connection,
    alike: i64,
    month: i64,
    /// The parts that were read, by their numbers.
    parts: RefCell<HashMap<i64, Rc<dyn Any>>>,
}

impl<'a> StoredMonth<'a> {
    /// A month of the rooms of a set, by its number.
    pub(crate) fn new(file: &'a Connection, alike: i64, month: i64) -> Self {
        Self {
            file,
            alike,
            month,
            parts: RefCell::default(),
        }
    }

    fn part<A: DeserializeOwned + 'static>(&self, part: Part) -> Result<Rc<A>, rusqlite::Error> {
        let known = self.parts.borrow().get(&part.number()).map(Rc::clone);
        if let Some(known) = known.and_then(|known| known.downcast().ok()) {
            return Ok(known);
        }
        let Packed(content) = self
            .file
            .prepare_cached("SELECT content FROM month WHERE part = ?1 AND alike = ?2 AND month = ?3")?
            .query_row([part.number(), self.alike, self.month], |row| row.get(0))?;
        let content: Rc<A> = Rc::new(content);
        self.parts
            .borrow_mut()
            .insert(part.number(), Rc::clone(&content) as Rc<dyn Any>);
        Ok(content)
    }
}

impl Month for StoredMonth<'_> {
    type Error = rusqlite::Error;

    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, rusqlite::Error> {
        self.part(Part::Amounts(level))
    }

    fn classes(&self, classes: Classes, by_dates: bool) -> Result<Rc<Vec<ClassCell>>, rusqlite::Error> {
        self.part(Part::Classes(classes, by_dates))
    }

    fn witnessed(&self) -> Result<Rc<ByRoom<(u8, Hours)>>, rusqlite::Error> {
        self.part(Part::Witnessed)
    }

    fn parties(&self) -> Result<Rc<ByRoom<Of<u32>>>, rusqlite::Error> {
        self.part(Part::Parties)
    }

    fn leads(&self) -> Result<Rc<ByRoom<Of<i64>>>, rusqlite::Error> {
        self.part(Part::Leads)
    }

    fn peaks(&self) -> Result<Rc<Peaks>, rusqlite::Error> {
        self.part(Part::Peaks)
    }

    fn slots(&self) -> Result<Rc<Vec<(u8, SlotUse)>>, rusqlite::Error> {
        self.part(Part::Slots)
    }
}
