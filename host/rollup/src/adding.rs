//! Adds rooms to the answers to several questions: from months that are kept where all of their rooms are in scope, and from days otherwise. What
//! several questions need is read once.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use collector_insights::answer::{self, Answer};
use collector_insights::group::{By, PartOfMonth, Question};
use collector_insights::month::MonthOfRooms;
use collector_insights::room::{Peers, Room};
use jiff::civil::Date;
use rusqlite::Connection;

use crate::any_month::{AnyMonth, Chosen};
use crate::build::add_up;
use crate::content::{Packed, StoredDay, month_of, number_of};
use crate::file::Failure;
use crate::months::{Set, StoredMonth};
use crate::plain::Plain;
use crate::scope::Scope;

/// Adds rooms to answers.
pub(crate) struct Adding<'a> {
    file: &'a Connection,
    scope: &'a Scope,
    questions: Vec<&'a Question>,
    /// The months of their periods, with the part of it that each question is about.
    months: BTreeMap<Date, Vec<Option<PartOfMonth>>>,
    plain: RefCell<Plain<'a>>,
}

/// Rooms of a set that are in the scope of a question, and are being added to its answer.
struct InScope<'a> {
    by: By,
    /// Their numbers in the file and positions in the scope.
    rooms: Vec<(i64, usize)>,
    adding: answer::Adding<'a>,
}

/// A month of a set, with what was read of it.
struct Reading<'a> {
    set: &'a Set,
    stored: StoredMonth<'a>,
    /// Dates (the last one not included) of single rooms that were added up.
    own: RefCell<HashMap<Dates, Rc<MonthOfRooms>>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Dates {
    rooms: Vec<(i64, usize)>,
    from: i64,
    to: i64,
}

impl<'a> Adding<'a> {
    /// For these questions. `as_of` is UTC seconds.
    pub(crate) fn new(
        file: &'a Connection,
        scope: &'a Scope,
        questions: Vec<&'a Question>,
        as_of: i64,
    ) -> Self {
        let mut months: BTreeMap<Date, Vec<Option<PartOfMonth>>> = BTreeMap::new();
        for (number, question) in questions.iter().enumerate() {
            for part in question.months() {
                let parts = months.entry(part.month);
                let parts = parts.or_insert_with(|| vec![None; questions.len()]);
                if let Some(own) = parts.get_mut(number) {
                    *own = Some(part);
                }
            }
        }
        Self {
            file,
            scope,
            questions,
            months,
            plain: RefCell::new(Plain::new(scope, as_of)),
        }
    }

    /// Adds the rooms of a set to the answers, which are in the order of the questions: month by month, so that little is in memory at once.
    pub(crate) fn set(&self, answers: &mut [Answer<'_>], set: &Set) -> Result<(), Failure> {
        let mut all: Vec<Option<InScope<'_>>> = Vec::new();
        for (question, answer) in self.questions.iter().zip(answers) {
            let rooms: Vec<(i64, usize)> = set.about(question, self.scope).collect();
            if question.by == By::Series {
                for room in &rooms {
                    self.bookings(question, answer, *room)?;
                }
                all.push(None);
                continue;
            }
            let positions: Vec<usize> = rooms.iter().map(|(_, position)| *position).collect();
            let adding = answer.adding(&positions);
            all.push(adding.map(|adding| InScope {
                by: question.by,
                rooms,
                adding,
            }));
        }
        for (month, parts) in &self.months {
            let month = month_of(*month);
            let reading = Reading {
                set,
                stored: StoredMonth::new(self.file, set.number, month),
                own: RefCell::default(),
            };
            for (in_scope, part) in all.iter_mut().zip(parts) {
                if let (Some(in_scope), Some(part)) = (in_scope, part) {
                    let month = self.month(&reading, in_scope.by, &in_scope.rooms, part)?;
                    in_scope.adding.month(part, &month)?;
                }
            }
        }
        for in_scope in all.into_iter().flatten() {
            in_scope.adding.end();
        }
        Ok(())
    }

    /// A month of the rooms of a set that are in the scope of a question.
    fn month<'m>(
        &self,
        reading: &'m Reading<'_>,
        by: By,
        in_scope: &[(i64, usize)],
        part: &PartOfMonth,
    ) -> Result<AnyMonth<'m>, rusqlite::Error> {
        let set = reading.set;
        let Some(one) = set.one(self.scope) else {
            return Ok(AnyMonth::Plain(Rc::default(), 0));
        };
        if !set.has(month_of(part.month)) {
            let plain = self.plain.borrow_mut().month(one, part.month);
            return Ok(AnyMonth::Plain(plain, in_scope.len()));
        }
        if in_scope.len() == set.rooms.len() {
            return Ok(AnyMonth::Stored(&reading.stored));
        }
        let chosen = set.rooms.iter().map(|room| in_scope.contains(room)).collect();
        let has_peers = Peers::of(one).is_some();
        // What months do not keep of single rooms: hours, classes of bookings, and when they were in use.
        let is_of_days =
            by.is_of_hours() || by.classes().is_some() || (has_peers && matches!(by, By::All | By::Building));
        Ok(AnyMonth::Chosen(Chosen {
            stored: &reading.stored,
            chosen,
            has_peers,
            own: match is_of_days {
                true => Some(self.own(reading, one, in_scope, part)?),
                false => None,
            },
        }))
    }

    /// Dates of some rooms, of which one stands for all, added up from their days.
    fn own(
        &self,
        reading: &Reading<'_>,
        one: &Room,
        rooms: &[(i64, usize)],
        part: &PartOfMonth,
    ) -> Result<Rc<MonthOfRooms>, rusqlite::Error> {
        let dates = Dates {
            rooms: rooms.to_vec(),
            from: number_of(part.from),
            to: number_of(part.to),
        };
        if let Some(known) = reading.own.borrow().get(&dates) {
            return Ok(Rc::clone(known));
        }
        let mut plain = self.plain.borrow_mut();
        let mut own = add_up(self.file, rooms, (dates.from, dates.to), &mut plain)?;
        if Peers::of(one).is_some() {
            let days = plain.days(one, dates.from, dates.to);
            own.count_in_use(days.iter().map(|day| &**day), plain.as_of);
        }
        let own = Rc::new(own);
        reading.own.borrow_mut().insert(dates, Rc::clone(&own));
        Ok(own)
    }

    /// The judged bookings of series of a room.
    fn bookings(
        &self,
        question: &Question,
        answer: &mut Answer<'_>,
        (number, position): (i64, usize),
    ) -> Result<(), Failure> {
        let mut statement = self.file.prepare_cached(
            "SELECT content FROM day WHERE room = ?1 AND date >= ?2 AND date < ?3 ORDER BY date",
        )?;
        let period = [number, number_of(question.from), number_of(question.to)];
        let days: Vec<Packed<StoredDay>> = statement
            .query_map(period, |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut ids: HashMap<i64, String> = HashMap::new();
        let bookings = || {
            days.iter().flat_map(|Packed(day)| {
                let own = day.bookings.iter();
                own.filter_map(|booking| Some((*day.series.get(booking.series?)?, &booking.counts)))
            })
        };
        for (series, _) in bookings() {
            if let Entry::Vacant(entry) = ids.entry(series) {
                entry.insert(series_id(self.file, series)?);
            }
        }
        answer.add_bookings(
            position,
            bookings().filter_map(|(series, counts)| Some((ids.get(&series)?.as_str(), counts))),
        );
        Ok(())
    }
}

fn series_id(file: &Connection, number: i64) -> Result<String, rusqlite::Error> {
    file.prepare_cached("SELECT id FROM series WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
}
