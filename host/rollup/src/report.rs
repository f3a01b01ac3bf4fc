//! Plans the reports that answer questions: what has to be computed first, which rooms are added up on which thread, and what belongs to all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

use collector_insights::answer::Answer;
use collector_insights::group::{By, Question};
use collector_insights::report::Report;
use collector_insights::room::{Peers, Room};
use collector_store::Reader;
use rusqlite::{Connection, TransactionBehavior};

use crate::adding::Adding;
use crate::content::number_of;
use crate::file::{Failure, Rollups, RollupsError, is_for};
use crate::months::{Set, sets};
use crate::scope::{Alike, Scope};
use crate::series::zombies;
use crate::threads::threads;

/// A question, and what its report has to have.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// Whether the report has the series that nobody attends any more, which take a third of the time.
    pub zombies: bool,
}

impl Rollups {
    /// The report that answers one question, with series that nobody attends any more: see [`Self::reports`].
    ///
    /// # Errors
    /// The store or the file failed, or `go_on` said no.
    pub fn report(
        &mut self,
        store: &Reader,
        scope: &Scope,
        question: &Question,
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Report, RollupsError> {
        let asked = Asked {
            question: question.clone(),
            zombies: true,
        };
        let mut reports = self.reports(store, scope, &[asked], now, go_on)?;
        // There is one for each question.
        reports.pop().ok_or(RollupsError::Stopped { done: 0, all: 0 })
    }

    /// The reports that answer some questions at `now` (UTC seconds), in their order. What they need is folded first, and read once for all of them.
    /// They are given up when `go_on` says so, which is asked before each room.
    ///
    /// # Errors
    /// The store or the file failed, or `go_on` said no.
    pub fn reports(
        &mut self,
        store: &Reader,
        scope: &Scope,
        asked: &[Asked],
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<Report>, RollupsError> {
        self.take_over(store, scope, now)?;
        let as_of = self.as_of(scope, now)?;
        let needed = needed(scope, asked);
        let all = needed.len();
        let done = self.compute(store, scope, &needed, as_of, go_on)?;
        if done < all {
            return Err(RollupsError::Stopped { done, all });
        }
        let sets = self.read(|file| sets(file, scope, &needed))?;
        let questions = asked.iter().map(|asked| &asked.question);
        let periods: BTreeSet<(i64, i64)> = questions
            // By series, months have nothing to tell.
            .filter(|question| question.by != By::Series)
            .map(|question| (number_of(question.from), number_of(question.to) - 1))
            .collect();
        for dates in periods {
            if !self.build(scope, &sets, |_| dates, as_of, go_on)? {
                return Err(RollupsError::Stopped { done: 0, all });
            }
        }
        let asking = Asking {
            scope,
            asked,
            as_of,
            digest: self.scope,
        };
        let beside = self.beside(&sets)?;
        match asking
            .answers(&mut self.connection, beside, &sets, go_on)
            .map_err(|failure| self.failed(failure))?
        {
            Some(answers) => Ok(answers.into_iter().map(Answer::report).collect()),
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

/// Questions, and as of when they are answered (UTC seconds).
#[derive(Clone, Copy)]
struct Asking<'a> {
    scope: &'a Scope,
    asked: &'a [Asked],
    as_of: i64,
    /// Of the scope, as the file has it.
    digest: Option<i64>,
}

impl<'a> Asking<'a> {
    /// The answers about rooms that are kept in these sets. None if `go_on`, which is asked before each set, says no.
    fn answers(
        self,
        file: &mut Connection,
        beside: Option<Connection>,
        sets: &[Set],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Answer<'a>>>, Failure> {
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
        let (Some(mut answers), other) = (halves.0?, halves.1.transpose()?) else {
            return Ok(None);
        };
        match other {
            Some(Some(other)) => {
                for (answer, other) in answers.iter_mut().zip(other) {
                    answer.add(other);
                }
            }
            Some(None) => return Ok(None),
            None => {}
        }
        for (asked, answer) in self.asked.iter().zip(&mut answers) {
            if asked.zombies {
                self.add_zombies(&file, &asked.question, answer, sets)?;
            }
        }
        Ok(Some(answers))
    }

    fn add_sets(
        self,
        file: &Connection,
        sets: &[Set],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Answer<'a>>>, Failure> {
        let scope = self.scope;
        let questions = self.asked.iter().map(|asked| &asked.question);
        let mut answers: Vec<Answer<'_>> = questions
            .clone()
            .map(|question| Answer::new(question, &scope.buildings, self.as_of, &scope.rooms))
            .collect();
        let adding = Adding::new(file, scope, questions.collect(), self.as_of);
        for set in sets {
            if !go_on() {
                return Ok(None);
            }
            adding.set(&mut answers, set)?;
        }
        Ok(Some(answers))
    }

    /// Series that nobody attends any more.
    fn add_zombies(
        self,
        file: &Connection,
        question: &Question,
        answer: &mut Answer<'_>,
        sets: &[Set],
    ) -> Result<(), Failure> {
        if !(question.by.is_of_rooms() || question.by == By::Series) {
            return Ok(());
        }
        let mut as_of: BTreeMap<i64, i64> = BTreeMap::new();
        let mut positions: HashMap<i64, usize> = HashMap::new();
        for set in sets {
            // They share a building, and so a clock.
            let at = set.one(self.scope).map(|room| answer.as_of(room));
            for (number, position) in set.about(question, self.scope) {
                as_of.extend(at.map(|at| (number, at)));
                positions.insert(number, position);
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

/// The positions of the rooms that answers depend on: those in the scope of a question, and those whose months are kept with one of them if that
/// tells when all of them are booked.
fn needed(scope: &Scope, asked: &[Asked]) -> Vec<usize> {
    let is_asked_about = |room: &Room| asked.iter().any(|asked| asked.question.is_about(room));
    let alike: BTreeSet<Alike> = scope
        .rooms
        .iter()
        .filter(|room| is_asked_about(room) && Peers::of(room).is_some())
        .map(Alike::of)
        .collect();
    let is_needed = |room| is_asked_about(room) || alike.contains(&Alike::of(room));
    let all = scope.rooms.iter().enumerate();
    all.filter(|(_, room)| is_needed(room))
        .map(|(position, _)| position)
        .collect()
}
