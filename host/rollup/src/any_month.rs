//! A month of rooms that share building and band, wherever it comes from: kept, kept of more rooms than are asked for, or of rooms of which nothing
//! is known.

use std::collections::BTreeMap;
use std::rc::Rc;

use collector_insights::amounts::{Amounts, Row};
use collector_insights::class::{ClassCell, Classes};
use collector_insights::month::{ByRoom, Cell, Hours, Level, Month, MonthOfRooms, Of, Repeated};
use collector_insights::peers::{Peaks, SlotUse};

use crate::months::StoredMonth;

/// A month.
pub(crate) enum AnyMonth<'a> {
    Stored(&'a StoredMonth<'a>),
    Chosen(Chosen<'a>),
    /// So many rooms of which nothing is known.
    Plain(Rc<MonthOfRooms>, usize),
}

/// Some rooms of a month.
pub(crate) struct Chosen<'a> {
    pub(crate) stored: &'a StoredMonth<'a>,
    /// Which of its rooms.
    pub(crate) chosen: Vec<bool>,
    /// Whether all of its rooms can be full together.
    pub(crate) has_peers: bool,
    /// Their days, for what is not kept of single rooms, if that is asked for.
    pub(crate) own: Option<Rc<MonthOfRooms>>,
}

impl Chosen<'_> {
    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, rusqlite::Error> {
        let mut cells = match (level.by_rooms(), &self.own) {
            (Some(finer), _) => self.added_up(level, &self.stored.cells(finer)?),
            (None, Some(own)) => {
                let Ok(cells) = own.cells(level);
                Rc::unwrap_or_clone(cells)
            }
            (None, None) => Vec::new(),
        };
        if self.has_peers && !level.has_rooms() {
            let of_all = self.stored.cells(level)?;
            let of_all = of_all.iter().map(full_only);
            cells.extend(of_all.filter(|cell| cell.row != Row::ZERO));
        }
        Ok(Rc::new(cells))
    }

    /// The cells of chosen rooms; all rooms as one if the level does not tell them apart.
    fn added_up(&self, level: Level, cells: &[Cell]) -> Vec<Cell> {
        let numbers = self.numbers();
        let mut rows: BTreeMap<(usize, u8), Row> = BTreeMap::new();
        for cell in cells {
            let Some(number) = numbers.get(cell.room).copied().flatten() else {
                continue;
            };
            let room = if level.has_rooms() { number } else { 0 };
            rows.entry((room, cell.day))
                .or_insert(Row::ZERO)
                .add_row(&cell.row);
        }
        let cells = rows.into_iter().map(|((room, day), row)| Cell {
            room,
            day,
            hour: 0,
            row,
        });
        cells.collect()
    }

    /// The numbers of chosen rooms among these.
    fn numbers(&self) -> Vec<Option<usize>> {
        let mut next = 0..;
        let chosen = self.chosen.iter();
        chosen
            .map(|is_chosen| if *is_chosen { next.next() } else { None })
            .collect()
    }

    fn of_chosen<A: Clone>(&self, all: &ByRoom<A>) -> Rc<ByRoom<A>> {
        let with = all.iter().zip(&self.chosen);
        let chosen = with.filter(|(_, is_chosen)| **is_chosen);
        Rc::new(chosen.map(|(own, _)| own.clone()).collect())
    }
}

/// What a cell tells about all rooms together.
fn full_only(cell: &Cell) -> Cell {
    Cell {
        row: Row::from(Amounts::from(cell.row).of_all_rooms()),
        ..*cell
    }
}

impl Month for AnyMonth<'_> {
    type Error = rusqlite::Error;

    fn cells(&self, level: Level) -> Result<Rc<Vec<Cell>>, rusqlite::Error> {
        match self {
            Self::Stored(month) => month.cells(level),
            Self::Chosen(month) => month.cells(level),
            Self::Plain(one, rooms) => {
                let Ok(cells) = Repeated { one, rooms: *rooms }.cells(level);
                Ok(cells)
            }
        }
    }

    fn classes(&self, classes: Classes, by_dates: bool) -> Result<Rc<Vec<ClassCell>>, rusqlite::Error> {
        let Ok(cells) = match self {
            Self::Stored(month) => return month.classes(classes, by_dates),
            Self::Chosen(Chosen { own: Some(month), .. }) => month.classes(classes, by_dates),
            Self::Plain(..) | Self::Chosen(Chosen { own: None, .. }) => Ok(Rc::default()),
        };
        Ok(cells)
    }

    fn witnessed(&self) -> Result<Rc<ByRoom<(u8, Hours)>>, rusqlite::Error> {
        match self {
            Self::Stored(month) => month.witnessed(),
            Self::Chosen(month) => Ok(month.of_chosen(&*month.stored.witnessed()?)),
            Self::Plain(..) => Ok(Rc::default()),
        }
    }

    fn parties(&self) -> Result<Rc<ByRoom<Of<u32>>>, rusqlite::Error> {
        match self {
            Self::Stored(month) => month.parties(),
            Self::Chosen(month) => Ok(month.of_chosen(&*month.stored.parties()?)),
            Self::Plain(..) => Ok(Rc::default()),
        }
    }

    fn leads(&self) -> Result<Rc<ByRoom<Of<i64>>>, rusqlite::Error> {
        match self {
            Self::Stored(month) => month.leads(),
            Self::Chosen(month) => Ok(month.of_chosen(&*month.stored.leads()?)),
            Self::Plain(..) => Ok(Rc::default()),
        }
    }

    fn peaks(&self) -> Result<Rc<Peaks>, rusqlite::Error> {
        let Ok(peaks) = match self {
            Self::Stored(month) => return month.peaks(),
            Self::Chosen(Chosen { own: Some(month), .. }) => month.peaks(),
            Self::Plain(month, _) => month.peaks(),
            Self::Chosen(Chosen { own: None, .. }) => Ok(Rc::default()),
        };
        Ok(peaks)
    }

    fn slots(&self) -> Result<Rc<Vec<(u8, SlotUse)>>, rusqlite::Error> {
        let Ok(slots) = match self {
            Self::Stored(month) => return month.slots(),
            Self::Chosen(Chosen { own: Some(month), .. }) => month.slots(),
            Self::Plain(month, _) => month.slots(),
            Self::Chosen(Chosen { own: None, .. }) => Ok(Rc::default()),
        };
        Ok(slots)
    }
}
