//! Plans and adds up the report that answers a question: from months that are kept where all of their rooms are in scope, and from days otherwise.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use collector_insights::answer::Answer;
use collector_insights::group::{By, PartOfMonth, Question};
use collector_insights::month::MonthOfRooms;
use collector_insights::report::Report;
use collector_insights::room::{Peers, Room};
use collector_store::Reader;
use rusqlite::{Connection, TransactionBehavior};

use crate::any_month::{AnyMonth, Chosen};
use crate::build::add_up;
use crate::content::{Packed, StoredDay, month_of, number_of};
use crate::file::{Failure, Rollups, RollupsError, is_for};
use crate::months::{Set, StoredMonth, sets};
use crate::plain::Plain;
use crate::scope::{Alike, Scope};
use crate::series::zombies;
use crate::threads::threads;

impl Rollups {
    /// The report that answers a question at `now` (UTC seconds). What it needs is folded first. It is given up when `go_on` says so, which is
    /// asked before each room. `zombies`: whether it has the series that nobody attends any more, which take a third of the time.
    ///
    /// # Errors
    /// The store or the file failed, or `go_on` said no.
    pub fn report(
        &mut self,
        store: &Reader,
        scope: &Scope,
        question: &Question,
        zombies: bool,
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Report, RollupsError> {
        self.take_over(store, scope, now)?;
        let as_of = self.as_of(scope, now)?;
        let needed = needed(scope, question);
        let all = needed.len();
        let done = self.compute(store, scope, &needed, as_of, go_on)?;
        if done < all {
            return Err(RollupsError::Stopped { done, all });
        }
        let sets = self.read(|file| sets(file, scope, &needed))?;
        let dates = (number_of(question.from), number_of(question.to) - 1);
        // By series, months have nothing to tell.
        if question.by != By::Series && !self.build(scope, &sets, dates, as_of, go_on)? {
            return Err(RollupsError::Stopped { done: 0, all });
        }
        let asking = Asking {
            scope,
            question,
            zombies,
            as_of,
            digest: self.scope,
        };
        let beside = self.beside(&sets)?;
        match asking
            .answer(&mut self.connection, beside, &sets, go_on)
            .map_err(|failure| self.failed(failure))?
        {
            Some(answer) => Ok(answer.report()),
            None => Err(RollupsError::Stopped { done: 0, all }),
        }
    }

    /// A second connection, to add up half of many rooms on a thread of its own. None if there are few, or the file is in memory.
    fn beside(&self, sets: &[Set]) -> Result<Option<Connection>, RollupsError> {
        match threads(sets.len()) < 2 {
            true => Ok(None),
            false => self.again(),
        }
    }
}

/// A question, and as of when it is answered (UTC seconds).
#[derive(Clone, Copy)]
struct Asking<'a> {
    scope: &'a Scope,
    question: &'a Question,
    /// Whether the series that nobody attends any more are looked up.
    zombies: bool,
    as_of: i64,
    /// Of the scope, as the file has it.
    digest: Option<i64>,
}

impl<'a> Asking<'a> {
    /// The answer about rooms that are kept in these sets. None if `go_on`, which is asked before each set, says no.
    fn answer(
        self,
        file: &mut Connection,
        beside: Option<Connection>,
        sets: &[Set],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Answer<'a>>, Failure> {
        let file = file.transaction_with_behavior(TransactionBehavior::Deferred)?;
        is_for(&file, self.digest)?;
        let (own, other) = sets.split_at(if beside.is_some() {
            sets.len() / 2
        } else {
            sets.len()
        });
        let stopped = AtomicBool::new(false);
        let halves = std::thread::scope(|threads| {
            let other = beside.map(|beside| {
                let go_on = || !stopped.load(Ordering::Relaxed);
                threads.spawn(move || self.add_sets(&beside, other, &go_on))
            });
            let own = self.add_sets(&file, own, go_on);
            stopped.store(!matches!(own, Ok(Some(_))), Ordering::Relaxed);
            // A panic of the thread is one of the question.
            let other = other.map(|other| {
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            (own, other)
        });
        let (Some(mut answer), other) = (halves.0?, halves.1.transpose()?) else {
            return Ok(None);
        };
        match other {
            Some(Some(other)) => answer.add(other),
            Some(None) => return Ok(None),
            None => {}
        }
        if self.zombies {
            self.add_zombies(&file, &mut answer, sets)?;
        }
        Ok(Some(answer))
    }

    fn add_sets(
        self,
        file: &Connection,
        sets: &[Set],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Answer<'a>>, Failure> {
        let scope = self.scope;
        let mut answer = Answer::new(self.question, &scope.buildings, self.as_of, &scope.rooms);
        let adding = Adding {
            asking: self,
            file,
            plain: RefCell::new(Plain::new(scope, self.as_of)),
        };
        for set in sets {
            if !go_on() {
                return Ok(None);
            }
            adding.set(&mut answer, set)?;
        }
        Ok(Some(answer))
    }

    /// Whether a room, by its position in the scope, is in the question's scope.
    fn is_about(self, position: usize) -> bool {
        let room = self.scope.rooms.get(position);
        room.is_some_and(|room| self.question.is_about(room))
    }

    /// Series that nobody attends any more.
    fn add_zombies(self, file: &Connection, answer: &mut Answer<'_>, sets: &[Set]) -> Result<(), Failure> {
        if !(self.question.by.is_of_rooms() || self.question.by == By::Series) {
            return Ok(());
        }
        let mut as_of: BTreeMap<i64, i64> = BTreeMap::new();
        let mut positions: HashMap<i64, usize> = HashMap::new();
        for set in sets {
            // They share a building, and so a clock.
            let at = set.one(self.scope).map(|room| answer.as_of(room));
            for (number, position) in &set.rooms {
                as_of.extend(at.filter(|_| self.is_about(*position)).map(|at| (*number, at)));
                positions.insert(*number, *position);
            }
        }
        for found in zombies(file, &as_of)? {
            if let Some(position) = positions.get(&found.room) {
                answer.add_zombie(*position, &found.id, &found.zombie);
            }
        }
        Ok(())
    }
}

/// The positions of the rooms that the answer depends on: those in scope, and those whose months are kept with one of them if that tells when all
/// of them are booked.
fn needed(scope: &Scope, question: &Question) -> Vec<usize> {
    let in_scope = scope.rooms.iter().filter(|room| question.is_about(room));
    let alike: BTreeSet<Alike> = in_scope
        .filter(|room| Peers::of(room).is_some())
        .map(Alike::of)
        .collect();
    let is_needed = |room| question.is_about(room) || alike.contains(&Alike::of(room));
    let all = scope.rooms.iter().enumerate();
    all.filter(|(_, room)| is_needed(room))
        .map(|(position, _)| position)
        .collect()
}

struct Adding<'a> {
    asking: Asking<'a>,
    file: &'a Connection,
    plain: RefCell<Plain<'a>>,
}

impl<'a> Adding<'a> {
    fn set(&self, answer: &mut Answer<'_>, set: &Set) -> Result<(), Failure> {
        let in_scope: Vec<(i64, usize)> = set
            .rooms
            .iter()
            .copied()
            .filter(|(_, position)| self.asking.is_about(*position))
            .collect();
        if self.asking.question.by == By::Series {
            for room in &in_scope {
                self.bookings(answer, *room)?;
            }
            return Ok(());
        }
        let positions: Vec<usize> = in_scope.iter().map(|(_, position)| *position).collect();
        answer.add_rooms(&positions, |part| self.month(set, &in_scope, part))?;
        Ok(())
    }

    /// A month of the rooms of a set that are in scope.
    fn month(
        &self,
        set: &Set,
        in_scope: &[(i64, usize)],
        part: &PartOfMonth,
    ) -> Result<AnyMonth<'a>, rusqlite::Error> {
        let Some(one) = set.one(self.asking.scope) else {
            return Ok(AnyMonth::Plain(Rc::default(), 0));
        };
        let month = month_of(part.month);
        if !set.has(month) {
            let plain = self.plain.borrow_mut().month(one, part.month);
            return Ok(AnyMonth::Plain(plain, in_scope.len()));
        }
        let stored = StoredMonth {
            file: self.file,
            alike: set.number,
            month,
        };
        if in_scope.len() == set.rooms.len() {
            return Ok(AnyMonth::Stored(stored));
        }
        let chosen = set.rooms.iter().map(|room| in_scope.contains(room)).collect();
        Ok(AnyMonth::Chosen(Chosen {
            stored,
            chosen,
            has_peers: Peers::of(one).is_some(),
            own: self.own(in_scope, one, part)?,
        }))
    }

    /// What months do not keep of single rooms: hours, classes of bookings, and when they were in use.
    fn own(
        &self,
        rooms: &[(i64, usize)],
        one: &Room,
        part: &PartOfMonth,
    ) -> Result<Option<Box<MonthOfRooms>>, rusqlite::Error> {
        let by = self.asking.question.by;
        let counts_in_use = matches!(by, By::All | By::Building) && Peers::of(one).is_some();
        if !counts_in_use && !by.is_of_hours() && by.classes().is_none() {
            return Ok(None);
        }
        let (from, to) = (number_of(part.from), number_of(part.to));
        let mut plain = self.plain.borrow_mut();
        let mut own = add_up(self.file, rooms, (from, to), &mut plain)?;
        if counts_in_use {
            let days = plain.days(one, from, to);
            own.count_in_use(days.iter().map(|day| &**day), plain.as_of);
        }
        Ok(Some(Box::new(own)))
    }

    /// The judged bookings of series of a room.
    fn bookings(&self, answer: &mut Answer<'_>, (number, position): (i64, usize)) -> Result<(), Failure> {
        let mut statement = self.file.prepare_cached(
            "SELECT content FROM day WHERE room = ?1 AND date >= ?2 AND date < ?3 ORDER BY date",
        )?;
        let period = [
            number,
            number_of(self.asking.question.from),
            number_of(self.asking.question.to),
        ];
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
